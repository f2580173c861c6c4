"""Similarity distillation: who resembles whom should stay as a frozen network sees it."""

import torch
from torch import Tensor, nn

__all__ = ["distillation_loss"]


def distillation_loss(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Mean Kullback-Leibler divergence from the teacher's to the student's similarities within the batch.

    Row i of `student` `[N, D]` and of `teacher` `[N, F]`, both unit, is the same picture. Each row's similarities
    to the other rows, divided by the temperature, become a distribution. Telling copies apart pushes pictures of
    the same thing apart too; this holds them.
    """
    itself = torch.eye(len(student), dtype=torch.bool, device=student.device)

    def others(vectors: Tensor) -> Tensor:
        scores = vectors.float() @ vectors.float().T / temperature
        return scores[~itself].view(len(vectors), -1)

    expected = nn.functional.log_softmax(others(teacher), dim=1)
    found = nn.functional.log_softmax(others(student), dim=1)
    return nn.functional.kl_div(found, expected, reduction="batchmean", log_target=True)
