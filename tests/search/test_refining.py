import numpy as np
import pytest

from lookalike.errors import SearchError
from lookalike.search.examples import Example, parse_example
from lookalike.search.refining import refined

X, Y, Z = np.eye(3, dtype=np.float32)


def test_examples_are_ids_or_regions_of_them() -> None:
    assert parse_example("abc") == Example("abc")
    assert parse_example("abc#12") == Example("abc", 12)
    assert parse_example("a#b") == Example("a#b")
    assert str(parse_example("abc#12")) == "abc#12"


def test_what_is_wanted_counts_as_much_as_the_query() -> None:
    np.testing.assert_allclose(refined(X[np.newaxis], [5 * Y], []), [[0.5**0.5, 0.5**0.5, 0]], atol=1e-6)


def test_what_is_not_wanted_counts_against() -> None:
    np.testing.assert_allclose(refined(X[np.newaxis], [], [Z]), [np.array([1, 0, -0.15]) / 1.0225**0.5], atol=1e-6)


def test_every_view_is_moved() -> None:
    moved = refined(np.stack([X, Y]), [Z], [])
    assert moved.shape == (2, 3)
    np.testing.assert_allclose(np.linalg.norm(moved, axis=1), 1, atol=1e-6)


def test_nothing_left_is_said() -> None:
    with pytest.raises(SearchError, match="nothing is left"):
        refined(X[np.newaxis], [-X], [])
