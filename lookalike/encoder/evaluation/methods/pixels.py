"""Floors: the pixels themselves, and a network that has learnt nothing."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.methods.method import squares, unit

__all__ = ["RandomEncoder", "RawPixels"]

_SIDE = 64
_LAYERS = ((8, 4, 64), (3, 2, 128), (3, 2, 256))  # kernel, stride, channels


class RawPixels:
    """RGB pixels of a square of 32, less their mean, so that the cosine is the correlation of two pictures."""

    name = "raw 32×32 pixels"

    def describe(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """3,072 numbers."""
        flat = squares(pictures, 32).reshape(len(pictures), -1).astype(np.float32)
        return unit(flat - flat.mean(axis=1, keepdims=True))


class RandomEncoder:
    """Three convolutions with random weights (He et al. 2015), rectified, and mean pooling: an untrained encoder."""

    name = "random encoder"

    def __init__(self, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        channels = 3
        self._weights: list[NDArray[np.float32]] = []
        for kernel, _, out in _LAYERS:
            fan_in = kernel * kernel * channels
            self._weights.append(random.standard_normal((fan_in, out), np.float32) * np.float32((2 / fan_in) ** 0.5))
            channels = out

    def describe(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """256 numbers."""
        maps = squares(pictures, _SIDE).astype(np.float32) / 127.5 - 1
        for (kernel, stride, _), weights in zip(_LAYERS, self._weights, strict=True):
            windows = np.lib.stride_tricks.sliding_window_view(maps, (kernel, kernel), axis=(1, 2))
            windows = windows[:, ::stride, ::stride]
            patches = windows.reshape(*windows.shape[:3], -1)
            maps = np.maximum(patches @ weights, 0)
        return unit(maps.mean(axis=(1, 2)))
