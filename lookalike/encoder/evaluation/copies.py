"""How well edited copies find their original, and nothing where there is none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.evaluation.answers import Answers, search_all
from lookalike.encoder.evaluation.bootstrap import Estimate, estimate, resample, weighted_mean
from lookalike.encoder.evaluation.edits.catalogue import CHAINS, HARD, KINDS, SINGLES
from lookalike.encoder.evaluation.metrics import micro_average_precision, recall_at_precision, threshold_at_precision
from lookalike.encoder.evaluation.plan import Plan
from lookalike.encoder.normalise import neighbourhood_level

__all__ = ["COPIES", "SETS", "CopyFigures", "KindFigures", "by_kind", "measure_copies", "search_copies"]

COPIES = (1, 5, 50)
SETS = {"chains": tuple(CHAINS), "hard": HARD, "single": tuple(SINGLES), "all": KINDS}


@dataclass(frozen=True)
class CopyFigures:
    """Figures of one method on one set of queries and an index with so many copies of each original in it.

    `micro_ap` and `recall` (at 90 % precision) are of raw or of normalised similarities; `threshold` is the score from
    which on 90 % of the answers are right, NaN if there is none. `recall_at_1` and `recall_at_10` are of the queries
    that have a match; scores do not change them.
    """

    method: str
    copies: int
    queries: str
    normalised: bool
    micro_ap: Estimate
    recall: Estimate
    threshold: float
    recall_at_1: Estimate
    recall_at_10: Estimate


@dataclass(frozen=True)
class KindFigures:
    """Recall at 1 of one method for one kind of edit, one copy in the index."""

    method: str
    kind: str
    queries: int
    recall_at_1: Estimate


def search_copies(
    plan: Plan,
    pictures: NDArray[np.float32],
    queries: NDArray[np.float32],
    copies: NDArray[np.float32],
    counts: Sequence[int] = COPIES,
) -> dict[int, tuple[NDArray[np.int64], Answers]]:
    """Search with all queries `[Q, D]` in indices with each number of copies.

    `pictures` are all of them, `[N, D]`; `copies` `[C, P, D]` the further ones of the plan's indexed originals. The
    rows of an index are `pictures[kept]`, and `kept` is returned with the answers.
    """
    kept = np.setdiff1d(np.arange(len(pictures)), plan.left_out)
    target = np.where(plan.matched, np.searchsorted(kept, plan.original), -1)
    copied = np.searchsorted(kept, plan.indexed)
    return {count: (kept, search_all(queries, pictures[kept], copies[: count - 1], copied, target)) for count in counts}


def measure_copies(method: str, plan: Plan, answers: dict[int, Answers], seed: int) -> Iterator[CopyFigures]:
    """All figures of a method."""
    for name, kinds in SETS.items():
        chosen = plan.of_kinds(kinds)
        weights = resample(plan.original[chosen], seed)
        of_matched = weights[:, plan.matched[chosen]]
        for copies, answer in answers.items():
            rank = answer.rank[chosen & plan.matched]
            at_1 = estimate(partial(weighted_mean, rank <= 1), of_matched)
            at_10 = estimate(partial(weighted_mean, rank <= 10), of_matched)
            for normalised in (False, True):
                level = neighbourhood_level(answer.nearest) if normalised else np.zeros(len(answer.rank))
                pool = answer.predictions(level, chosen)
                yield CopyFigures(
                    method,
                    copies,
                    name,
                    normalised,
                    estimate(partial(micro_average_precision, pool), weights),
                    estimate(partial(recall_at_precision, pool), weights),
                    threshold_at_precision(pool),
                    at_1,
                    at_10,
                )


def by_kind(method: str, plan: Plan, answer: Answers, seed: int) -> Iterator[KindFigures]:
    """Recall at 1 of every kind of edit."""
    for kind in KINDS:
        chosen = plan.of_kinds((kind,)) & plan.matched
        weights = resample(plan.original[chosen], seed)
        found = estimate(partial(weighted_mean, answer.rank[chosen] <= 1), weights)
        yield KindFigures(method, kind, int(chosen.sum()), found)
