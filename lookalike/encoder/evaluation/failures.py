"""The answers that were most wrong, to be looked at."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.evaluation.answers import Answers
from lookalike.encoder.evaluation.edits.catalogue import KINDS
from lookalike.encoder.evaluation.plan import Plan
from lookalike.encoder.normalise import above_level, neighbourhood_level

__all__ = ["Failure", "worst_failures"]

_A_SORT = 16


@dataclass(frozen=True)
class Failure:
    """A query, by its number in the plan, and what was wrong with its answer.

    `first` is the picture (its number among all) that came first instead, `score` its normalised score, to be compared
    with thresholds; `rank` where the original came, 0 if the index lacks it, so that nothing should have scored much.
    """

    query: int
    kind: str
    original: int
    first: int
    score: float
    rank: int


def worst_failures(plan: Plan, kept: NDArray[np.int64], answers: Answers) -> list[Failure]:
    """The most confident misses and the most confident answers to queries that have none, at most two of each kind."""
    score = above_level(answers.others[:, 0], neighbourhood_level(answers.nearest))
    missed = plan.matched & (answers.rank > 1)
    return [
        Failure(
            int(query),
            KINDS[plan.kind[query]],
            int(plan.original[query]),
            int(kept[answers.first[query]]),
            round(float(score[query]), 6),
            int(answers.rank[query]) if plan.matched[query] else 0,
        )
        for some in (missed, ~plan.matched)
        for query in _varied(some, score, plan)
    ]


def _varied(some: NDArray[np.bool_], score: NDArray[np.float64], plan: Plan) -> Iterator[int]:
    taken: dict[int, int] = {}
    count = 0
    for query in np.argsort(-score, kind="stable"):
        kind = int(plan.kind[query])
        if some[query] and taken.get(kind, 0) < 2 and count < _A_SORT:
            taken[kind] = taken.get(kind, 0) + 1
            count += 1
            yield int(query)
