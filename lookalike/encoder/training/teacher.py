"""The frozen ImageNet network, whose sense of likeness training holds on to."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray

from lookalike.encoder.model import Architecture, Encoder
from lookalike.encoder.training.features import all_features
from lookalike.encoder.training.picture_cache import PictureCache
from lookalike.errors import TrainingError

__all__ = ["frozen_features"]


def frozen_features(
    cache: PictureCache, device: torch.device, progress: Callable[[int], None] = lambda done: None
) -> NDArray[np.float16]:
    """Pooled features of EfficientNet-lite0 for each cached picture, centred, of unit length: float16 `[N, 1280]`.

    They never change, so they are kept beside the pictures for the next run.
    """
    file = cache.folder / f"frozen-{cache.key[:16]}.npy"
    if file.is_file():
        kept: NDArray[np.float16] = np.load(file)
        return kept
    encoder = Encoder(Architecture()).to(device)
    features = all_features(encoder.features, cache, device, progress=progress)
    features -= features.mean(axis=0)
    features /= np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-6)
    fresh = file.with_suffix(".new.npy")
    try:
        np.save(fresh, features.astype(np.float16))
        fresh.replace(file)
    except OSError as error:
        raise TrainingError(f"cannot write {file}: {error}") from error
    return features.astype(np.float16)
