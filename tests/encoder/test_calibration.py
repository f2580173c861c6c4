"""What scores mean: the map itself, its fit against closed forms, and `lookalike calibrate` on drawn pictures."""

import json
import math
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookalike.encoder.artefact import read_artefact, write_description
from lookalike.encoder.calibration import Calibration
from lookalike.encoder.evaluation.fitting import Scored, fit_calibration, reached
from lookalike.encoder.evaluation.metrics import Predictions
from lookalike.encoder.evaluation.request import Request
from lookalike.errors import ArtefactError, ConfigError
from tests.conftest import Run
from tests.encoder.test_evaluate import MODEL, save_pictures

THRESHOLDS = {"0.9": 0.2, "0.99": 0.4, "0.999": None}
MAP = Calibration([0.0, 0.2, 0.4], [0.1, 0.5, 0.9], THRESHOLDS, background=0.3)


@pytest.mark.parametrize(
    ("score", "probability"), [(-1, 0.1), (0, 0.1), (0.1, 0.3), (0.2, 0.5), (0.3, 0.7), (0.4, 0.9), (2, 0.9)]
)
def test_between_its_points_the_map_is_a_line_and_beyond_them_constant(score: float, probability: float) -> None:
    assert MAP.probability(score) == pytest.approx(probability)


