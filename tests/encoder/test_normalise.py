"""The level of a query's neighbourhood, against what it must be by construction."""

import numpy as np
import pytest

from lookalike.encoder.calibration import Neighbourhood
from lookalike.encoder.normalise import neighbourhood_level, normalise

NEIGHBOURS = Neighbourhood().documents
STRANGERS = np.linspace(0.30, 0.10, 100)  # gaps of 0.2 / 99


@pytest.mark.parametrize("copies", [1, 2, 5, 20, 50, 64])
def test_the_level_is_that_of_the_first_four_strangers_however_many_copies_there_are(copies: int) -> None:
    answer = np.concatenate([np.linspace(0.95, 0.85, copies), STRANGERS])
    assert neighbourhood_level(answer) == pytest.approx(STRANGERS[:4].mean())
    assert normalise(answer)[0] == pytest.approx((0.95 - STRANGERS[:4].mean()) / (1 - STRANGERS[:4].mean()))


def test_a_query_without_copies_has_its_nearest_strangers_as_level() -> None:
    assert neighbourhood_level(STRANGERS) == pytest.approx(STRANGERS[1:5].mean())
    assert normalise(STRANGERS)[0] == pytest.approx(0.2 / 99 * 2.5 / (1 - STRANGERS[1:5].mean()))


def test_the_largest_gap_counts_wherever_it_is_and_of_equal_ones_the_first() -> None:
    answer = np.concatenate([[1.0], np.full(15, 0.75), np.full(30, 0.5)])
    assert neighbourhood_level(answer) == pytest.approx(0.75)
    answer = np.concatenate([[0.9], np.full(15, 0.75), np.full(30, 0.5)])
    assert neighbourhood_level(answer) == pytest.approx(0.5)


def test_gaps_at_the_end_of_a_small_index_mean_nothing() -> None:
    answer = np.array([0.9, 0.4, 0.39, 0.38, 0.37, 0.36, 0.35, 0.34, 0.33, -0.5])
    assert neighbourhood_level(answer) == pytest.approx(np.mean(answer[1:5]))


def test_of_two_documents_the_second_is_the_level() -> None:
    assert neighbourhood_level([0.9, 0.2]) == pytest.approx(0.2)


def test_of_one_document_the_background_is_the_level() -> None:
    assert neighbourhood_level([0.9]) == 0.0
    assert normalise([0.9], background=0.25).tolist() == pytest.approx([0.65 / 0.75])


def test_documents_beyond_the_neighbours_are_not_looked_at() -> None:
    answer = np.linspace(0.9, 0.1, NEIGHBOURS)
    deeper = np.concatenate([answer, [-0.9]])
    assert neighbourhood_level(deeper) == neighbourhood_level(answer)
    assert normalise(deeper).shape == (NEIGHBOURS + 1,)


def test_many_answers_at_once_are_the_same_as_one_by_one() -> None:
    answers = -np.sort(-np.random.default_rng(0).random((3, 4, 90)), axis=2)
    levels = neighbourhood_level(answers)
    assert levels.shape == (3, 4)
    assert levels[1, 2] == neighbourhood_level(answers[1, 2])


def test_the_same_picture_scores_1_however_near_its_neighbours_are() -> None:
    for near in (0.1, 0.7, 0.99, 1.0):
        assert normalise([1.0, *[near] * 20])[0] == 1
    assert normalise([0.85, *[0.7] * 20])[0] == pytest.approx(0.5)
    assert normalise([1.0] * 70).tolist() == [1] * 70


@pytest.mark.parametrize("wrong", [[0.1, 0.2], [0.3, float("nan")], [0.3, float("-inf")]])
def test_what_is_not_in_order_or_not_finite_is_refused(wrong: list[float]) -> None:
    with pytest.raises(ValueError, match=r"^expected finite similarities, best first$"):
        neighbourhood_level(wrong)


@pytest.mark.parametrize(("wrong", "shape"), [([], "[0]"), (0.5, "[]")])
def test_no_document_is_refused(wrong: list[float] | float, shape: str) -> None:
    with pytest.raises(ValueError, match="at least one document, found shape ") as caught:
        neighbourhood_level(wrong)
    assert str(caught.value).endswith(shape)
