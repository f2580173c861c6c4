"""The decoder: a picture rebuilt from the bottleneck alone."""

from itertools import pairwise

from torch import Tensor, nn

__all__ = ["REBUILT_SIZE", "Decoder"]

REBUILT_SIZE = 64
_CHANNELS = (256, 160, 96, 48, 24)  # at 4, 8, 16, 32 and 64 pixels
_SMALLEST = 4


class Decoder(nn.Module):
    """Embedding `[N, D]` of unit length to a picture float32 `[N, 3, 64, 64]` of values 0 to 1.

    It sees nothing but the embedding, so what it cannot rebuild, the embedding has not kept.
    """

    def __init__(self, dimension: int) -> None:
        super().__init__()
        self.start = nn.Linear(dimension, _CHANNELS[0] * _SMALLEST**2)
        # Components of a unit vector are about 1 / sqrt(D); layers expect inputs of about 1.
        self.scale = dimension**0.5
        blocks: list[nn.Module] = []
        for entering, channels in pairwise(_CHANNELS):
            blocks += [nn.Upsample(scale_factor=2), nn.Conv2d(entering, channels, 3, padding=1), nn.SiLU()]
        self.blocks = nn.Sequential(*blocks, nn.Conv2d(_CHANNELS[-1], 3, 3, padding=1))

    def forward(self, embedding: Tensor) -> Tensor:
        """Rebuild a batch of pictures."""
        maps = self.start(embedding * self.scale).view(-1, _CHANNELS[0], _SMALLEST, _SMALLEST)
        return self.blocks(maps).sigmoid()
