"""`lookalike train`: a run, a run in two parts, and everything that ends one early."""

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookalike.encoder.artefact import read_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.errors import TrainingError
from tests.conftest import Result, Run
from tests.encoder.test_evaluate import save_pictures as save_small_pictures
from tests.pictures import picture, save_pictures

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]

from lookalike.encoder.training.checkpoint import read_checkpoint  # noqa: E402
from lookalike.encoder.training.settings import Settings  # noqa: E402
from lookalike.encoder.training.trainer import Trainer  # noqa: E402

COUNT = 24
torch.set_num_threads(1)  # threads that wait for each other make tiny steps slow on a busy machine
QUICK = (
    "--backbone",
    "plain",
    "--from",
    "scratch",
    "--dimension",
    "8",
    "--side",
    "32",
    "--batch",
    "8",
    "--workers",
    "0",
)
NO_TEACHER = ("--distillation", "0")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    save_pictures(folder, COUNT)
    (folder / "notes.txt").write_text("passed over")
    return folder


@pytest.fixture
def no_export(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Runs end with the checkpoint, because an export takes seconds."""
    from lookalike.encoder.artefact import Artefact
    from lookalike.encoder.training import run

    artefact = Artefact("none", "1", "0" * 64, 8, 224, "cosinesimil", tmp_path)
    monkeypatch.setattr(run, "_finish", lambda *arguments: artefact)


def train(run: Run, pictures: Path, out: Path, *more: str | Path) -> Result:
    return run("train", pictures, "--out", out, *QUICK, *NO_TEACHER, *more)


def weights(out: Path) -> dict[str, Any]:
    return dict(read_checkpoint(out / "checkpoint.pt").model)


def equal(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(torch.equal(value, other[name]) for name, value in one.items())


def test_a_run_leaves_model_checkpoint_and_report(run: Run, pictures: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = train(run, pictures, out, "--steps", "3", "--name", "mine", "--images-from", "drawn by a test")
    assert result.code == 0, result.err
    assert result.out.startswith("mine@")
    assert "budget: 3 steps of 8 pairs" in result.err
    assert re.search(r"step 1: loss \d+\.\d+, reconstruction \d.*contrastive \d.*entropy .*images/s", result.err)
    artefact = read_artefact(out)
    assert artefact.dimension == 8
    assert artefact.provenance["architecture"] == {
        "backbone": "plain",
        "dimension": 8,
        "pooling": 3.0,
        "branches": 1,
    }
    assert artefact.provenance["weights"] == "trained for 3 steps (0 minutes) from random weights"
    assert artefact.provenance["images"] == "drawn by a test"
    assert artefact.provenance["torch_difference"] <= 1e-4
    found = EncoderSession(artefact).embed(np.asarray(picture(1))[np.newaxis])
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    page = (out / "report.html").read_text()
    assert "Not evaluated: give --evaluate-on FOLDER" in page
    assert page.count("<svg") >= 5
    assert "contrastive × 1" in page
    assert "notes.txt: not a jpeg" in page
    assert not re.search(r"(src|href)=\"(?!data:image)", page), "the page asks for something outside itself"


def test_the_report_tells_figures_of_pictures_that_were_not_trained_on(
    run: Run, pictures: Path, tmp_path: Path
) -> None:
    unseen = tmp_path / os.fsdecode(b"unseen\xe9")  # a name that is not UTF-8
    save_small_pictures(unseen, 10, first_seed=500)
    result = train(run, pictures, tmp_path / "out", "--steps", "1", "--evaluate-on", unseen)
    assert result.code == 0, result.err
    page = (tmp_path / "out" / "report.html").read_text()
    assert f"On 10 pictures in {tmp_path}/unseen\\udce9, not trained on." in page
    assert "<h3>Copies made by chains of two or three edits</h3>" in page
    assert page.count("<td>pixelate</td>") == 1


@pytest.mark.usefixtures("no_export")
def test_what_cannot_be_evaluated_on_is_refused_before_training(run: Run, pictures: Path, tmp_path: Path) -> None:
    few = tmp_path / "few"
    save_small_pictures(few, 9)
    for folder, message in (
        (pictures, "--evaluate-on: 25 of its 25 files are trained on, "),
        (few, "--evaluate-on: expected at least 10 pictures, found 9 files"),
        (tmp_path / "gone", "--evaluate-on: "),
    ):
        result = train(run, pictures, tmp_path / "out", "--steps", "1", "--evaluate-on", folder)
        assert result.code == 1
        assert message in result.err
    assert not (tmp_path / "out" / "checkpoint.pt").exists()


@pytest.mark.usefixtures("no_export")
def test_an_interrupted_run_that_is_resumed_ends_where_a_whole_one_does(
    run: Run, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert train(run, pictures, tmp_path / "whole", "--steps", "7").code == 0
    original = Trainer._train

    def interrupted(self: Trainer, batch: Any, share: float) -> dict[str, float]:
        if self.step == 4:
            raise KeyboardInterrupt
        return original(self, batch, share)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_train", interrupted)
        assert train(run, pictures, tmp_path / "parts", "--steps", "7").code != 0
    assert read_checkpoint(tmp_path / "parts" / "checkpoint.pt").step == 4
    assert train(run, pictures, tmp_path / "parts", "--steps", "7", "--resume").code == 0
    assert equal(weights(tmp_path / "whole"), weights(tmp_path / "parts"))


@pytest.mark.usefixtures("no_export")
def test_the_seed_decides_and_workers_do_not(run: Run, pictures: Path, tmp_path: Path) -> None:
    assert train(run, pictures, tmp_path / "one", "--steps", "2").code == 0
    assert train(run, pictures, tmp_path / "two", "--steps", "2", "--workers", "2").code == 0
    assert train(run, pictures, tmp_path / "three", "--steps", "2", "--seed", "5").code == 0
    assert equal(weights(tmp_path / "one"), weights(tmp_path / "two"))
    assert not equal(weights(tmp_path / "one"), weights(tmp_path / "three"))


@pytest.mark.usefixtures("no_export")
def test_training_learns_to_rebuild_pictures(run: Run, pictures: Path, tmp_path: Path) -> None:
    assert train(run, pictures, tmp_path, "--steps", "20", "--entropy", "0", "--contrastive", "0").code == 0
    history = read_checkpoint(tmp_path / "checkpoint.pt").history
    assert sorted(history[0]) == ["gradient", "images_per_second", "loss", "rate", "reconstruction", "seconds", "step"]
    assert history[-1]["reconstruction"] < 0.95 * history[0]["reconstruction"]


def test_lite0_starts_from_the_shipped_weights_with_its_first_stages_frozen(
    run: Run, pictures: Path, tmp_path: Path
) -> None:
    result = run("train", pictures, "--out", tmp_path, "--steps", "1", "--side", "64", "--batch", "4", "--workers", "0")
    assert result.code == 0, result.err
    assert "distillation" in result.err
    checkpoint = read_checkpoint(tmp_path / "checkpoint.pt")
    assert checkpoint.origin.startswith("the shipped model default@")
    assert read_artefact(tmp_path).provenance["bottleneck"] == "as trained, too few pictures to whiten it"


@pytest.mark.usefixtures("no_export")
def test_from_a_checkpoint(run: Run, pictures: Path, tmp_path: Path) -> None:
    assert train(run, pictures, tmp_path / "first", "--steps", "1").code == 0
    more = train(run, pictures, tmp_path / "second", "--steps", "1", "--from", str(tmp_path / "first"))
    assert more.code == 0, more.err
    second = read_checkpoint(tmp_path / "second" / "checkpoint.pt")
    assert second.origin == "a checkpoint after 1 steps from random weights"
    other = train(run, pictures, tmp_path / "third", "--from", str(tmp_path / "first"), "--dimension", "9")
    assert other.code == 1
    assert "holds plain with 8 numbers, but plain with 9 numbers was asked for" in other.err


@pytest.mark.usefixtures("no_export")
def test_a_checkpoint_is_neither_overwritten_nor_resumed_with_another_architecture(
    run: Run, pictures: Path, tmp_path: Path
) -> None:
    assert train(run, pictures, tmp_path, "--steps", "1").code == 0
    again = train(run, pictures, tmp_path, "--steps", "1")
    assert again.code == 1
    assert "is there already: give --resume to go on from it, or another folder for --out" in again.err
    other = train(run, pictures, tmp_path, "--steps", "1", "--resume", "--dimension", "9")
    assert other.code == 1
    assert "holds plain with 8 numbers, but plain with 9 numbers was asked for" in other.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--batch", "25"), "a batch of 25 pairs needs as many pictures, found 24; give --batch 24 or less"),
        (("--minutes", "0"), "--minutes must be more than 0, found 0"),
        (("--minutes", "nan"), "--minutes must be more than 0, found nan"),
        (("--backbone", "resnet7"), "no backbone 'resnet7'; expected lite0, lite2, plain or one of torchvision's"),
        (("--from", "default"), "the shipped model is lite0 with 256 numbers, but plain with 8 numbers was asked for"),
        (("--from", "nowhere.pt"), "no checkpoint nowhere.pt: expected one written by `lookalike train`"),
        (("--resume",), "checkpoint.pt: expected one written by `lookalike train`"),
        (
            ("--reconstruction", "0", "--contrastive", "0", "--entropy", "0"),
            "every part of the loss has weight 0; give one of them a weight",
        ),
    ],
)
@pytest.mark.usefixtures("no_export")
def test_what_cannot_be_trained(
    run: Run, pictures: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    result = train(run, pictures, tmp_path, *options)
    assert result.code == 1
    assert message in result.err
    assert not (tmp_path / "model.json").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
@pytest.mark.usefixtures("no_export")
def test_cuda_where_there_is_none(run: Run, pictures: Path, tmp_path: Path) -> None:
    assert (
        "no CUDA device is there for torch; give --device cpu" in train(run, pictures, tmp_path, "--device", "cuda").err
    )


@pytest.mark.usefixtures("no_export")
def test_what_a_run_writes_is_not_taken_for_pictures(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path, COUNT)
    out = tmp_path / "model"
    assert train(run, tmp_path, out, "--steps", "1").code == 0
    made = (out / "pictures" / "pixels.bin").stat().st_mtime_ns
    assert train(run, tmp_path, out, "--steps", "2", "--resume").code == 0
    assert (out / "pictures" / "pixels.bin").stat().st_mtime_ns == made


@pytest.mark.usefixtures("no_export")
def test_too_few_pictures(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path / "pictures", 3)
    result = train(run, tmp_path / "pictures", tmp_path / "out")
    assert "training needs at least 16 different pictures, found 3 in 3 files" in result.err


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (float("nan"), "the loss is nan in step 3; the checkpoint {} is kept, --resume goes on from it."),
        (torch.OutOfMemoryError("CUDA out of memory"), "a batch of 8 pairs of 32 x 32 pixels does not fit into memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "Give --batch 4."),  # on Linux
        (RuntimeError("DefaultCPUAllocator: not enough memory: you tried"), "Give --batch 4."),  # on Windows
    ],
)
@pytest.mark.usefixtures("no_export")
def test_a_fault_in_a_step_loses_no_checkpoint(
    run: Run, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Any, message: str
) -> None:
    assert train(run, pictures, tmp_path, "--steps", "2").code == 0
    before = weights(tmp_path)

    def broken(self: Trainer, batch: Any) -> tuple[Any, dict[str, float]]:
        if isinstance(fault, Exception):
            raise fault
        return torch.tensor(fault), {}

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_loss", broken)
        result = train(run, pictures, tmp_path, "--steps", "4", "--resume")
    assert result.code == 1
    assert message.format(tmp_path / "checkpoint.pt") in result.err
    assert equal(before, weights(tmp_path))
    assert train(run, pictures, tmp_path, "--steps", "4", "--resume").code == 0


@pytest.mark.usefixtures("no_export")
def test_a_fault_of_ours_is_not_called_memory(run: Run, pictures: Path, tmp_path: Path, monkeypatch: Any) -> None:
    def broken(self: Trainer, batch: Any) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(Trainer, "_loss", broken)
    assert "RuntimeError: shapes differ" in train(run, pictures, tmp_path, "--steps", "1").err


def test_the_budget_is_said_in_minutes() -> None:
    assert Settings(Path("out"), minutes=12).budget == (
        "budget: 12 minutes of training, in steps of 80 pairs; reading and export come on top"
    )
    with pytest.raises(TrainingError):
        Settings(Path("out"), minutes=-1)
