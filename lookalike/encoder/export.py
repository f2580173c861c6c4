"""Making an artefact: one ONNX file that takes raw pixels, compared with torch before it counts."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, compose, helper

from lookalike.encoder.artefact import Artefact, write_description
from lookalike.encoder.decode import decode
from lookalike.encoder.model import NATIVE_SIZE, Encoder
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.whitening import fit_whitening
from lookalike.errors import ArtefactError, ImageError

__all__ = ["export_encoder", "fit_bottleneck"]

_OPSET = 18  # the first with an antialiased Resize
_TOLERANCE = 1e-4
_BATCH = 32


def fit_bottleneck(encoder: Encoder, files: Iterable[Path], progress: Callable[[int], None] = lambda read: None) -> int:
    """Set the encoder's bottleneck to the PCA whitening of its own features of `files`.

    Returns how many images were used; files that are no image are passed over. Raises ArtefactError if there
    are too few. `progress` is called with the number of images done after each batch.
    """
    parts: list[NDArray[np.float32]] = []
    used = 0
    for pixels in _batches(files):
        with torch.no_grad():
            parts.append(encoder.features(_to_float(pixels)).numpy())
        used += len(pixels)
        progress(used)
    features = np.concatenate(parts) if parts else np.empty((0, encoder.bottleneck.in_features), np.float32)
    try:
        weight, bias = fit_whitening(features, encoder.bottleneck.out_features)
    except ValueError as error:
        raise ArtefactError(f"cannot fit the bottleneck: {error}") from error
    with torch.no_grad():
        encoder.bottleneck.weight.copy_(torch.from_numpy(weight))
        encoder.bottleneck.bias.copy_(torch.from_numpy(bias))
    return used


def export_encoder(encoder: Encoder, folder: Path, name: str, version: str, provenance: dict[str, Any]) -> Artefact:
    """Write `model.onnx` and `model.json` into `folder` and return the artefact.

    The ONNX graph is preprocessing (`_raw_pixel_graph`) followed by the network. Raises ArtefactError, and
    leaves no description behind, if ONNX Runtime's embedding differs from torch's by more than 1e-4.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.json").unlink(missing_ok=True)
    network = _network_graph(encoder)
    whole = compose.merge_models(_raw_pixel_graph(network.ir_version), network, io_map=[("native", "native_pixels")])
    onnx.checker.check_model(whole, full_check=True)
    data = whole.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    artefact = Artefact(
        name=name,
        version=version,
        sha256=hashlib.sha256(data).hexdigest(),
        dimension=encoder.bottleneck.out_features,
        native_size=NATIVE_SIZE,
        distance="cosinesimil",
        folder=folder,
        provenance=provenance,
    )
    difference = _largest_difference(encoder, EncoderSession(artefact))
    if difference > _TOLERANCE:
        raise ArtefactError(f"ONNX Runtime differs from torch by {difference:.1e}, expected at most {_TOLERANCE:.0e}")
    artefact = replace(artefact, provenance={**provenance, "torch_difference": float(f"{difference:.1e}")})
    write_description(artefact)
    return artefact


def _batches(files: Iterable[Path]) -> Iterator[NDArray[np.uint8]]:
    batch: list[NDArray[np.uint8]] = []
    for file in files:
        try:
            batch.append(decode(file.read_bytes(), NATIVE_SIZE).pixels)
        except (ImageError, OSError):
            continue
        if len(batch) == _BATCH:
            yield np.stack(batch)
            batch = []
    if batch:
        yield np.stack(batch)


def _to_float(pixels: NDArray[np.uint8]) -> torch.Tensor:
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).float()


def _network_graph(encoder: Encoder) -> onnx.ModelProto:
    """The network alone, float32 `[N, 3, 224, 224]` to `embedding`."""
    example = torch.zeros(2, 3, NATIVE_SIZE, NATIVE_SIZE)
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        torch.onnx.export(
            encoder,
            (example,),
            file.name,
            input_names=["native_pixels"],
            output_names=["embedding"],
            dynamic_shapes={"pixels": {0: torch.export.Dim("N")}},
            opset_version=_OPSET,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        return onnx.load(file.name)


def _raw_pixel_graph(ir_version: int) -> onnx.ModelProto:
    """uint8 `pixels` `[N, H, W, 3]` to float32 `native` `[N, 3, 224, 224]`.

    The resize works on bytes, as Pillow's does, so that pixels resized outside and inside the graph are equal.
    """
    size = np.array([3, NATIVE_SIZE, NATIVE_SIZE], np.int64)
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Shape", ["planes"], ["count"], start=0, end=1),
        helper.make_node("Concat", ["count", "size"], ["sizes"], axis=0),
        helper.make_node(
            "Resize",
            ["planes", "", "", "sizes"],
            ["resized"],
            mode="linear",
            antialias=1,
            coordinate_transformation_mode="half_pixel",
        ),
        helper.make_node("Cast", ["resized"], ["native"], to=TensorProto.FLOAT),
    ]
    graph = helper.make_graph(
        nodes,
        "raw_pixels",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("native", TensorProto.FLOAT, ["N", 3, NATIVE_SIZE, NATIVE_SIZE])],
        initializer=[onnx.numpy_helper.from_array(size, "size")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=ir_version)


def _largest_difference(encoder: Encoder, session: EncoderSession) -> float:
    pixels = np.random.default_rng(0).integers(0, 256, (4, NATIVE_SIZE, NATIVE_SIZE, 3), np.uint8)
    with torch.no_grad():
        expected = encoder(_to_float(pixels)).numpy()
    return float(np.abs(session.embed(pixels) - expected).max())
