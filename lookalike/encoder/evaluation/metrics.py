"""The metrics of the DISC21 copy detection challenge (Douze et al. 2021) and of retrieval by label.

Most take weights of the queries, one row a resample, so that a bootstrap is one call; weights of one are the metric
itself. Ties are settled against the method: of equal scores, the wrong answers come first.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Floats",
    "Predictions",
    "average_precision_at",
    "micro_average_precision",
    "recall_at_precision",
    "threshold_at_precision",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Predictions:
    """Answers of all queries in one pool, best first, of equal scores the wrong ones first.

    `score`, `correct` and `query` are `[P]`, `query` being the row of the query that was answered; `matched` is bool
    `[Q]`: which queries have their picture in the index at all.
    """

    score: Floats
    correct: NDArray[np.bool_]
    query: NDArray[np.int64]
    matched: NDArray[np.bool_]

    @classmethod
    def pooled(
        cls, score: Floats, correct: NDArray[np.bool_], query: NDArray[np.int64], matched: NDArray[np.bool_]
    ) -> "Predictions":
        """Put answers in any order into the order that counts."""
        order = np.lexsort((correct, -score))
        return cls(score[order], correct[order], query[order], matched)


def _at_correct(predictions: Predictions, weights: Floats) -> tuple[Floats, Floats, Floats]:
    """Weight of each correct answer, and recall and precision after it, all `[B, C]`; between them neither rises."""
    places = np.flatnonzero(predictions.correct)
    if not len(places):
        nothing = np.zeros((len(weights), 0))
        return nothing, nothing, nothing
    each = weights[:, predictions.query[: places[-1] + 1]]
    answered = np.cumsum(np.add.reduceat(each, np.append(0, places[:-1] + 1), axis=1), axis=1)
    each = each[:, places]
    found = np.cumsum(each, axis=1)
    total = np.maximum(weights @ predictions.matched.astype(np.float64), 1e-12)
    return each, found / total[:, np.newaxis], found / np.maximum(answered, 1e-12)


def micro_average_precision(predictions: Predictions, weights: Floats) -> Floats:
    """µAP of each row of `weights` `[B, Q]`: the area under precision over recall of all queries pooled, `[B]`.

    A query without a match only adds wrong answers, so scores must be comparable between queries.
    """
    each, _, precision = _at_correct(predictions, weights)
    total = np.maximum(weights @ predictions.matched.astype(np.float64), 1e-12)
    area: Floats = (each * precision).sum(axis=1) / total
    return area


def recall_at_precision(predictions: Predictions, weights: Floats, precision: float = 0.9) -> Floats:
    """The largest recall of each row of `weights` `[B, Q]` at which a precision is still reached, `[B]`.

    A threshold lets all answers of one score in or none. Where no threshold reaches the precision, recall is 0.
    """
    best: Floats = _recalls(predictions, weights, precision).max(axis=1, initial=0.0)
    return best


def threshold_at_precision(predictions: Predictions, precision: float = 0.9) -> float:
    """The score from which on the recall at a precision is reached, NaN if it never is."""
    recall = _recalls(predictions, np.ones((1, len(predictions.matched))), precision)[0]
    scores = predictions.score[predictions.correct]
    return float(scores[recall.argmax()]) if recall.max(initial=0.0) > 0 else float("nan")


def _recalls(predictions: Predictions, weights: Floats, precision: float) -> Floats:
    """Recall after each correct answer, `[B, C]`, 0 where the precision is not reached or more of its score follow."""
    _, recall, reached = _at_correct(predictions, weights)
    scores = predictions.score[predictions.correct]
    last_of_score = np.append(scores[1:] != scores[:-1], True)[: len(scores)]
    recalls: Floats = np.where((reached >= precision - 1e-12) & last_of_score, recall, 0.0)
    return recalls


def average_precision_at(relevant: NDArray[np.bool_], possible: NDArray[np.int64], depth: int = 10) -> Floats:
    """AP@depth of each query, `[Q]`, from the relevance of its answers in order, `[Q, R]`, and how many could be found.

    The sum of the precisions at the relevant ones among the first `depth`, over min(depth, possible).
    """
    first = relevant[:, :depth]
    precision = np.cumsum(first, axis=1) / np.arange(1, first.shape[1] + 1)
    value: Floats = (precision * first).sum(axis=1) / np.minimum(depth, np.maximum(possible, 1))
    return value
