"""The loss of a step: its parts, each with a weight."""

from dataclasses import dataclass

import torch
from torch import Tensor

from lookalike.encoder.training.losses.distillation import distillation_loss
from lookalike.encoder.training.losses.entropy import entropy_loss
from lookalike.encoder.training.losses.info_nce import info_nce_loss
from lookalike.encoder.training.losses.reconstruction import reconstruction_loss

__all__ = ["PARTS", "Views", "Weights", "weighted_loss"]

PARTS = ("reconstruction", "contrastive", "entropy", "distillation")
_DISTILLATION_TEMPERATURE = 0.1


@dataclass(frozen=True)
class Weights:
    """What each part of the loss counts; a part of weight 0 is not computed."""

    reconstruction: float = 1.0
    contrastive: float = 1.0
    entropy: float = 0.3
    distillation: float = 6.0


@dataclass(frozen=True)
class Views:
    """What the model made of a batch: embeddings `[N, D]` of the plain and the edited view, the picture rebuilt
    from the plain one's embedding beside what it should be `[n, 3, 64, 64]` of the first n, and the frozen features
    `[N, F]`."""

    plain: Tensor
    edited: Tensor
    rebuilt: Tensor | None
    wanted: Tensor | None
    frozen: Tensor | None


def weighted_loss(views: Views, weights: Weights, temperature: float) -> tuple[Tensor, dict[str, float]]:
    """The weighted sum, and each part's own value before weighting."""
    parts: dict[str, Tensor] = {}
    if views.rebuilt is not None and views.wanted is not None:
        parts["reconstruction"] = reconstruction_loss(views.rebuilt.float(), views.wanted)
    if weights.contrastive:
        parts["contrastive"] = info_nce_loss(views.plain, views.edited, temperature)
    if weights.entropy:
        parts["entropy"] = entropy_loss(views.plain, views.edited)
    if views.frozen is not None:
        parts["distillation"] = distillation_loss(views.plain, views.frozen, _DISTILLATION_TEMPERATURE)
    total = torch.stack([getattr(weights, name) * value for name, value in parts.items()]).sum()
    return total, {name: float(value.detach()) for name, value in parts.items()}
