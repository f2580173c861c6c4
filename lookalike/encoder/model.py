"""The encoder as a torch module, and the autoencoder around it."""

from dataclasses import asdict, dataclass
from typing import Any

from torch import Tensor, nn

from lookalike.encoder.backbones import build_backbone
from lookalike.encoder.decoder import Decoder
from lookalike.encoder.gem_pooling import GemPooling

__all__ = ["Architecture", "AutoEncoder", "Encoder"]


@dataclass(frozen=True)
class Architecture:
    """What has to be equal for weights to fit: backbone by name, D, and the power of the pooling (1: the mean)."""

    backbone: str = "lite0"
    dimension: int = 256
    pooling: float = 1.0

    def __str__(self) -> str:
        """For messages."""
        return f"{self.backbone} with {self.dimension} numbers"

    def as_json(self) -> dict[str, Any]:
        """For model.json and checkpoints."""
        return asdict(self)


class Encoder(nn.Module):
    """Backbone, pooling, and a linear bottleneck that is the embedding. Made in evaluation mode."""

    def __init__(self, architecture: Architecture | None = None, pretrained: bool = True) -> None:
        super().__init__()
        self.architecture = architecture or Architecture()
        self.backbone = build_backbone(self.architecture.backbone, pretrained)
        self.pooling = GemPooling(self.architecture.pooling)
        self.bottleneck = nn.Linear(self.backbone.channels, self.architecture.dimension)
        self.eval()

    def features(self, pixels: Tensor) -> Tensor:
        """float32 `[N, 3, H, W]` of values 0 to 255 to pooled features float32 `[N, F]`."""
        return self.pooling(self.backbone(pixels))

    def forward(self, pixels: Tensor) -> Tensor:
        """float32 `[N, 3, H, W]` of values 0 to 255 to the embedding, float32 `[N, D]`, of unit L2 norm."""
        return self.embedding(self.backbone(pixels))

    def embedding(self, maps: Tensor) -> Tensor:
        """The backbone's maps `[N, C, h, w]` to the embedding, float32 `[N, D]`, of unit L2 norm."""
        return nn.functional.normalize(self.bottleneck(self.pooling(maps)), dim=1)


class AutoEncoder(nn.Module):
    """The encoder and the decoder that rebuilds a picture from what it yields."""

    def __init__(self, architecture: Architecture, pretrained: bool) -> None:
        super().__init__()
        self.encoder = Encoder(architecture, pretrained)
        self.decoder = Decoder(architecture.dimension)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """float32 `[N, 3, H, W]` of values 0 to 255 to embedding `[N, D]` and picture `[N, 3, 64, 64]` of 0 to 1."""
        embedding = self.encoder(pixels)
        return embedding, self.decoder(embedding)
