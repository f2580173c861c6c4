"""Searching by several examples at once, some of them of what is not wanted."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import SearchError

__all__ = ["refined"]

_AGAINST = 0.15  # of the weight of what is wanted; with more of it fewer answers are right
Vectors = NDArray[np.float32]


def refined(queries: Vectors, wanted: Sequence[Vectors], unwanted: Sequence[Vectors]) -> Vectors:
    """Each query `[N, D]` moved towards what is wanted and away from what is not, as Rocchio does: the mean of the
    query and the wanted, less 0.15 times the mean of the unwanted, of unit length.

    The plugin computes the same. Raises SearchError if nothing is left.
    """
    moved = [np.mean([_unit(query), *map(_unit, wanted)], axis=0) for query in queries]
    if unwanted:
        moved = [vector - _AGAINST * np.mean([_unit(one) for one in unwanted], axis=0) for vector in moved]
    if min(float(np.linalg.norm(vector)) for vector in moved) < 1e-6:
        raise SearchError("--less-like: it names what is asked for itself, so nothing is left to look for")
    return np.stack([_unit(vector) for vector in moved]).astype(np.float32)


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / max(length, 1e-12)
