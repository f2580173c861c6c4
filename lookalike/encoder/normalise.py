"""Similarities read against the query's own neighbourhood, so that one threshold serves all queries.

A cosine of 0.6 is a copy where the next picture has 0.2 and nothing where a hundred have 0.6. What the neighbours of a
query have, copies apart, is its level; how far a similarity is on the way from there to 1 can be compared.

Which neighbours are copies is not known, and an index may hold many of one picture. The mean of fixed ranks (5 to 20,
say) then measures the copies themselves, and ranks beyond any number of copies are too far away to tell one query from
another. So the level is taken below the largest gap: copies lie above it, however many they are.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lookalike.encoder.calibration import Neighbourhood

__all__ = ["above_level", "neighbourhood_level", "normalise"]

_USUAL = Neighbourhood()
_IDENTICAL = 1e-4  # what a vector kept and read again may lack to a similarity of 1


def neighbourhood_level(
    similarities: ArrayLike, background: float = 0.0, neighbourhood: Neighbourhood = _USUAL
) -> NDArray[np.float64]:
    """The similarity that documents near a query have without being copies, float64 `[...]`.

    `similarities` `[..., R]` are the cosines of the query's R nearest documents, best first, of the whole index or of
    what a filter leaves, not cut off by a score. Of the gaps s[r] - s[r+1] after ranks r from 1 to `most_copies`, or to
    R - `rest` if that is less, but always the first, the largest is found; the level is the mean of the (up to) `below`
    similarities that follow it. Of a single document nothing can be told: the level is `background`.

    At the end of a small index gaps are wide and mean nothing, so `rest` documents stay below every gap that counts.

    Raises ValueError unless similarities are finite and in descending order, and there is at least one.
    """
    values = np.asarray(similarities, np.float64)
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ValueError(f"expected similarities [..., R] of at least one document, found shape {list(values.shape)}")
    values = values[..., : neighbourhood.documents]
    gaps = values[..., :-1] - values[..., 1:]
    if not np.isfinite(values).all() or (gaps < 0).any():
        raise ValueError("expected finite similarities, best first")
    count = values.shape[-1]
    if count == 1:
        return np.full(values.shape[:-1], background)
    above = gaps[..., : max(1, count - neighbourhood.rest)].argmax(axis=-1) + 1
    places = np.arange(count)
    below = (places >= above[..., np.newaxis]) & (places < above[..., np.newaxis] + neighbourhood.below)
    level: NDArray[np.float64] = (values * below).sum(axis=-1) / below.sum(axis=-1)
    return level


def above_level(values: NDArray[np.float64], level: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far similarities are on the way from a level to 1, of shapes that broadcast: 0 at the level, 1 at identity.

    A similarity of 1 is identity whatever the level, so a picture that is in the index as it is always scores 1.
    """
    share: NDArray[np.float64] = (values - level) / np.maximum(1 - level, _IDENTICAL)
    return np.where(values >= 1 - _IDENTICAL, 1.0, share)


def normalise(
    similarities: ArrayLike, background: float = 0.0, neighbourhood: Neighbourhood = _USUAL
) -> NDArray[np.float64]:
    """Similarities `[..., R]` above the level of their answer, float64 of the same shape; arguments as for the level.

    The order within an answer stays. An unrelated picture is about 0, the very same picture 1; what lies between means
    depends on the model, and its calibration says so.
    """
    values = np.asarray(similarities, np.float64)
    return above_level(values, neighbourhood_level(values, background, neighbourhood)[..., np.newaxis])
