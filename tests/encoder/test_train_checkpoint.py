"""What a run keeps: checkpoints, curves, and memory that was freed."""

import os
import platform
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lookalike.errors import TrainingError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from lookalike.encoder.model import Architecture, AutoEncoder  # noqa: E402
from lookalike.encoder.training.allocator import keep_freed_memory  # noqa: E402
from lookalike.encoder.training.checkpoint import Checkpoint, read_checkpoint, write_checkpoint  # noqa: E402
from lookalike.encoder.training.curves import curves  # noqa: E402

SMALL = Architecture("plain", 8, 3.0)


def checkpoint_of(model: Any, step: int = 1) -> Checkpoint:
    return Checkpoint(model.encoder.architecture, model.state_dict(), {}, step, 2.0, [{"step": 1.0}], "random weights")


def test_a_checkpoint_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    model = AutoEncoder(SMALL, pretrained=False)
    write_checkpoint(checkpoint_of(model), file)
    found = read_checkpoint(file)
    assert (found.architecture, found.step, found.seconds, found.origin) == (SMALL, 1, 2.0, "random weights")
    assert all(torch.equal(value, found.model[name]) for name, value in model.state_dict().items())


def test_a_write_that_fails_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "checkpoint.pt"
    model = AutoEncoder(SMALL, pretrained=False)
    write_checkpoint(checkpoint_of(model, 1), file)

    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TrainingError, match=r"cannot write .*checkpoint.pt: .*No space left on device"):
        write_checkpoint(checkpoint_of(model, 2), file)
    assert read_checkpoint(file).step == 1
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_checkpoints_that_cannot_be_used(tmp_path: Path) -> None:
    file = tmp_path / "checkpoint.pt"
    with pytest.raises(TrainingError, match=r"no checkpoint .*: expected one written by `lookalike train`"):
        read_checkpoint(file)
    file.write_bytes(b"not a checkpoint")
    with pytest.raises(TrainingError, match=r"checkpoint.pt is not a usable checkpoint: "):
        read_checkpoint(file)
    torch.save({"architecture": Random(1)}, file)  # what only running code could bring back
    with pytest.raises(TrainingError, match="not a usable checkpoint"):
        read_checkpoint(file)


def test_freed_memory_is_kept_where_glibc_is() -> None:
    assert keep_freed_memory() == (platform.libc_ver()[0] == "glibc")


def test_curves_fill_their_box() -> None:
    rows = [{"step": 1.0, "seconds": 1.0, "loss": 4.0}, {"step": 11.0, "seconds": 2.0, "loss": 2.0}]
    curve = curves(rows)[0]
    assert (curve.name, curve.points, curve.least, curve.most, curve.latest) == ("loss", "0.0,0.0 320.0,120.0", 2, 4, 2)
    assert curves([]) == []
