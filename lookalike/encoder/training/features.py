"""Features of all training pictures, computed once."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lookalike.encoder.model import as_input
from lookalike.encoder.training.picture_cache import PictureCache

__all__ = ["all_features"]

_BATCH = 32


def all_features(
    compute: Callable[[Tensor], Tensor],
    cache: PictureCache,
    device: torch.device,
    pictures: Sequence[int] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> NDArray[np.float32]:
    """`compute` of the cached pictures (of all, or of some) in batches: float32 `[N, F]`."""
    chosen = np.arange(len(cache)) if pictures is None else np.asarray(pictures)
    parts = []
    for start in range(0, len(chosen), _BATCH):
        pixels = np.stack([cache.pixels[index] for index in chosen[start : start + _BATCH]])
        with torch.no_grad():
            parts.append(compute(as_input(pixels, device)).float().cpu().numpy())
        progress(min(start + _BATCH, len(chosen)))
    return np.concatenate(parts)
