"""Making an artefact: one ONNX file that takes raw pixels, compared with torch before it counts."""

import hashlib
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.encoder.artefact import Artefact, write_description
from lookalike.encoder.folded_conv import FoldedConv
from lookalike.encoder.model import Encoder, as_input
from lookalike.encoder.onnx_graph import store_as_float16, whole_graph
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ArtefactError

__all__ = ["COMPARED", "export_encoder"]

COMPARED = 16  # pictures of which torch and ONNX Runtime should have to make the same
_TOLERANCE = 1e-4


def export_encoder(
    encoder: Encoder,
    folder: Path,
    name: str,
    version: str,
    provenance: dict[str, Any],
    pixels: NDArray[np.uint8],
    half_storage: bool = False,
) -> Artefact:
    """Write `model.onnx` and `model.json` into `folder` and return the artefact.

    `pixels` are at least two real pictures, uint8 `[N, side, side, 3]`; their side becomes the native size. Raises
    ArtefactError, and leaves no description behind, if ONNX Runtime's embedding of any of them differs from torch's by
    more than 1e-4, or one at a time from all at once, and if `folder` cannot be written. `half_storage` rounds the
    weights of backbones of our own (lite, plain) to float16, in torch too, and keeps them so in the file.
    """
    side = pixels.shape[1]
    encoder = _with_folded_layers(encoder)
    if half_storage:
        _round_to_float16(encoder)
    graph = whole_graph(encoder, side)
    data = (store_as_float16(graph) if half_storage else graph).SerializeToString()
    _write(folder, data)
    artefact = Artefact(
        name=name,
        version=version,
        sha256=hashlib.sha256(data).hexdigest(),
        dimension=encoder.bottleneck.out_features,
        native_size=side,
        distance="cosinesimil",
        folder=folder,
        provenance=provenance,
    )
    difference = _largest_difference(encoder, EncoderSession(artefact), pixels)
    if not difference <= _TOLERANCE:  # nor if it is not a number
        advice = "; give --storage float32" if half_storage else ""
        raise ArtefactError(
            f"ONNX Runtime differs from torch by {difference:.1e}, expected at most {_TOLERANCE:.0e}{advice}"
        )
    artefact = replace(artefact, provenance={**provenance, "torch_difference": float(f"{difference:.1e}")})
    write_description(artefact)
    return artefact


def _with_folded_layers(encoder: Encoder) -> Encoder:
    """A copy whose batch norms are in the weights of the convolutions, as the file shall have them."""
    copy = deepcopy(encoder)
    for module in list(copy.modules()):
        if isinstance(module, FoldedConv):
            module.fold()
    return copy


def _round_to_float16(encoder: Encoder) -> None:
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.copy_(parameter.half().float())


def _write(folder: Path, data: bytes) -> None:
    """Write `model.onnx`; a description of another one goes first."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "model.json").unlink(missing_ok=True)
        (folder / "model.onnx").write_bytes(data)
    except OSError as error:
        raise ArtefactError(f"cannot write {folder / 'model.onnx'}: {error.strerror}") from error


def _largest_difference(encoder: Encoder, session: EncoderSession, pixels: NDArray[np.uint8]) -> float:
    with torch.no_grad():
        expected = encoder(as_input(pixels)).numpy()
    found = session.embed(pixels)
    singly = np.concatenate([session.embed(pixels[row : row + 1]) for row in range(len(pixels))])
    return float(np.abs(np.stack([found - expected, found - singly])).max())
