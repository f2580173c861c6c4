"""Embeddings as signed bytes, for indices whose vectors are stored in a quarter of the space."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["to_bytes"]


def to_bytes(embeddings: NDArray[np.float32]) -> NDArray[np.int8]:
    """Scale each row of float32 `[N, D]` so that its largest component becomes ±127, and round to int8.

    Cosine does not see the scale of a vector, so each may have its own: that keeps about seven bits of the
    largest component, where a common scale would leave most vectors of 256 numbers with four.
    """
    largest = np.abs(embeddings).max(axis=1, keepdims=True)
    scaled = embeddings * (127.0 / np.maximum(largest, 1e-9))
    rounded: NDArray[np.int8] = np.rint(scaled).astype(np.int8)
    return rounded
