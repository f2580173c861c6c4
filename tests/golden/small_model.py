"""An artefact of the project's contract, small enough to commit: random filters, a random projection, no training.

It never changes, so the vectors it gives can be written down; the shipped one improves.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lookalike.encoder.artefact import Artefact, write_description
from tests.golden import NATIVE_SIZE
from tests.pictures import picture

__all__ = ["write_small_model"]

DIMENSION = 32
_FILTERS = 8
_CELLS = 8  # the picture is summed up in this many rows and columns
_OPSET = 18
_IR_VERSION = 10


def write_small_model(folder: Path) -> Artefact:
    """Write `model.onnx` and `model.json`, the same on every run."""
    folder.mkdir(parents=True, exist_ok=True)
    data = _model(-_mean_projection()).SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    artefact = Artefact(
        name="golden",
        version="1",
        sha256=hashlib.sha256(data).hexdigest(),
        dimension=DIMENSION,
        native_size=NATIVE_SIZE,
        distance="cosinesimil",
        folder=folder,
        provenance={"weights": "random, by tests/golden/small_model.py"},
    )
    write_description(artefact)
    return artefact


def _mean_projection() -> NDArray[np.float32]:
    """What is subtracted, rounded for other machines' sake, so that vectors point in all directions."""
    pixels = np.stack([np.asarray(picture(seed, (NATIVE_SIZE, NATIVE_SIZE))) for seed in range(200)])
    model = _model(np.zeros(DIMENSION, np.float32))
    del model.graph.node[-1]
    model.graph.output[0].name = "projected"
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    mean: NDArray[np.float32] = session.run(["projected"], {"pixels": pixels})[0].mean(axis=0).round(4)
    return mean


def _model(bias: NDArray[np.float32]) -> Any:
    random = np.random.default_rng(20)
    filters = random.normal(0, 1 / np.sqrt(75), (_FILTERS, 3, 5, 5))
    projection = random.normal(0, 1, (_FILTERS * _CELLS * _CELLS, DIMENSION)) / 16
    numbers = {
        "size": np.array([3, NATIVE_SIZE, NATIVE_SIZE], np.int64),
        "middle": np.array(127.5, np.float32),
        "filters": filters.astype(np.float32),
        "projection": projection.astype(np.float32),
        "bias": bias.astype(np.float32),
    }
    nodes = [
        helper.make_node("Transpose", ["pixels"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Shape", ["planes"], ["count"], start=0, end=1),
        helper.make_node("Concat", ["count", "size"], ["sizes"], axis=0),
        helper.make_node(
            "Resize",
            ["planes", "", "", "sizes"],
            ["native"],
            mode="linear",
            antialias=1,
            coordinate_transformation_mode="half_pixel",
        ),
        helper.make_node("Cast", ["native"], ["levels"], to=TensorProto.FLOAT),
        helper.make_node("Sub", ["levels", "middle"], ["centred"]),
        helper.make_node("Div", ["centred", "middle"], ["scaled"]),
        helper.make_node("Conv", ["scaled", "filters"], ["filtered"], strides=[2, 2], pads=[2, 2, 2, 2]),
        helper.make_node("LeakyRelu", ["filtered"], ["rectified"], alpha=0.3),
        helper.make_node("AveragePool", ["rectified"], ["cells"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Flatten", ["cells"], ["features"]),
        helper.make_node("Gemm", ["features", "projection", "bias"], ["projected"]),
        helper.make_node("LpNormalization", ["projected"], ["embedding"], p=2, axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "golden",
        [helper.make_tensor_value_info("pixels", TensorProto.UINT8, ["N", "H", "W", 3])],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["N", DIMENSION])],
        initializer=[numpy_helper.from_array(value, name) for name, value in numbers.items()],
    )
    opset = helper.make_opsetid("", _OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION, producer_name="lookalike")
    onnx.checker.check_model(model, full_check=True)
    return model
