"""Fitting a calibration, and checking it where it was not fitted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.calibration import PRECISIONS, Calibration, Neighbourhood
from lookalike.encoder.evaluation.copies import search_copies
from lookalike.encoder.evaluation.methods.method import Method
from lookalike.encoder.evaluation.metrics import Floats, Predictions
from lookalike.encoder.evaluation.queries import describe_queries
from lookalike.encoder.evaluation.reading import plan_of, read_pictures
from lookalike.encoder.evaluation.request import Progress, Request
from lookalike.encoder.normalise import neighbourhood_level
from lookalike.errors import ConfigError

__all__ = ["Reached", "Scored", "fit_calibration", "reached", "scored_answers"]

_FEWEST_RIGHT = 100


@dataclass(frozen=True)
class Scored:
    """The first ten answers to every query of a request, pooled, scored after normalisation; and the mean level."""

    request: Request
    pool: Predictions
    level: float


@dataclass(frozen=True)
class Reached:
    """What a threshold does on some pictures: precision (NaN without answers), recall, answers above it."""

    precision_wanted: str
    threshold: float | None
    precision: float
    recall: float
    answers: int


def scored_answers(request: Request, method: Method, progress: Progress) -> Scored:
    """Ask for edited copies, half of which have no match, in an index with one copy of each picture.

    With several copies precision is higher at any score, so this is where thresholds are strictest. Raises ConfigError
    if there are too few pictures.
    """
    read = read_pictures(request, [method], progress)
    plan = plan_of(request, read)
    (queries,) = describe_queries(read.pictures, plan, [method], request, progress)
    (pictures,) = read.vectors
    none = np.empty((0, len(plan.indexed), pictures.shape[1]), np.float32)
    _, answers = search_copies(plan, pictures, queries, none, (1,))[1]
    level = neighbourhood_level(answers.nearest)
    return Scored(request, answers.predictions(level, np.ones(len(level), bool)), float(level.mean()))


def fit_calibration(scored: Scored, fitted_on: str) -> Calibration:
    """Isotonic regression of right and wrong on the score, and the scores at which precisions are reached.

    Every share is taken as if one more answer had been wrong, so no copy is ever certain. Raises ConfigError with fewer
    than 100 right answers.
    """
    pool = scored.pool
    right = int(pool.correct.sum())
    if right < _FEWEST_RIGHT:
        raise ConfigError(
            f"{right} edited copies of {scored.request.named} found their picture; a calibration needs "
            f"{_FEWEST_RIGHT}: give more pictures, or more --queries"
        )
    scores, probabilities = _isotonic(pool.score[::-1], pool.correct[::-1].astype(np.float64))
    thresholds = {precision: _threshold(pool, float(precision)) for precision in PRECISIONS}
    return Calibration(scores, probabilities, thresholds, round(scored.level, 6), Neighbourhood(), fitted_on)


def reached(scored: Scored, calibration: Calibration) -> Sequence[Reached]:
    """What each threshold of a calibration does on these answers."""
    found = []
    for precision, threshold in calibration.thresholds.items():
        above = scored.pool.score >= (np.inf if threshold is None else threshold)
        right = int(scored.pool.correct[above].sum())
        answers = int(above.sum())
        recall = right / max(int(scored.pool.matched.sum()), 1)
        found.append(Reached(precision, threshold, right / answers if answers else float("nan"), recall, answers))
    return found


def _threshold(pool: Predictions, precision: float) -> float | None:
    """The lowest score from which on the answers are right often enough, or None."""
    count = np.arange(1, len(pool.score) + 1)
    wrong = np.cumsum(~pool.correct) + 1
    last_of_score = np.append(pool.score[1:] != pool.score[:-1], True)
    places = np.flatnonzero((wrong / (count + 1) <= 1 - precision + 1e-12) & last_of_score)
    return float(pool.score[places[-1]]) if len(places) else None


def _isotonic(scores: Floats, right: Floats) -> tuple[list[float], list[float]]:
    """Pool adjacent violators: the rising steps nearest to `right` `[P]` over ascending `scores`, one point a step."""
    steps: list[tuple[float, float, float]] = []  # sum of scores, right answers, answers
    for score, answer in zip(scores.tolist(), right.tolist(), strict=True):
        step = (score, answer, 1.0)
        while steps and steps[-1][1] * step[2] >= step[1] * steps[-1][2]:
            last = steps.pop()
            step = (last[0] + step[0], last[1] + step[1], last[2] + step[2])
        steps.append(step)
    table: NDArray[np.float64] = np.array(steps)
    middle = (table[:, 0] / table[:, 2]).round(6)
    shares = np.maximum.accumulate(table[:, 1] / (table[:, 2] + 1)).round(6)
    kept = np.append(True, np.diff(middle) > 0)
    return middle[kept].tolist(), shares[kept].tolist()
