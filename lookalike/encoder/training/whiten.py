"""Whitening of a trained bottleneck: its numbers decorrelated and of equal weight, on the training pictures."""

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.encoder.model import Encoder
from lookalike.encoder.whitening import fit_whitening

__all__ = ["whiten_bottleneck"]

_ROWS_PER_NUMBER = 2


def whiten_bottleneck(encoder: Encoder, features: NDArray[np.float32]) -> bool:
    """Follow the bottleneck by the PCA whitening of what it yields for pooled features `[N, F]`, as one linear map.

    Leaves it alone and returns False with fewer than two rows for each number of the embedding, whose smallest
    directions would be noise.
    """
    bottleneck = encoder.bottleneck
    if len(features) < _ROWS_PER_NUMBER * bottleneck.out_features:
        return False
    weight = bottleneck.weight.detach().cpu().numpy()
    bias = bottleneck.bias.detach().cpu().numpy()
    rotation, shift = fit_whitening(features @ weight.T + bias, bottleneck.out_features)
    with torch.no_grad():
        bottleneck.weight.copy_(torch.from_numpy(rotation @ weight))
        bottleneck.bias.copy_(torch.from_numpy(rotation @ bias + shift))
    return True
