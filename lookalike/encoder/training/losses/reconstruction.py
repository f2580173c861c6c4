"""Reconstruction: the decoder's picture should be the picture."""

from torch import Tensor, nn

__all__ = ["reconstruction_loss"]


def reconstruction_loss(rebuilt: Tensor, originals: Tensor) -> Tensor:
    """Mean absolute and mean squared difference, added, of pictures `[N, 3, h, w]` with values 0 to 1.

    The square alone forgives blur, the absolute value alone hardly moves colours that are far off.
    """
    return nn.functional.l1_loss(rebuilt, originals) + nn.functional.mse_loss(rebuilt, originals)
