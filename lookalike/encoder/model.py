"""The encoder as a torch module, and the autoencoder around it."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lookalike.encoder.backbones import build_backbone
from lookalike.encoder.decoder import Decoder
from lookalike.encoder.gem_pooling import GemPooling

__all__ = ["Architecture", "AutoEncoder", "Encoder", "as_input", "with_second_branch", "without_second_branch"]

_CPU = torch.device("cpu")


@dataclass(frozen=True)
class Architecture:
    """What has to be equal for weights to fit: backbone by name, D, the power of the pooling (1: the mean), and
    whether a second branch keeps the later stages as they were before training (2), or there is one only (1)."""

    backbone: str = "lite0"
    dimension: int = 256
    pooling: float = 1.0
    branches: int = 1

    def __str__(self) -> str:
        """For messages."""
        return f"{self.backbone} with {self.dimension} numbers"

    def as_json(self) -> dict[str, Any]:
        """For model.json and checkpoints."""
        return asdict(self)


def as_input(pixels: NDArray[np.uint8] | Tensor, device: torch.device = _CPU) -> Tensor:
    """uint8 `[N, H, W, 3]` to the float32 `[N, 3, H, W]` that the encoder takes."""
    return torch.as_tensor(np.asarray(pixels)).to(device, non_blocking=True).permute(0, 3, 1, 2).float()


class Encoder(nn.Module):
    """Backbone, pooling, and a linear bottleneck that is the embedding. Made in evaluation mode.

    With two branches the bottleneck sees what training made of the backbone beside what it was: the second one carries
    the likeness that the loss asks for, so that the first is free to learn what a copy is.
    """

    def __init__(self, architecture: Architecture | None = None, pretrained: bool = True) -> None:
        super().__init__()
        self.architecture = architecture or Architecture()
        self.backbone = build_backbone(self.architecture.backbone, pretrained)
        self.pooling = GemPooling(self.architecture.pooling)
        branches = self.architecture.branches
        if branches > 1:
            self.backbone.keep_second_branch()
        self.bottleneck = nn.Linear(branches * self.backbone.channels, self.architecture.dimension)
        self.eval()

    def features(self, pixels: Tensor) -> Tensor:
        """float32 `[N, 3, H, W]` of values 0 to 255 to pooled features float32 `[N, F]`."""
        fixed = self.backbone.fixed_maps(pixels)
        trained = self.trained_features(fixed)
        return torch.cat([trained, self.kept_features(fixed)], dim=1) if self.backbone.kept else trained

    def trained_features(self, fixed: Tensor) -> Tensor:
        """Pooled features `[N, C]` of the branch that is trained, from the maps before it."""
        return self.pooling(self.backbone.trained_maps(fixed))

    def kept_features(self, fixed: Tensor) -> Tensor:
        """Pooled features of the branch that is not: `[N, C]`, or `[N, 0]` without one."""
        if not self.backbone.kept:
            return fixed.new_empty(len(fixed), 0)
        return self.pooling(self.backbone.kept_maps(fixed))

    def forward(self, pixels: Tensor) -> Tensor:
        """float32 `[N, 3, H, W]` of values 0 to 255 to the embedding, float32 `[N, D]`, of unit L2 norm."""
        return self.embedding(self.features(pixels))

    def embedding(self, features: Tensor) -> Tensor:
        """Pooled features `[N, F]` to the embedding, float32 `[N, D]`, of unit L2 norm."""
        return nn.functional.normalize(self.bottleneck(features), dim=1)


def with_second_branch(encoder: Encoder) -> Encoder:
    """The encoder beside a second branch with ImageNet's weights, which the bottleneck does not look at yet.

    Raises TrainingError if there are no such weights.
    """
    return _with_trained_branch_of(encoder, Encoder(replace(encoder.architecture, branches=2), pretrained=True))


def without_second_branch(encoder: Encoder) -> Encoder:
    """The trained branch alone, with its part of the bottleneck; an encoder with one branch as it is."""
    if encoder.architecture.branches == 1:
        return encoder
    return _with_trained_branch_of(encoder, Encoder(replace(encoder.architecture, branches=1), pretrained=False))


def _with_trained_branch_of(source: Encoder, target: Encoder) -> Encoder:
    """The target with the source's trained branch and its part of the bottleneck; what else it has is not looked at."""
    channels = source.backbone.channels
    target.backbone.stages.load_state_dict(source.backbone.stages.state_dict())
    with torch.no_grad():
        target.bottleneck.weight.zero_()
        target.bottleneck.weight[:, :channels] = source.bottleneck.weight[:, :channels]
        target.bottleneck.bias.copy_(source.bottleneck.bias)
    return target


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
