"""The metrics against values worked out by hand."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from lookalike.encoder.evaluation.answers import search_all
from lookalike.encoder.evaluation.bootstrap import estimate, resample, weighted_mean
from lookalike.encoder.evaluation.failures import worst_failures
from lookalike.encoder.evaluation.metrics import (
    Predictions,
    average_precision_at,
    micro_average_precision,
    recall_at_precision,
    threshold_at_precision,
)
from lookalike.encoder.evaluation.plan import Plan


def pooled(answers: list[tuple[float, bool, int]], matched: list[bool]) -> Predictions:
    """Answers as (score, correct, query)."""
    scores, correct, queries = zip(*answers, strict=True)
    return Predictions.pooled(np.array(scores), np.array(correct), np.array(queries), np.array(matched))


def ones(predictions: Predictions) -> NDArray[np.float64]:
    return np.ones((1, len(predictions.matched)))


def micro(predictions: Predictions) -> float:
    return float(micro_average_precision(predictions, ones(predictions))[0])


def recall(predictions: Predictions, precision: float = 0.9) -> float:
    return float(recall_at_precision(predictions, ones(predictions), precision)[0])


def test_all_right_answers_above_all_wrong_ones_are_perfect() -> None:
    pool = pooled([(0.9, True, 0), (0.8, True, 1), (0.2, False, 2)], [True, True, False])
    assert micro(pool) == 1.0
    assert recall(pool) == 1.0
    assert threshold_at_precision(pool) == 0.8


def test_micro_average_precision_by_hand() -> None:
    # Right at ranks 1 and 3; two are found of the four that could be.
    pool = pooled([(0.9, True, 0), (0.8, False, 4), (0.7, True, 1), (0.1, False, 5)], [True] * 4 + [False] * 2)
    assert micro(pool) == pytest.approx((1 / 1 + 2 / 3) / 4)
    assert recall(pool) == 0.25
    assert recall(pool, 0.6) == 0.5
    assert threshold_at_precision(pool, 0.6) == 0.7


def test_one_confident_query_without_a_match_spoils_the_pool_but_not_the_ranks() -> None:
    pool = pooled([(0.99, False, 1), (0.9, True, 0)], [True, False])
    assert micro(pool) == 0.5
    assert recall(pool) == 0.0
    assert math.isnan(threshold_at_precision(pool))


def test_of_equal_scores_the_wrong_answers_come_first() -> None:
    pool = pooled([(0.5, True, 0), (0.5, False, 1), (0.5, False, 2)], [True, False, False])
    assert micro(pool) == pytest.approx(1 / 3)


def test_a_threshold_cannot_split_equal_scores() -> None:
    tied = [(0.9, True, 0)] * 9 + [(0.9, False, 1)] * 3
    assert recall(pooled(tied, [True, False])) == 0.0
    assert recall(pooled(tied, [True, False]), 0.75) == 9.0  # nine answers of one query, for the arithmetic alone


def test_precision_that_is_lost_and_won_again_counts() -> None:
    answers = [(1.0, False, 99)] + [(0.9 - number / 100, True, number) for number in range(9)]
    pool = pooled(answers, [True] * 9 + [False] * 91)
    assert recall(pool) == 1.0
    assert threshold_at_precision(pool) == pytest.approx(0.82)


def test_weights_are_copies_of_queries() -> None:
    answers = [(0.9, True, 0), (0.8, False, 1), (0.7, True, 2)]
    pool = pooled(answers, [True, False, True])
    weights = np.array([[1.0, 1, 1], [1, 0, 1], [0, 2, 1]])
    assert micro_average_precision(pool, weights).tolist() == pytest.approx([(1 + 2 / 3) / 2, 1, 1 / 3])
    assert recall_at_precision(pool, weights).tolist() == pytest.approx([0.5, 1, 0])


def test_the_pool_counted_answer_by_answer_gives_the_same() -> None:
    random = np.random.default_rng(5)
    matched = random.random(40) < 0.5
    query = np.repeat(np.arange(40), 10)
    correct = np.zeros(400, bool)
    correct[::10] = matched
    score = np.round(random.random(400) + 0.6 * correct, 1)  # many ties
    pool = Predictions.pooled(score, correct, query, matched)
    weights = random.integers(0, 4, (5, 40)).astype(float)
    for row, average, reached in zip(
        weights, micro_average_precision(pool, weights), recall_at_precision(pool, weights, 0.8), strict=True
    ):
        found = answered = area = best = 0.0
        total = row[matched].sum()
        for place in range(400):
            weight = row[pool.query[place]]
            answered += weight
            if pool.correct[place]:
                found += weight
                area += weight * found / max(answered, 1e-12)
            ends = place == 399 or pool.score[place + 1] != pool.score[place]
            if ends and answered and found / answered >= 0.8:
                best = max(best, found / total)
        assert average == pytest.approx(area / total)
        assert reached == pytest.approx(best)


def test_average_precision_at_ten_by_hand() -> None:
    relevant = np.zeros((3, 12), bool)
    relevant[0, [0, 2]] = True
    relevant[1, 11] = True  # beyond the tenth
    relevant[2, :10] = True
    possible = np.array([2, 1, 50])
    assert average_precision_at(relevant, possible).tolist() == pytest.approx([(1 + 2 / 3) / 2, 0, 1])


def test_an_interval_is_the_same_every_time_and_holds_the_value() -> None:
    values = np.random.default_rng(0).random(400)
    first, second = (
        estimate(lambda weights: weighted_mean(values, weights), resample(np.arange(400), seed=3)) for _ in range(2)
    )
    assert first == second
    assert first.value == pytest.approx(values.mean())
    half = 1.96 * values.std() / 20
    assert first.low == pytest.approx(first.value - half, abs=half / 4)
    assert first.high == pytest.approx(first.value + half, abs=half / 4)
    other = estimate(lambda weights: weighted_mean(values, weights), resample(np.arange(400), seed=4))
    assert other != first
    assert other.value == first.value


def test_edits_of_one_original_are_drawn_together() -> None:
    weights = resample(np.repeat([7, 8, 9], 4), seed=0)
    assert np.array_equal(weights[0], np.ones(12))
    assert (weights[1:].reshape(-1, 3, 4) == weights[1:, ::4].reshape(-1, 3, 1)).all()
    assert (weights.sum(axis=1) == 12).all()


def turned(*degrees: float) -> NDArray[np.float32]:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


NO_COPIES = np.zeros((0, 0, 2), np.float32)
NOTHING = np.zeros(0, np.int64)


def test_a_search_ranks_the_original_and_the_best_others() -> None:
    answers = search_all(turned(10, 10), turned(0, 15, 90), NO_COPIES, NOTHING, np.array([0, -1]))
    cosine = np.cos(np.radians([10, 5, 80])).round(6)
    assert answers.rank[0] == 2
    assert answers.target[0] == cosine[0]
    assert np.isnan(answers.target[1])
    assert answers.others[0, :2].tolist() == [cosine[1], cosine[2]]
    assert answers.others[1, :3].tolist() == [cosine[1], cosine[0], cosine[2]]
    assert answers.first.tolist() == [1, 1]
    assert answers.nearest[0].tolist() == sorted(cosine, reverse=True)


def test_a_tie_with_the_original_ranks_before_it() -> None:
    answers = search_all(turned(0), turned(20, -20), NO_COPIES, NOTHING, np.array([0]))
    assert answers.rank.tolist() == [2]


def test_all_copies_of_a_picture_count_as_one_by_the_best_but_are_all_neighbours() -> None:
    copies = turned(12, 30).reshape(2, 1, 2)
    answers = search_all(turned(10, 10), turned(0, 15), copies, np.array([0]), np.array([0, 1]))
    cosine = np.cos(np.radians([2, 5, 10, 20])).round(6)
    assert answers.rank.tolist() == [1, 2]
    assert answers.target.tolist() == [cosine[0], cosine[1]]
    assert answers.nearest[0].tolist() == cosine.tolist()
    assert np.isfinite(answers.others).sum() == 2


def test_answers_beyond_the_tenth_are_not_given() -> None:
    index = turned(*range(30))
    answers = search_all(turned(0, 0), index, NO_COPIES, NOTHING, np.array([9, 10]))
    pool = answers.predictions(np.zeros(2), np.array([True, True]))
    assert len(pool.score) == 20
    assert pool.correct.sum() == 1
    assert pool.query[pool.correct].tolist() == [0]


def test_a_level_is_taken_from_all_answers_of_its_query() -> None:
    answers = search_all(turned(10, 10), turned(0, 60), NO_COPIES, NOTHING, np.array([0, -1]))
    pool = answers.predictions(np.array([0.25, 0.5]), np.array([True, True]))
    near, far = np.cos(np.radians([10, 50]))
    expected = [(near - 0.25) / 0.75, (near - 0.5) / 0.5, (far - 0.25) / 0.75, (far - 0.5) / 0.5]
    assert pool.score.tolist() == pytest.approx(expected, abs=2e-6)
    assert pool.correct.tolist() == [True, False, False, False]
    assert micro(answers.predictions(np.zeros(2), np.array([True, True]))) == 0.5


def test_the_worst_answers_have_the_scores_that_thresholds_are_of() -> None:
    answers = search_all(turned(10, 10), turned(0, 15, 90), NO_COPIES, NOTHING, np.array([0, -1]))
    # Pictures 0, 1 and 2 are indexed, 3 is left out; one query of each of two originals, both edited by the first kind.
    plan = Plan(np.array([0]), np.array([3]), np.array([0, 3]), np.array([0, 0]), np.array([3, 3]))
    near, *below = np.cos(np.radians([5, 10, 80]))
    found = worst_failures(plan, np.arange(3), answers)
    assert [(failure.query, failure.original, failure.first, failure.rank) for failure in found] == [
        (0, 0, 1, 2),
        (1, 3, 1, 0),
    ]
    expected = (near - np.mean(below)) / (1 - np.mean(below))
    assert [failure.score for failure in found] == pytest.approx([expected, expected], abs=2e-5)
