"""Vectors that are spread like a trained encoder's."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["ClusteredVectors"]

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


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled
