"""From weights and pictures to an artefact: the bottleneck is whitened on the pictures, and the whole exported."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.encoder.artefact import Artefact, read_artefact
from lookalike.encoder.backbones import imagenet_weights
from lookalike.encoder.decode import decode
from lookalike.encoder.export import COMPARED, export_encoder
from lookalike.encoder.image_file import read_image_file
from lookalike.encoder.model import Architecture, Encoder, as_input, without_second_branch
from lookalike.encoder.training.bottleneck import fit_bottleneck, whiten_bottleneck
from lookalike.encoder.training.checkpoint import model_of, read_checkpoint
from lookalike.errors import ArtefactError, ImageError

__all__ = ["Wanted", "make_artefact"]

_BATCH = 32
_DIMENSION = 256
_MOST = 4000  # pictures that the bottleneck is fitted to


@dataclass(frozen=True)
class Wanted:
    """What to make: `start` is `imagenet` or the folder that a training run left; `side` the native size in pixels.

    `dimension` is 256 by default, or what the run has. `second_branch` keeps that of the run.
    """

    out: Path
    start: str = "imagenet"
    dimension: int | None = None
    side: int = 224
    half_storage: bool = False
    second_branch: bool = False
    name: str = "default"
    version: str = "1"
    images_from: str = ""


def make_artefact(folders: Sequence[Path], wanted: Wanted, progress: Callable[[int, int], None]) -> Artefact:
    """Fit the bottleneck to at most 4,000 pictures under `folders` and export; `progress` gets pictures done and all.

    Files that are no picture are passed over. Raises ArtefactError if the folder cannot be made, the run has no second
    branch to keep, too few pictures are left or the export fails, TrainingError if there is no usable checkpoint.
    """
    try:
        wanted.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtefactError(f"cannot make the folder {wanted.out}: {error.strerror}") from error
    encoder, provenance = _imagenet(wanted) if wanted.start == "imagenet" else _trained(wanted)
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    drawn = np.sort(np.random.default_rng(0).permutation(len(files))[:_MOST])
    features, sample = _describe([files[row] for row in drawn], encoder, wanted.side, progress)
    if wanted.start == "imagenet":
        try:
            fit_bottleneck(encoder, features)
        except ValueError as error:
            raise ArtefactError(f"cannot fit the bottleneck: {error}") from error
        bottleneck = f"PCA whitening of the pooled features of {len(features)} images"
    else:
        bottleneck = whiten_bottleneck(encoder, features)
    if len(sample) < 2:
        raise ArtefactError(f"an export needs at least 2 pictures to compare with, found {len(sample)}")
    provenance = {"architecture": encoder.architecture.as_json(), **provenance, "bottleneck": bottleneck}
    if wanted.images_from or "images" not in provenance:
        provenance["images"] = wanted.images_from or "not stated"
    return export_encoder(encoder, wanted.out, wanted.name, wanted.version, provenance, sample, wanted.half_storage)


def _imagenet(wanted: Wanted) -> tuple[Encoder, dict[str, Any]]:
    if wanted.second_branch:
        raise ArtefactError("weights of ImageNet alone have no second branch; leave out --second-branch")
    weights = imagenet_weights("lite0")
    return Encoder(Architecture(dimension=wanted.dimension or _DIMENSION)), {"weights": weights}


def _trained(wanted: Wanted) -> tuple[Encoder, dict[str, Any]]:
    """The encoder of a training run, and what the run's own model.json says of it."""
    folder = Path(wanted.start)
    checkpoint = read_checkpoint(folder / "checkpoint.pt")
    if wanted.dimension not in {None, checkpoint.architecture.dimension}:
        raise ArtefactError(
            f"{folder} holds {checkpoint.architecture}, but {wanted.dimension} numbers were asked for; give "
            f"--dimension {checkpoint.architecture.dimension}"
        )
    encoder = model_of(checkpoint, folder / "checkpoint.pt").encoder
    if not wanted.second_branch:
        encoder = without_second_branch(encoder)
    elif encoder.architecture.branches == 1:
        raise ArtefactError(f"{folder} holds an encoder without a second branch; leave out --second-branch")
    provenance: dict[str, Any] = {"weights": checkpoint.weights}
    if (folder / "model.json").is_file():
        described = read_artefact(folder).provenance
        provenance |= {key: described[key] for key in ("training", "images") if key in described}
    return encoder, provenance


def _describe(
    files: Sequence[Path], encoder: Encoder, side: int, progress: Callable[[int, int], None]
) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Pooled features `[N, F]` of all readable files, and the pixels of the first few."""
    parts: list[NDArray[np.float32]] = []
    sample: NDArray[np.uint8] = np.empty((0, side, side, 3), np.uint8)
    for done, pixels in _batches(files, side):
        with torch.no_grad():
            parts.append(encoder.features(as_input(pixels)).numpy())
        sample = sample if len(sample) else pixels[:COMPARED]
        progress(done, len(files))
    features = np.concatenate(parts) if parts else np.empty((0, encoder.bottleneck.in_features), np.float32)
    return features, sample


def _batches(files: Sequence[Path], side: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    batch: list[NDArray[np.uint8]] = []
    for done, file in enumerate(files, start=1):
        with suppress(ImageError, OSError):
            batch.append(decode(read_image_file(file), side).pixels)
        if batch and (len(batch) == _BATCH or done == len(files)):
            yield done, np.stack(batch)
            batch = []
