"""How far a figure would move had other pictures been drawn."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.evaluation.metrics import Floats

__all__ = ["RESAMPLES", "Estimate", "estimate", "resample", "weighted_mean"]

RESAMPLES = 300
_AT_ONCE = 25  # rows of weights held in memory


@dataclass(frozen=True)
class Estimate:
    """A figure and its 95 % interval: percentiles of the bootstrap."""

    value: float
    low: float
    high: float


def resample(cluster: NDArray[np.int64], seed: int, resamples: int = RESAMPLES) -> Floats:
    """Weights of the queries `[1 + resamples, Q]`: ones, then how often each was drawn with replacement.

    Queries of one cluster are drawn together: edits of one original succeed and fail together, and drawing them one by
    one would make the interval too narrow.
    """
    names, member = np.unique(cluster, return_inverse=True)
    random = np.random.default_rng(seed)
    drawn = random.multinomial(len(names), np.full(len(names), 1 / len(names)), resamples)
    return np.vstack([np.ones(len(cluster)), drawn[:, member]])


def estimate(metric: Callable[[Floats], Floats], weights: Floats) -> Estimate:
    """The metric, a function of weights `[B, Q]` to values `[B]`, with its interval; weights by `resample`."""
    parts = [metric(weights[start : start + _AT_ONCE]) for start in range(0, len(weights), _AT_ONCE)]
    values = np.concatenate(parts)
    low, high = np.percentile(values[1:], [2.5, 97.5]) if len(values) > 1 else (values[0], values[0])
    return Estimate(float(values[0]), float(low), float(high))


def weighted_mean(values: NDArray[np.float64] | NDArray[np.bool_], weights: Floats) -> Floats:
    """The mean of values `[Q]` for each row of weights `[B, Q]`; of no query at all, 0."""
    mean: Floats = weights @ values.astype(np.float64) / np.maximum(weights.sum(axis=1), 1e-12)
    return mean
