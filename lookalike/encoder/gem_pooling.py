"""Generalised-mean pooling: between the mean (p = 1) and the maximum (p large) of a feature map."""

from torch import Tensor, nn

__all__ = ["GemPooling"]

_SMALLEST = 1e-6


class GemPooling(nn.Module):
    """float32 `[N, C, h, w]` to `[N, C]`: the p-th root of the mean over h and w of the values to the power p.

    Values below 1e-6 count as 1e-6, so that roots and their gradients are finite; p = 1 is the plain mean, of
    negative values too. Radenović et al. 2018 learn p; here, as in SSCD, it is fixed.
    """

    def __init__(self, power: float) -> None:
        super().__init__()
        self.power = power

    def forward(self, maps: Tensor) -> Tensor:
        """Pool each map to one number."""
        if self.power == 1:
            return maps.mean(dim=(2, 3))
        return maps.clamp(min=_SMALLEST).pow(self.power).mean(dim=(2, 3)).pow(1 / self.power)
