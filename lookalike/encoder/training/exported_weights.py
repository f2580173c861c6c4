"""The weights of an exported artefact, back into torch."""

from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from lookalike.encoder.artefact import Artefact, verify
from lookalike.encoder.model import Architecture, Encoder
from lookalike.errors import TrainingError

__all__ = ["architecture_of", "load_exported"]


def architecture_of(artefact: Artefact) -> Architecture:
    """What the artefact's description says it is; the first ones said nothing, and were lite0 with mean pooling.

    Raises TrainingError if it says something else.
    """
    try:
        return Architecture(**artefact.provenance.get("architecture", {"dimension": artefact.dimension}))
    except TypeError as error:
        raise TrainingError(f"{artefact.folder / 'model.json'} names an unknown architecture: {error}") from error


def load_exported(encoder: Encoder, artefact: Artefact) -> None:
    """Set the encoder's weights to those in the artefact, whose batch norms the export folded into convolutions.

    Layers are matched in the order in which they run. Raises TrainingError unless all of them fit.
    """
    graph = onnx.load_model_from_string(verify(artefact)).graph
    values = {item.name: numpy_helper.to_array(item) for item in graph.initializer}
    # Weights stored as float16 are widened by a node of their own.
    widened = [node for node in graph.node if node.op_type == "Cast" and node.input[0] in values]
    values |= {node.output[0]: values[node.input[0]] for node in widened}
    exported = [
        [values.get(name) for name in node.input[1:]] for node in graph.node if node.op_type in {"Conv", "Gemm"}
    ]
    modules = [module for module in encoder.modules() if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d)]
    layers = [index for index, module in enumerate(modules) if not isinstance(module, nn.BatchNorm2d)]
    fits = len(layers) == len(exported) and all(
        len(parts) == 2 and parts[0] is not None and parts[0].shape == tuple(modules[index].weight.shape)
        for index, parts in zip(layers, exported, strict=False)
    )
    if not fits:
        raise TrainingError(
            f"{artefact.model_file} does not hold the layers of {encoder.architecture}; give --from imagenet"
        )
    with torch.no_grad():
        for index, (weight, bias) in zip(layers, exported, strict=True):
            layer = modules[index]
            layer.weight.copy_(torch.from_numpy(np.array(weight)))
            if layer.bias is not None:
                layer.bias.copy_(torch.from_numpy(np.array(bias)))
            else:
                _only_add(modules[index + 1], np.array(bias))


def _only_add(norm: Any, bias: np.ndarray) -> None:
    """Make of a batch norm what is left of it: the addition of a bias."""
    norm.running_mean.zero_()
    norm.running_var.fill_(1 - norm.eps)
    norm.weight.fill_(1)
    norm.bias.copy_(torch.from_numpy(bias))
