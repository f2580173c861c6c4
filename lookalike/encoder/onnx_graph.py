"""The ONNX graph of an encoder: raw pixels in, embedding out."""

import tempfile

import numpy as np
import onnx
import torch
from onnx import TensorProto, compose, helper, numpy_helper

from lookalike.encoder.model import Encoder

__all__ = ["store_as_float16", "whole_graph"]

_OPSET = 18  # the first with an antialiased Resize
_FEWEST_TO_HALVE = 256  # numbers; smaller weights are not worth a node


def whole_graph(encoder: Encoder, side: int) -> onnx.ModelProto:
    """uint8 `pixels` `[N, H, W, 3]` of any size to float32 `embedding` `[N, D]`; the network sees squares of `side`.

    Raises onnx.checker.ValidationError if the graph is not sound.
    """
    network = _network_graph(encoder, side)
    raw = _raw_pixel_graph(network.ir_version, side)
    whole = compose.merge_models(raw, network, io_map=[("native", "native_pixels")])
    del whole.opset_import[1:]  # merging leaves one for each part, at which other tools stumble
    _drop_notes(whole)
    onnx.checker.check_model(whole, full_check=True)
    return whole


def store_as_float16(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with its weights stored in half as many bytes and widened when the model is loaded.

    It computes in float32 as before, as fast as before, with weights rounded to 11 bits.
    """
    halved = onnx.ModelProto()
    halved.CopyFrom(model)
    widen = []
    for initializer in halved.graph.initializer:
        if initializer.data_type != TensorProto.FLOAT or np.prod(initializer.dims) < _FEWEST_TO_HALVE:
            continue
        name = initializer.name
        stored = f"{name}.float16"
        values = numpy_helper.to_array(initializer).astype(np.float16)
        initializer.CopyFrom(numpy_helper.from_array(values, stored))
        widen.append(helper.make_node("Cast", [stored], [name], to=TensorProto.FLOAT))
    nodes = [*widen, *halved.graph.node]
    del halved.graph.node[:]
    halved.graph.node.extend(nodes)
    onnx.checker.check_model(halved, full_check=True)
    return halved


def _network_graph(encoder: Encoder, side: int) -> onnx.ModelProto:
    """The network alone, float32 `[N, 3, side, side]` to `embedding`."""
    example = torch.zeros(2, 3, side, side)
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


def _drop_notes(model: onnx.ModelProto) -> None:
    """Clear what torch writes beside the computation: stack traces, which hold paths of this machine, and names."""
    graph = model.graph
    for part in (model, graph, *graph.node, *graph.initializer, *graph.input, *graph.value_info, *graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")


def _raw_pixel_graph(ir_version: int, side: int) -> onnx.ModelProto:
    """uint8 `pixels` `[N, H, W, 3]` to float32 `native` `[N, 3, side, side]`.

    The resize works on bytes, as Pillow's does, so that pixels resized outside and inside the graph are equal.
    """
    size = np.array([3, side, side], np.int64)
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
        [helper.make_tensor_value_info("native", TensorProto.FLOAT, ["N", 3, side, side])],
        initializer=[numpy_helper.from_array(size, "size")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=ir_version)
