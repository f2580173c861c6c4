import json
from pathlib import Path

import numpy as np
import pytest

from lookalike.encoder.artefact import read_artefact
from lookalike.encoder.session import EncoderSession
from tests.conftest import Run
from tests.pictures import picture, save_pictures

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.train,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning"),
]


def test_an_exported_model_runs_without_torch_and_equals_it(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path / "pictures", 12)
    (tmp_path / "pictures" / "notes.txt").write_text("passed over")
    out = tmp_path / "model"
    result = run("export", tmp_path / "pictures", "--out", out, "--dimension", "8", "--name", "small")
    assert result.code == 0, result.err
    assert result.out.startswith("small@")
    artefact = read_artefact(out)
    assert (artefact.name, artefact.dimension, artefact.calibration) == ("small", 8, None)
    assert artefact.provenance["architecture"] == {"backbone": "lite0", "dimension": 8, "pooling": 1.0, "branches": 1}
    assert artefact.provenance["bottleneck"] == "PCA whitening of the pooled features of 12 images"
    assert artefact.provenance["torch_difference"] <= 1e-4
    embeddings = EncoderSession(artefact).embed(np.asarray(picture(1))[np.newaxis])
    assert embeddings.shape == (1, 8)


def test_the_file_says_nothing_of_the_machine_that_exported_it(tmp_path: Path) -> None:
    import onnx

    from lookalike.encoder.export import export_encoder
    from lookalike.encoder.model import Architecture, Encoder

    pixels = np.stack([np.asarray(picture(seed, (64, 64))) for seed in range(2)])
    encoder = Encoder(Architecture("plain", 4), pretrained=False)
    model = onnx.load(export_encoder(encoder, tmp_path, "small", "1", {}, pixels, half_storage=True).model_file)
    assert {item.name for item in model.graph.input} == {"pixels"}
    del model.graph.initializer[:]
    described = str(model)
    assert "op_type" in described
    assert "metadata_props" not in described
    assert "doc_string" not in described


def test_half_storage_is_half_as_large_and_another_side_is_recorded(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path / "pictures", 12)
    sizes = {}
    for storage in ("float32", "float16"):
        out = tmp_path / storage
        options = ("--dimension", "8", "--side", "96", "--storage", storage)
        result = run("export", tmp_path / "pictures", "--out", out, *options)
        assert result.code == 0, result.err
        artefact = read_artefact(out)
        assert artefact.native_size == 96
        assert artefact.provenance["torch_difference"] <= 1e-4
        sizes[storage] = artefact.model_file.stat().st_size
    assert sizes["float16"] < 0.52 * sizes["float32"]
    pixels = np.stack([np.asarray(picture(seed, (96, 96))) for seed in range(3)])
    whole, half = (EncoderSession(read_artefact(tmp_path / storage)).embed(pixels) for storage in sizes)
    assert (whole * half).sum(axis=1).min() > 0.999


def test_a_trained_encoder_is_exported_from_its_run(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path / "pictures", 18)
    quick = ("--backbone", "plain", "--dimension", "8", "--side", "32", "--batch", "8", "--workers", "0")
    trained = tmp_path / "run"
    more = ("--from", "scratch", "--distillation", "0", "--steps", "1", "--images-from", "drawn")
    assert run("train", tmp_path / "pictures", "--out", trained, *quick, *more).code == 0
    options = ("--from", trained, "--side", "64", "--name", "mine")
    result = run("export", tmp_path / "pictures", "--out", tmp_path / "model", *options)
    assert result.code == 0, result.err
    artefact = read_artefact(tmp_path / "model")
    assert (artefact.name, artefact.native_size) == ("mine", 64)
    assert artefact.provenance["weights"] == "trained for 1 steps (0 minutes) from random weights"
    assert artefact.provenance["bottleneck"] == "half whitened on 18 pictures"
    assert artefact.provenance["images"] == "drawn"
    other = run("export", tmp_path / "pictures", "--out", tmp_path / "x", "--dimension", "9", *options)
    assert other.code == 1
    assert "holds plain with 8 numbers, but 9 numbers were asked for; give --dimension 8" in other.err
    both = run("export", tmp_path / "pictures", "--out", tmp_path / "x", "--second-branch", *options)
    assert both.code == 1
    assert "run holds an encoder without a second branch; leave out --second-branch" in both.err
    checkpoint = torch.load(trained / "checkpoint.pt", weights_only=True)
    checkpoint["model"].pop("encoder.bottleneck.bias")
    torch.save(checkpoint, trained / "checkpoint.pt")
    older = run("export", tmp_path / "pictures", "--out", tmp_path / "x", *options)
    assert older.code == 1
    assert "does not hold the layers of plain with 8 numbers: it is of another version of lookalike" in older.err


def test_pictures_that_are_alike_make_no_encoder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(12):
        picture(1).save(folder / f"{number}.png")
    result = run("export", folder, "--out", tmp_path / "model", "--dimension", "8", "--side", "64")
    assert result.code == 1
    assert "cannot fit the bottleneck: the images differ in fewer than 8 ways" in result.err
    assert not (tmp_path / "model" / "model.json").exists()


def test_too_few_images_leave_no_model_behind(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path / "pictures", 8)
    result = run("export", tmp_path / "pictures", "--out", tmp_path / "model", "--dimension", "8")
    assert result.code == 1
    assert "whitening to 8 numbers needs more than 8 images, found 8" in result.err
    assert not (tmp_path / "model" / "model.json").exists()


def test_what_cannot_be_written_is_refused_before_work_starts(run: Run, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    (tmp_path / "none").mkdir()
    taken = run("export", tmp_path / "none", "--out", tmp_path / "taken" / "model")
    assert taken.code == 1
    assert f"Error: cannot make the folder {tmp_path / 'taken' / 'model'}: Not a directory\n" in taken.err
    both = run("export", tmp_path / "none", "--out", tmp_path / "model", "--second-branch")
    assert both.code == 1
    assert "Error: weights of ImageNet alone have no second branch; leave out --second-branch\n" in both.err


def test_an_export_that_differs_from_torch_is_not_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lookalike.encoder import export
    from lookalike.encoder.model import Architecture, Encoder
    from lookalike.errors import ArtefactError

    class OtherSession:
        def __init__(self, artefact: object) -> None:
            del artefact

        def embed(self, pixels: np.ndarray) -> np.ndarray:
            return np.ones((len(pixels), 4), np.float32)

    monkeypatch.setattr(export, "EncoderSession", OtherSession)
    (tmp_path / "model.json").write_text(json.dumps({}))
    pixels = np.stack([np.asarray(picture(seed, (64, 64))) for seed in range(2)])
    with pytest.raises(ArtefactError, match="ONNX Runtime differs from torch by"):
        export.export_encoder(Encoder(Architecture("plain", 4), pretrained=False), tmp_path, "bad", "1", {}, pixels)
    assert not (tmp_path / "model.json").exists()
