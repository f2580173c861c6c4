import numpy as np

from benchmarks.exact_search import NONE, exact_neighbours

VECTORS = np.eye(8, dtype=np.float32)
NUMBERS = np.arange(8)
QUERIES = np.array([[0, 0, 0, 0, 0, 3, 0, 1], [2, 1, 0, 0, 0, 0, 0, 0]], np.float32)


def test_neighbours_are_found_across_portions_best_first() -> None:
    portions = [(VECTORS[some], NUMBERS[some]) for some in (slice(0, 3), slice(3, 6), slice(6, 8))]
    (found,) = exact_neighbours(portions, QUERIES, 2, [8])
    assert found.tolist() == [[5, 7], [0, 1]]


def test_a_limit_leaves_out_what_is_above_it_and_what_is_missing_is_nothing() -> None:
    unlimited, limited, least = exact_neighbours([(VECTORS, NUMBERS)], QUERIES, 2, [8, 7, 1])
    assert unlimited[0].tolist() == [5, 7]
    assert limited[0][0] == 5
    assert limited[0][1] != 7
    assert least.tolist() == [[0, NONE], [0, NONE]]
