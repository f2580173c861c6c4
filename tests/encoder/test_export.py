import json
from pathlib import Path

import numpy as np
import pytest

from lookalike.encoder.artefact import read_artefact
from lookalike.encoder.session import EncoderSession
from tests.conftest import Run
from tests.pictures import picture, save_pictures

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
    assert artefact.provenance["bottleneck"] == "PCA whitening of the pooled features of 12 images"
    assert artefact.provenance["torch_difference"] <= 1e-4
    embeddings = EncoderSession(artefact).embed(np.asarray(picture(1))[np.newaxis])
    assert embeddings.shape == (1, 8)


def test_too_few_images_leave_no_model_behind(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path / "pictures", 8)
    result = run("export", tmp_path / "pictures", "--out", tmp_path / "model", "--dimension", "8")
    assert result.code == 1
    assert "whitening to 8 numbers needs more than 8 images, found 8" in result.err
    assert not (tmp_path / "model" / "model.json").exists()


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
    with pytest.raises(ArtefactError, match="ONNX Runtime differs from torch by"):
        export.export_encoder(Encoder(Architecture(dimension=4)), tmp_path, "bad", "1", {})
    assert not (tmp_path / "model.json").exists()
