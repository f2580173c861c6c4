"""What a search would answer to every query, in what metrics need of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.calibration import Neighbourhood
from lookalike.encoder.evaluation.metrics import Floats, Predictions
from lookalike.encoder.normalise import above_level

__all__ = ["DEPTH", "Answers", "search_all"]

DEPTH = 10
_NEIGHBOURS = Neighbourhood().documents
_DIGITS = 6  # what is equal to this many digits is a tie, whatever order a processor adds in
_AT_ONCE = 256


@dataclass(frozen=True)
class Answers:
    """Of Q queries, Q rows. All copies of a picture in the index count as one picture, by the best of them.

    `target` is the similarity of the picture that is looked for (NaN where the index lacks it); `rank` how many other
    pictures are at least as similar, plus one (a large number where it is lacking); `others` the similarities of the
    ten best other pictures, best first; `first` which of the pictures in the index is the best other; `nearest` the
    similarities of the 80 nearest documents, copies counted singly, best first.
    """

    target: Floats
    rank: NDArray[np.int64]
    others: Floats
    first: NDArray[np.int64]
    nearest: Floats

    def predictions(self, level: Floats, chosen: NDArray[np.bool_]) -> Predictions:
        """The first ten answers of the chosen queries, scored by similarity above the query's level `[Q]`."""
        target, others, rank = self.target[chosen], self.others[chosen], self.rank[chosen]
        level = level[chosen][:, np.newaxis]
        found = rank <= DEPTH
        wrong = np.isfinite(others)
        wrong[found, DEPTH - 1 :] = False
        rows = np.arange(len(rank))
        score = np.concatenate([above_level(target[:, np.newaxis], level)[found, 0], above_level(others, level)[wrong]])
        correct = np.arange(len(score)) < found.sum()
        query = np.concatenate([rows[found], np.broadcast_to(rows[:, np.newaxis], wrong.shape)[wrong]])
        return Predictions.pooled(np.round(score, _DIGITS), correct, query, np.isfinite(target))


def search_all(
    queries: NDArray[np.float32],
    index: NDArray[np.float32],
    copies: NDArray[np.float32],
    copied: NDArray[np.int64],
    target: NDArray[np.int64],
) -> Answers:
    """Search an index of pictures `[G, D]` and further copies `[C, P, D]` of P of them, `copied` `[P]`, exhaustively.

    `target` `[Q]` is the row of the picture that each query looks for, -1 where the index lacks it.
    """
    parts = [
        _search(queries[start : start + _AT_ONCE], index, copies, copied, target[start : start + _AT_ONCE])
        for start in range(0, len(queries), _AT_ONCE)
    ]
    columns = zip(*parts, strict=True)
    return Answers(*(np.concatenate(column) for column in columns))


def _search(
    queries: NDArray[np.float32],
    index: NDArray[np.float32],
    copies: NDArray[np.float32],
    copied: NDArray[np.int64],
    target: NDArray[np.int64],
) -> tuple[Floats, NDArray[np.int64], Floats, NDArray[np.int64], Floats]:
    pictures = _similarities(queries, index)
    documents = pictures
    if len(copies):
        further = _similarities(queries, copies.reshape(-1, copies.shape[-1]))
        documents = np.hstack([pictures, further])
        pictures = pictures.copy()
        best = further.reshape(len(queries), len(copies), -1).max(axis=1)
        pictures[:, copied] = np.maximum(pictures[:, copied], best)
    nearest = _largest(documents, _NEIGHBOURS)
    rows, matched = np.arange(len(queries)), target >= 0
    wanted = np.where(matched, pictures[rows, target], np.nan)
    pictures[rows[matched], target[matched]] = -np.inf
    at_least = (pictures >= wanted[:, np.newaxis]).sum(axis=1) + 1
    rank = np.where(matched, at_least, np.iinfo(np.int64).max)
    others = _largest(pictures, DEPTH)
    padded = np.full((len(queries), DEPTH), -np.inf)
    padded[:, : others.shape[1]] = others
    return wanted, rank, padded, pictures.argmax(axis=1), nearest


def _similarities(queries: NDArray[np.float32], index: NDArray[np.float32]) -> Floats:
    products: Floats = (queries @ index.T).astype(np.float64)
    return products.round(_DIGITS)


def _largest(values: Floats, count: int) -> Floats:
    """The `count` largest of each row, or all, largest first."""
    if values.shape[1] > count:
        values = np.partition(values, values.shape[1] - count, axis=1)[:, -count:]
    ordered: Floats = -np.sort(-values, axis=1)
    return ordered
