"""A network with random weights, for where trained ones cannot be fetched: as fast, and it finds nothing."""

from collections.abc import Callable

import torch

__all__ = ["random_network"]


def random_network(make: Callable[..., torch.nn.Module]) -> torch.nn.Module:
    """What `make(weights=None)` makes, its normalisation layers fitted to what noise makes of the weights.

    Numbers between its layers are so kept at their usual size; without that they shrink towards zero, where processors
    are slower.
    """
    torch.manual_seed(0)
    network = make(weights=None)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.momentum = None
    with torch.no_grad():
        network.train()(torch.rand(32, 3, 224, 224))
    return network
