"""The order of an epoch: pictures that resemble each other come into the same batch."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["grouped_order", "nearest_pictures"]

_NEIGHBOURS = 16
_GROUP = 4
_SAME = 0.9  # cosine of frozen features above which two files are taken for one picture
_AT_ONCE = 512


def nearest_pictures(features: NDArray[np.float16]) -> NDArray[np.int64]:
    """The up to 16 nearest other pictures of each by unit features `[N, F]`: `[N, 16]`, -1 where there are fewer.

    Pictures that are probably the same one are left out: told apart, they would teach what is wrong.
    """
    vectors = features.astype(np.float32)
    count = min(_NEIGHBOURS, len(vectors))
    parts = []
    for start in range(0, len(vectors), _AT_ONCE):
        scores = vectors[start : start + _AT_ONCE] @ vectors.T
        scores[scores > _SAME] = -np.inf
        nearest = np.argpartition(-scores, count - 1, axis=1)[:, :count]
        parts.append(np.where(np.take_along_axis(scores, nearest, axis=1) > -np.inf, nearest, -1))
    return np.concatenate(parts)


def grouped_order(neighbours: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """Every picture once, in groups of up to four neighbours; which ones, and the groups' order, are drawn.

    Telling a picture from what resembles it teaches more than telling it from anything.
    """
    taken = np.zeros(len(neighbours), bool)
    groups = []
    for first in random.permutation(len(neighbours)):
        if taken[first]:
            continue
        taken[first] = True
        near = neighbours[first]
        free = random.permutation(near[(near >= 0) & ~taken[near]])[: _GROUP - 1]
        taken[free] = True
        groups.append(np.append(first, free))
    return np.concatenate([groups[place] for place in random.permutation(len(groups))])
