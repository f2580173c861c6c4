"""InfoNCE: a picture should find its other view among everything else in the batch."""

import torch
from torch import Tensor, nn

__all__ = ["info_nce_loss"]


def info_nce_loss(one: Tensor, other: Tensor, temperature: float) -> Tensor:
    """Cross entropy of finding the other view of each picture; row i of `one` and of `other` (`[N, D]`, unit) match.

    Every view is asked for among the 2N - 1 views that are not itself (NT-Xent, Chen et al. 2020). There is no
    memory of earlier batches: without a momentum encoder it made the embedding shrink.
    """
    count = len(one)
    views = torch.cat([one, other]).float()
    scores = views @ views.T / temperature
    scores = scores.masked_fill(torch.eye(2 * count, dtype=torch.bool, device=scores.device), float("-inf"))
    matches = torch.arange(2 * count, device=scores.device).roll(count)
    return nn.functional.cross_entropy(scores, matches)
