"""The nearest vectors by comparing all of them: what approximate searches are measured against."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["NONE", "exact_neighbours"]

Vectors = NDArray[np.float32]
NONE = -1  # a row of nothing, where fewer vectors match than were asked for


def exact_neighbours(
    portions: Iterable[tuple[Vectors, NDArray[np.int64]]], queries: Vectors, k: int, limits: Sequence[int]
) -> list[NDArray[np.int64]]:
    """For each of the limits the rows of the `k` vectors of largest cosine with each query, best first.

    A portion is unit vectors `[N, D]` with a number of each, `[N]`; a limit leaves only vectors whose number is below
    it. Yields int64 `[queries, k]`, filled up with NONE.
    """
    rows = [np.full((len(queries), k), NONE, np.int64) for _ in limits]
    scores = [np.full((len(queries), k), -np.inf, np.float32) for _ in limits]
    start = 0
    for vectors, numbers in portions:
        found = queries @ vectors.T
        for place, limit in enumerate(limits):
            kept = np.flatnonzero(numbers < limit)
            candidates = np.concatenate([scores[place], found[:, kept]], axis=1)
            names = np.concatenate(
                [rows[place], np.broadcast_to(start + kept, (len(queries), len(kept)))], axis=1, dtype=np.int64
            )
            best = np.argpartition(-candidates, k - 1, axis=1)[:, :k]
            scores[place] = np.take_along_axis(candidates, best, 1)
            rows[place] = np.take_along_axis(names, best, 1)
        start += len(vectors)
    order = [np.argsort(-score, axis=1, kind="stable") for score in scores]
    return [np.take_along_axis(row, by, 1) for row, by in zip(rows, order, strict=True)]
