"""Features of training pictures: of all, or of some that are drawn."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lookalike.encoder.model import as_input
from lookalike.encoder.training.picture_cache import PictureCache

__all__ = ["all_features", "drawn_features"]

_BATCH = 32
_MOST_DRAWN = 4000  # enough for a whitening


def all_features(
    compute: Callable[[Tensor], Tensor],
    cache: PictureCache,
    device: torch.device,
    pictures: NDArray[np.int64] | None = None,
    progress: Callable[[int], None] = lambda done: None,
) -> NDArray[np.float32]:
    """`compute` of the cached pictures (of all, or of some) in batches: float32 `[N, F]`.

    `progress` gets how many are done.
    """
    chosen = np.arange(len(cache)) if pictures is None else pictures
    parts = []
    for start in range(0, len(chosen), _BATCH):
        pixels = np.stack([cache.pixels[index] for index in chosen[start : start + _BATCH]])
        with torch.no_grad():
            parts.append(compute(as_input(pixels, device)).float().cpu().numpy())
        progress(min(start + _BATCH, len(chosen)))
    return np.concatenate(parts)


def drawn_features(
    compute: Callable[[Tensor], Tensor],
    cache: PictureCache,
    seed: int,
    device: torch.device,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """`compute` of at most 4,000 pictures that the seed draws: their numbers in the cache `[n]` and float32 `[n, F]`.

    `progress` gets how many are done, and all.
    """
    count = min(len(cache), _MOST_DRAWN)
    pictures = np.sort(np.random.default_rng(seed).choice(len(cache), count, replace=False))
    return pictures, all_features(compute, cache, device, pictures, lambda done: progress(done, count))
