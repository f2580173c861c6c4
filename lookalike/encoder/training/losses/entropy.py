"""Entropy: nearest neighbours should not be near, so that the embedding fills its sphere."""

import torch
from torch import Tensor

__all__ = ["entropy_loss"]

_SMALLEST = 1e-6


def entropy_loss(one: Tensor, other: Tensor) -> Tensor:
    """Minus the mean logarithm of each view's distance to the nearest view of another picture.

    `one` and `other` are unit vectors `[N, D]` whose rows match. This is the Kozachenko-Leonenko estimate of
    differential entropy up to a constant, as in SSCD (Pizzi et al. 2022): spread evenly, one threshold fits all.
    """
    views = torch.cat([one, other]).float()
    same = torch.arange(len(one), device=views.device).repeat(2)
    with torch.no_grad():
        scores = views @ views.T
        scores = scores.masked_fill(same[:, None] == same[None, :], -2.0)
        nearest = scores.argmax(dim=1)
    distances = (views - views[nearest]).square().sum(dim=1).clamp(min=_SMALLEST**2).sqrt()
    return -distances.log().mean()
