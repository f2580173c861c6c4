"""Checkpoints: everything a run needs to go on, replaced in one move so that one is always whole."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from lookalike.encoder.model import Architecture, AutoEncoder
from lookalike.errors import TrainingError

__all__ = ["RANDOM_WEIGHTS", "Checkpoint", "model_of", "read_checkpoint", "write_checkpoint"]

RANDOM_WEIGHTS = "random weights"
"""The origin of a run that started from nothing."""


@dataclass(frozen=True)
class Checkpoint:
    """`model` and `optimizer` are state dicts; `step` steps are done, which took `seconds`; `history` is one row
    of measurements for each report of progress; `origin` says what the weights started from."""

    architecture: Architecture
    model: dict[str, Any]
    optimizer: dict[str, Any]
    step: int
    seconds: float
    history: list[dict[str, float]]
    origin: str
    scaler: dict[str, Any] | None = None

    @property
    def weights(self) -> str:
        """What the weights are, for model.json."""
        return f"trained for {self.step} steps ({self.seconds / 60:.0f} minutes) from {self.origin}"


def write_checkpoint(checkpoint: Checkpoint, file: Path) -> None:
    """Write beside the file and move it there, so that stopping at any moment leaves the old or the new one.

    Raises TrainingError if the disk does not take it.
    """
    fresh = file.with_suffix(".new")
    content = {**vars(checkpoint), "architecture": checkpoint.architecture.as_json()}
    try:
        with fresh.open("wb") as output:
            torch.save(content, output)
            output.flush()
            os.fsync(output.fileno())
        fresh.replace(file)
    except (OSError, RuntimeError) as error:
        fresh.unlink(missing_ok=True)
        raise TrainingError(f"cannot write {file}: {' '.join(str(error).split())}") from error


def read_checkpoint(file: Path) -> Checkpoint:
    """Read a checkpoint; only tensors and plain values are accepted, so the file cannot run code.

    Raises TrainingError if there is none or it is damaged.
    """
    if not file.is_file():
        raise TrainingError(f"no checkpoint {file}: expected one written by `lookalike train`")
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
        return Checkpoint(**{**content, "architecture": Architecture(**content["architecture"])})
    except Exception as error:  # a damaged file raises whatever zip and pickle come upon
        reason = " ".join(str(error).split())[:120]
        raise TrainingError(f"{file} is not a usable checkpoint: {reason}") from error


def model_of(checkpoint: Checkpoint, file: Path) -> AutoEncoder:
    """The model with a checkpoint's weights, in evaluation mode. Raises TrainingError if they are of other layers."""
    model = AutoEncoder(checkpoint.architecture, pretrained=False)
    try:
        model.load_state_dict(checkpoint.model)
    except RuntimeError as error:
        raise TrainingError(
            f"{file} does not hold the layers of {checkpoint.architecture}: it is of another version of lookalike; "
            "train anew in another folder"
        ) from error
    model.eval()
    return model
