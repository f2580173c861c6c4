"""Vectors that are spread like a trained encoder's, and which of them are nearest to one."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClusteredVectors", "exact_neighbours"]

Vectors = NDArray[np.float32]
_AT_ONCE = 10_000


class ClusteredVectors:
    """Unit vectors, drawn in clusters of about `cluster` members; the same seed draws the same.

    The spread along axis i falls as 1 / (1 + i / 7), as the principal components of the shipped encoder's embeddings
    of photographs do; two members of a cluster have a cosine of 0.5 in the mean, as nearest neighbours among a thousand
    photographs have, and two others 0.
    """

    def __init__(self, count: int, dimension: int, cluster: int = 50, seed: int = 0) -> None:
        self.count, self._seed = count, seed
        self._spread = np.sqrt(1 / (1 + np.arange(dimension) / 7)).astype(np.float32)
        self._centres = self._draw(np.random.default_rng(seed), max(1, count // cluster))

    def portions(self) -> Iterator[Vectors]:
        """All of them, some thousands at a time: float32 `[N, D]`."""
        for start in range(0, self.count, _AT_ONCE):
            random = np.random.default_rng([self._seed, 1, start])
            yield self._members(random, min(_AT_ONCE, self.count - start))

    def others(self, count: int) -> Vectors:
        """More of the same clusters, to ask with: float32 `[count, D]`."""
        return self._members(np.random.default_rng([self._seed, 2]), count)

    def _members(self, random: np.random.Generator, count: int) -> Vectors:
        centres = self._centres[random.integers(len(self._centres), size=count)]
        return _unit(centres + self._draw(random, count))

    def _draw(self, random: np.random.Generator, count: int) -> Vectors:
        return random.standard_normal((count, len(self._spread)), dtype=np.float32) * self._spread


def exact_neighbours(portions: Iterator[Vectors], queries: Vectors, k: int) -> NDArray[np.int64]:
    """Rows of the `k` vectors of largest cosine with each of the queries, best first: int64 `[queries, k]`."""
    best = np.full((len(queries), 0), 0, np.float32)
    rows = np.full((len(queries), 0), 0, np.int64)
    start = 0
    for portion in portions:
        found = np.broadcast_to(np.arange(start, start + len(portion)), (len(queries), len(portion)))
        scores = np.concatenate([best, queries @ portion.T], axis=1)
        rows = np.concatenate([rows, found], axis=1)
        kept = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        best, rows = np.take_along_axis(scores, kept, 1), np.take_along_axis(rows, kept, 1)
        start += len(portion)
    return rows


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled
