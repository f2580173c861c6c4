"""A convolution and the batch norm behind it as one operation."""

import torch
from torch import Tensor, nn

__all__ = ["FoldedConv"]


class FoldedConv(nn.Module):
    """`[N, C, H, W]` through a convolution, its batch norm and, if `rectified`, ReLU6.

    In evaluation mode the norm's fixed statistics scale the weights instead of the maps: the same result, gradients
    of all parameters included, in a third of the time, because maps are large and weights are small. In training
    mode the norm gathers statistics as usual. The convolution must have no bias, which the norm adds. One with a
    `static_padding` of its own keeps it (efficientnet_lite_pytorch, after TensorFlow); the two modules that come in are
    changed and not to be used alone.
    """

    def __init__(self, convolution: nn.Conv2d, norm: nn.BatchNorm2d, rectified: bool) -> None:
        super().__init__()
        padding = getattr(convolution, "static_padding", None)
        sides = tuple(padding.padding) if isinstance(padding, nn.ZeroPad2d) else ()
        if sides and len(set(sides)) == 1:  # the convolution itself does this without a copy
            convolution.padding = sides[:2]
            sides = ()
        self.convolution = convolution
        self.norm: nn.BatchNorm2d | None = norm
        self.rectified = rectified
        self.sides = sides

    def forward(self, maps: Tensor) -> Tensor:
        """Filtered maps."""
        if self.sides:
            maps = nn.functional.pad(maps, self.sides)
        weight, bias = self.convolution.weight, None
        if self.norm is None:
            bias = self.convolution.bias
        elif not self.training:
            weight, bias = self._folded(self.norm)
        layer = self.convolution
        found = nn.functional.conv2d(maps, weight, bias, layer.stride, layer.padding, layer.dilation, layer.groups)
        if self.training and self.norm is not None:
            found = self.norm(found)
        return nn.functional.relu6(found, inplace=True) if self.rectified else found

    def fold(self) -> None:
        """Put the batch norm into the convolution's weight and bias for good."""
        if self.norm is not None:
            with torch.no_grad():
                weight, bias = self._folded(self.norm)
            self.convolution.weight, self.convolution.bias = nn.Parameter(weight), nn.Parameter(bias)
            self.norm = None

    def _folded(self, norm: nn.BatchNorm2d) -> tuple[Tensor, Tensor]:
        """Weight `[out, in, h, w]` and bias `[out]` of the one convolution that does the same in evaluation mode."""
        if norm.running_mean is None or norm.running_var is None:
            raise ValueError("expected a batch norm with running statistics")
        scale = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
        return self.convolution.weight * scale[:, None, None, None], norm.bias - norm.running_mean * scale
