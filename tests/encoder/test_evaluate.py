"""`lookalike evaluate` as a whole, on pictures drawn here and the small model of the golden set."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lookalike.encoder.evaluation.categories import labelled_folders, measure_categories
from lookalike.encoder.evaluation.copies import COPIES, SETS
from lookalike.encoder.evaluation.edits.catalogue import KINDS
from lookalike.encoder.evaluation.methods.method import Method
from lookalike.encoder.evaluation.methods.pixels import RandomEncoder, RawPixels
from lookalike.encoder.evaluation.pictures import Picture, list_pictures
from tests.conftest import Run
from tests.pictures import picture

MODEL = Path(__file__).parent.parent / "golden" / "model"
QUICK = ("--model", MODEL, "--queries", "82", "--no-baselines")


def save_pictures(folder: Path, count: int, first_seed: int = 0) -> None:
    """Small ones: an evaluation makes a thousand copies of them."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first_seed, first_seed + count):
        picture(seed, (120, 90)).save(folder / f"picture-{seed:03}.jpg", quality=90)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve pictures with three labels, a file that is none, and one that looks like another."""
    root = tmp_path / "pictures"
    for label in range(3):
        save_pictures(root / f"label-{label}", 4, first_seed=10 * label)
    (root / "label-0" / "broken.jpg").write_bytes(b"no picture")
    (root / "label-1" / "again.jpg").write_bytes((root / "label-0" / "picture-000.jpg").read_bytes())
    return root


def rows(output: str, kind: str) -> list[dict[str, Any]]:
    return [row for row in map(json.loads, output.splitlines()) if row["row"] == kind]


def test_figures_of_every_set_kind_and_folder_are_the_same_in_every_run(folder: Path, run: Run, tmp_path: Path) -> None:
    distractors = tmp_path / "distractors"
    save_pictures(distractors, 5, first_seed=100)
    arguments = ("evaluate", folder, *QUICK, "--distractors", distractors, "--json")
    first = run(*arguments, "--workers", "1")
    assert first.code == 0
    assert first.err == ""
    assert run(*arguments, "--workers", "3").out == first.out
    assert run(*arguments, "--seed", "1").out != first.out
    (facts,) = rows(first.out, "run")
    assert facts == {
        "row": "run", "methods": [str(MODEL)], "pictures": 17, "repeated": 1, "unreadable": 1, "seed": 0,
        "originals": 12, "queries": 82, "matched": 41, "documents": {"1": 11, "5": 35, "50": 305},
    }  # fmt: skip
    (skipped,) = rows(first.out, "skipped")
    assert skipped["path"] == str(folder / "label-0" / "broken.jpg")
    assert skipped["reason"] == "not a jpeg, png, webp, gif, bmp, tiff image"
    found = {(row["copies"], row["queries"], row["normalised"]) for row in rows(first.out, "copies")}
    assert found == {(copies, name, normal) for copies in COPIES for name in SETS for normal in (False, True)}
    for row in rows(first.out, "copies"):
        for figure in (row["micro_ap"], row["recall"], row["recall_at_1"], row["recall_at_10"]):
            assert 0 <= figure["low"] <= figure["high"] <= 1
    assert [row["kind"] for row in rows(first.out, "kind")] == list(KINDS)
    (category,) = rows(first.out, "category")
    assert (category["folder"], category["pictures"], category["labels"]) == ("pictures", 12, 3)


def test_people_get_tables_and_a_page_with_the_worst_answers(folder: Path, run: Run, tmp_path: Path) -> None:
    out = tmp_path / "new" / "report"
    result = run("evaluate", folder, *QUICK, "--out", out)
    assert result.code == 0
    assert result.err == ""
    lines = result.out.splitlines()
    assert lines[0] == (
        "12 pictures, 1 more that look exactly like one of them, 1 files that cannot be read; 82 edited copies of 12 "
        "of them, half of these not in the index; seed 0; intervals hold 95 %."
    )
    assert lines[1] == f"skipped {folder / 'label-0' / 'broken.jpg'}: not a jpeg, png, webp, gif, bmp, tiff image"
    for title in ("Copies made by chains of two or three edits", "All copies", "R@1 by edit"):
        assert title in lines
    assert lines[-1] == f"report: {(out / 'report.html').as_uri()}"
    page = (out / "report.html").read_text()
    assert "Copies made by single edits" in page
    assert "False alarms by" in page
    assert "original, not in the index" in page
    assert page.count("data:image/jpeg;base64,") % 3 == 0
    assert "http" not in page.replace("http-equiv", "")


def test_baselines_are_measured_on_the_same_files(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imagehash")
    pytest.importorskip("pdqhash")
    monkeypatch.setattr("lookalike.encoder.evaluation.baselines.find_spec", lambda name: None)
    result = run("evaluate", folder, "--model", MODEL, "--queries", "82", "--json")
    assert result.code == 0
    assert result.err == ("without the baseline ImageNet lite0: it needs torch (pip install 'lookalike[train]')\n")
    (facts,) = rows(result.out, "run")
    names = ["raw 32×32 pixels", "random encoder", "pHash-256", "dHash-256", "PDQ", str(MODEL)]
    assert facts["methods"] == names
    found = {(row["method"], row["kind"]): row["recall_at_1"]["value"] for row in rows(result.out, "kind")}
    assert [found[name, "jpeg-30"] for name in names[:5]] == [1.0] * 5
    assert list(dict.fromkeys(row["method"] for row in rows(result.out, "category"))) == names


def test_the_hashes_of_a_flip_are_far_and_those_of_a_blur_near() -> None:
    pytest.importorskip("imagehash")
    pytest.importorskip("pdqhash")
    from lookalike.encoder.evaluation.methods.hashes import hash_methods

    image = picture(1)
    flipped = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    smaller = image.resize((160, 120))
    for method in hash_methods():
        vectors = method.describe([image, smaller, flipped])
        assert vectors.shape == (3, 256)
        assert np.allclose(np.abs(vectors), 1 / 16)
        assert vectors[0] @ vectors[1] > 0.8
        assert vectors[0] @ vectors[2] < vectors[0] @ vectors[1]


@pytest.mark.parametrize(("method", "dimension"), [(RawPixels(), 3072), (RandomEncoder(), 256)])
def test_floors_make_unit_vectors_that_repeat(method: Method, dimension: int) -> None:
    pictures = [picture(1), picture(2), picture(1).resize((64, 48))]
    vectors = method.describe(pictures)
    assert vectors.shape == (3, dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(method.describe(pictures), vectors)
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[1]


@pytest.mark.train
def test_pooled_features_are_unit_vectors_that_know_a_smaller_picture_again() -> None:
    from lookalike.encoder.evaluation.methods.imagenet import PooledImageNet

    pictures = [picture(1), picture(2), picture(1).resize((160, 120))]
    vectors = PooledImageNet().describe(pictures)
    assert vectors.shape == (3, 1280)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert vectors[0] @ vectors[2] > max(0.8, float(vectors[0] @ vectors[1]))


def test_likeness_by_hand() -> None:
    pictures = [Picture(Path(f"{label}{n}"), Path("x"), label, True) for label, n in ("a1", "a2", "b1", "b2", "c1")]
    (labelled,) = labelled_folders(pictures)
    angles = np.radians([0, 10, 11, 60, 61])
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    figures = measure_categories("m", labelled, vectors, seed=0)
    # a1 finds a2 first, a2 after b1, b1 after a2 and a1, b2 after c1; c1 has no fellow and does not ask.
    assert figures.precision_at_1.value == 0.25
    assert figures.map_at_10.value == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert (figures.pictures, figures.labels) == (5, 3)


def test_likeness_of_equal_vectors_counts_the_wrong_ones_first() -> None:
    pictures = [Picture(Path(f"{label}{n}"), Path("x"), label, True) for label, n in ("a1", "a2", "b1", "b2")]
    (labelled,) = labelled_folders(pictures)
    figures = measure_categories("m", labelled, np.ones((4, 1), np.float32), seed=0)
    assert figures.precision_at_1.value == 0
    assert figures.map_at_10.value == pytest.approx(1 / 3)


def test_folders_of_one_name_are_told_apart_by_their_paths() -> None:
    pictures = [
        Picture(Path(f"{label}{number}"), Path(folder), label, True)
        for folder in ("x/test", "y/test", "z/other", ".")
        for label in ("a", "b")
        for number in (1, 2)
    ]
    figures = [measure_categories("m", some, np.ones((16, 1), np.float32), 0) for some in labelled_folders(pictures)]
    assert [item.folder for item in figures] == ["x/test", "y/test", "other", "."]


def test_files_are_listed_once_in_order_without_hidden_ones(tmp_path: Path) -> None:
    save_pictures(tmp_path / "b", 1)
    save_pictures(tmp_path / "a" / "deep", 1)
    save_pictures(tmp_path / ".hidden", 1)
    listed = list_pictures([tmp_path], [tmp_path / "b"])
    assert [(item.path.parent.name, item.label, item.is_original) for item in listed] == [
        ("deep", "a/deep", True), ("b", "b", True)
    ]  # fmt: skip


def test_a_folder_whose_name_is_not_utf_8_is_escaped_in_tables(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    for label in "ab":
        save_pictures(folder / label, 2, first_seed=2 * ord(label))
    result = run("evaluate", folder, *QUICK, "--task", "categories")
    assert result.code == 0, result.err
    assert "caf\\udce9 mAP@10" in result.out


def failure(run: Run, *arguments: str | Path) -> str:
    result = run("evaluate", *arguments)
    assert result.code == 1
    assert result.out == ""
    return result.err


def test_too_few_pictures(tmp_path: Path, run: Run) -> None:
    save_pictures(tmp_path / "few", 9)
    assert failure(run, tmp_path / "few", *QUICK) == (
        f"Error: 9 different pictures in {tmp_path / 'few'}; copies need at least 10\n"
    )


def test_pictures_that_are_all_the_same(tmp_path: Path, run: Run) -> None:
    for number in range(12):
        picture(1).save(tmp_path / f"{number}.png")
    assert failure(run, tmp_path, *QUICK) == (
        f"Error: 1 different pictures in {tmp_path}; copies need at least 10; 11 look exactly like another one\n"
    )


def test_files_that_are_all_damaged(tmp_path: Path, run: Run) -> None:
    for number in range(2):
        (tmp_path / f"{number}.jpg").write_bytes(b"")
    assert failure(run, tmp_path, *QUICK) == (
        f"Error: 0 different pictures in {tmp_path}; copies need at least 10; 2 files cannot be read, the first being "
        f"{tmp_path / '0.jpg'}: empty file (0 bytes)\n"
    )


def test_an_empty_folder_and_none_at_all(tmp_path: Path, run: Run) -> None:
    assert failure(run, tmp_path, *QUICK) == (f"Error: no file in {tmp_path}; expected folders with pictures in them\n")
    gone = tmp_path / "gone"
    assert failure(run, gone, *QUICK) == f"Error: {gone} is not a folder; expected one with pictures in it\n"


def test_categories_without_labels(tmp_path: Path, run: Run) -> None:
    save_pictures(tmp_path, 12)
    assert failure(run, tmp_path, *QUICK, "--task", "categories") == (
        f"Error: no labels in {tmp_path}; categories need a folder with at least two sub-folders that hold two or more "
        "pictures each, the sub-folder's name being the label\n"
    )
    assert run("evaluate", tmp_path, *QUICK).code == 0


def test_categories_alone_need_few_pictures(folder: Path, run: Run) -> None:
    result = run("evaluate", folder, *QUICK, "--task", "categories", "--json")
    assert [json.loads(line)["row"] for line in result.out.splitlines()] == ["run", "skipped", "category"]


def test_without_the_extra(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imagehash", None)
    monkeypatch.delitem(sys.modules, "lookalike.encoder.evaluation.methods.hashes", raising=False)
    assert failure(run, folder, "--model", MODEL) == (
        "Error: the baselines of `lookalike evaluate` need imagehash, which is not installed: "
        "pip install 'lookalike[evaluate]', or leave them out with --no-baselines\n"
    )


def test_a_model_that_is_none(folder: Path, run: Run) -> None:
    assert "no model 'unknown'" in failure(run, folder, "--no-baselines", "--model", "unknown")


def test_a_place_that_cannot_be_written_is_refused_before_work_starts(folder: Path, run: Run) -> None:
    taken = folder / "label-0" / "broken.jpg"
    assert failure(run, folder, *QUICK, "--out", taken) == (
        f"Error: --out: cannot write {taken / 'report.html'}: File exists\n"
    )