def test_words_follow_the_probability() -> None:
    sure = replace(MAP, probabilities=[0.1, 0.5, 0.95])
    found = [sure.words(score) for score in (0.19, 0.2, 0.39, 0.4)]
    assert found == ["similar", "probably the same picture", "probably the same picture", "copy"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scores": [0.0, 0.2]}, "as many scores as probabilities, found 2 and 3"),
        ({"scores": [0.0, 0.4, 0.2]}, "scores that rise"),
        ({"probabilities": [0.5, 0.1, 0.9]}, "probabilities that do not fall"),
        ({"probabilities": [0.5, 0.6, 1.1]}, "probabilities of 0 to 1"),
        ({"thresholds": {"0.9": 0.1}}, r"thresholds for 0.9, 0.99, 0.999"),
        ({"neighbourhood": {"most_copies": 1, "size": 2}}, "unexpected keyword argument 'size'"),
        ({"neighbourhood": {"most_copies": 1_000_000}}, "at most 10,000 documents"),
        ({"neighbourhood": {"below": 0}}, "whole numbers from 1"),
        ({"background": None}, "expected numbers as scores"),
        ({"thresholds": {"0.9": "x", "0.99": None, "0.999": None}}, "expected numbers as scores"),
        ({"thresholds": ["0.9", "0.99", "0.999"]}, "'list' object has no attribute 'values'"),
        ({"surplus": 1}, "unexpected keyword argument 'surplus'"),
    ],
)
def test_a_calibration_that_is_none_makes_the_description_unusable(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    shutil.copytree(MODEL, tmp_path / "model")
    write_description(replace(read_artefact(tmp_path / "model"), calibration=MAP))
    file = tmp_path / "model" / "model.json"
    description = json.loads(file.read_text())
    assert read_artefact(tmp_path / "model").calibration == MAP
    file.write_text(json.dumps({**description, "calibration": {**description["calibration"], **change}}))
    with pytest.raises(ArtefactError, match=f"not a usable model description: .*{message}"):
        read_artefact(tmp_path / "model")


def scored(score: list[float], correct: list[bool]) -> Scored:
    count = len(score)
    pool = Predictions.pooled(np.array(score), np.array(correct), np.arange(count), np.ones(count, bool))
    return Scored(Request([Path("pictures")]), pool, 0.25)


def test_the_fit_pools_what_falls_and_counts_one_more_wrong_answer() -> None:
    # 40 wrong below, 100 with every other one wrong in the middle, 100 right above
    score = [*np.linspace(0, 0.1, 40), *np.linspace(0.2, 0.3, 100), *np.linspace(0.5, 0.6, 100)]
    correct = [False] * 40 + [True, False] * 50 + [True] * 100
    fit = fit_calibration(scored(score, correct), "drawn")
    assert fit.probability(0.05) == 0
    assert fit.probability(0.25) == pytest.approx(50 / 101, abs=0.02)
    assert fit.probability(0.55) == pytest.approx(100 / 101, abs=1e-6)
    assert fit.background == 0.25
    # of the best 122 answers 11 are wrong, and (11 + 1) / (122 + 1) is the last share below a tenth
    assert fit.thresholds["0.9"] == pytest.approx(sorted(score)[-122])
    assert fit.thresholds["0.99"] == pytest.approx(0.5)
    assert fit.thresholds["0.999"] is None


def test_what_thresholds_reach_is_counted_and_not_extrapolated() -> None:
    pool = scored([0.1, 0.3, 0.3, 0.5], [False, True, False, True])
    nine, ninety_nine, last = reached(pool, MAP)
    assert (nine.answers, nine.recall) == (3, 0.5)
    assert nine.precision == pytest.approx(2 / 3)
    assert (ninety_nine.answers, ninety_nine.precision, ninety_nine.recall) == (1, 1, 0.25)
    assert (last.answers, last.recall) == (0, 0)
    assert math.isnan(last.precision)


def test_too_few_right_answers_are_refused() -> None:
    with pytest.raises(ConfigError, match="99 edited copies of pictures found their picture; a calibration needs 100"):
        fit_calibration(scored([0.5] * 99, [True] * 99), "")


def test_calibrate_writes_into_the_description_and_tells_what_is_reached(tmp_path: Path, run: Run) -> None:
    model = tmp_path / "model"
    shutil.copytree(MODEL, model)
    own = tmp_path / os.fsdecode(b"own\xe9")  # a name that is not UTF-8
    save_pictures(own, 24)
    save_pictures(tmp_path / "other", 10, first_seed=50)
    arguments = ("calibrate", own, "--model", model, "--queries", "820", "--check", tmp_path / "other")
    result = run(*arguments, "--json")
    assert result.code == 0, result.err
    rows = [json.loads(line) for line in result.out.splitlines()]
    assert [(Path(row["pictures"]).name, row["fitted"], row["wanted"]) for row in rows] == [
        (name, name == own.name, wanted) for name in (own.name, "other") for wanted in (0.9, 0.99, 0.999)
    ]
    calibration = read_artefact(model).calibration
    assert calibration is not None
    assert calibration.fitted_on == "820 edited copies, half without a match; pictures: own\\udce9"
    assert rows[0]["threshold"] == calibration.thresholds["0.9"]
    assert rows[0]["precision"] >= 0.9
    assert rows[2]["precision"] is None  # 410 right answers at most cannot show 99.9 %
    assert (model / "model.onnx").read_bytes() == (MODEL / "model.onnx").read_bytes()
    before = (model / "model.json").read_bytes()
    lines = run(*arguments).out.splitlines()
    assert lines[0].split() == ["precision", "wanted", "from", "score", "reached", "recall", "answers", "pictures"]
    assert lines[1].endswith("own\\udce9 (fitted on these)")
    assert lines[-1] == f"written to {model / 'model.json'}"
    assert (model / "model.json").read_bytes() == before


def test_what_cannot_be_calibrated(tmp_path: Path, run: Run) -> None:
    save_pictures(tmp_path / "few", 4)
    nowhere = run("calibrate", tmp_path / "few", "--model", tmp_path / "nowhere")
    assert (nowhere.code, nowhere.err.startswith("Error: ")) == (1, True)
    few = run("calibrate", tmp_path / "few", "--model", MODEL)
    assert few.code == 1
    assert "4 files in" in few.err
    assert "expected at least 10 different pictures" in few.err
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "model.json.new").mkdir()
    with pytest.raises(ArtefactError, match=r"cannot write .*model/model.json: Is a directory"):
        write_description(read_artefact(tmp_path / "model"))
    save_pictures(tmp_path / "own", 10)
    checked = run("calibrate", tmp_path / "own", "--model", MODEL, "--check", tmp_path / "few")
    assert (checked.code, "4 files in" in checked.err) == (1, True)
    assert read_artefact(MODEL).calibration is None
