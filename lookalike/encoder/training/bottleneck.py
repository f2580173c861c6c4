"""The bottleneck set by whitening on some pictures: its numbers decorrelated and of more equal weight."""

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.encoder.model import Encoder
from lookalike.encoder.whitening import fit_whitening

__all__ = ["fit_bottleneck", "whiten_bottleneck"]

_ROWS_PER_NUMBER = 2
# Whitened, an embedding tells better what looks alike; as it was trained, what is a copy. Half of each is better at
# copies than either and keeps most of the likeness; chosen on folders that were not trained on (docs/encoder.md).
_SHARE = 0.5


def fit_bottleneck(encoder: Encoder, features: NDArray[np.float32]) -> None:
    """Set the bottleneck to the PCA whitening of pooled features `[N, F]`.

    Raises ValueError, and leaves it alone, if there are too few of them or they are too much alike.
    """
    _set(encoder, *fit_whitening(features, encoder.bottleneck.out_features))


def whiten_bottleneck(encoder: Encoder, features: NDArray[np.float32]) -> str:
    """Follow the bottleneck by half of the PCA whitening of what it yields for pooled features `[N, F]`, as one linear
    map; return what it is now, for model.json.

    It stays as it is with fewer than two rows for each number of the embedding, whose smallest directions would be
    noise, and if what it yields differs in too few directions.
    """
    bottleneck = encoder.bottleneck
    if len(features) < _ROWS_PER_NUMBER * bottleneck.out_features:
        return "as trained, too few pictures to whiten it"
    weight = bottleneck.weight.detach().cpu().numpy()
    bias = bottleneck.bias.detach().cpu().numpy()
    try:
        rotation, shift = fit_whitening(features @ weight.T + bias, bottleneck.out_features, _SHARE)
    except ValueError:
        return "as trained, the pictures are too much alike to it to whiten it"
    _set(encoder, rotation @ weight, rotation @ bias + shift)
    return f"half whitened on {len(features)} pictures"


def _set(encoder: Encoder, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
    with torch.no_grad():
        encoder.bottleneck.weight.copy_(torch.from_numpy(weight))
        encoder.bottleneck.bias.copy_(torch.from_numpy(bias))
