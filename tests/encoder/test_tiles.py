from itertools import pairwise

import numpy as np
import pytest

from lookalike.encoder.tiles import Box, Tiling, is_blank
from tests.pictures import picture

SIZES = [(640, 480), (480, 640), (1000, 1000), (4000, 700), (97, 1200), (20_000, 20_000), (150_000, 90_000)]
TILINGS = [
    Tiling(),
    Tiling(levels=1, overlap=0),
    Tiling(levels=5, overlap=0.9),
    Tiling(levels=2, side=512, budget=5000),
    Tiling(side=48, budget=100),
]


def squares_by_side(tiling: Tiling, width: int, height: int) -> dict[int, list[Box]]:
    sides: dict[int, list[Box]] = {}
    for box in tiling.boxes(width, height)[1:]:
        assert box.width == box.height
        sides.setdefault(box.width, []).append(box)
    return sides


@pytest.mark.parametrize("tiling", TILINGS, ids=lambda tiling: tiling.identity)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_whole_comes_first_then_squares_of_falling_size_that_lie_inside(
    tiling: Tiling, width: int, height: int
) -> None:
    whole, *squares = tiling.boxes(width, height)
    assert whole == Box(0, 0, width, height)
    sides = [square.width for square in squares]
    assert sides == sorted(sides, reverse=True)
    assert len({(box.x, box.y, box.width) for box in squares}) == len(squares) < tiling.budget
    for box in squares:
        assert min(box.x, box.y) >= 0
        assert box.x + box.width <= width
        assert box.y + box.height <= height


@pytest.mark.parametrize("tiling", TILINGS, ids=lambda tiling: tiling.identity)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_squares_of_each_size_cover_every_pixel_and_overlap(tiling: Tiling, width: int, height: int) -> None:
    for side, boxes in squares_by_side(tiling, width, height).items():
        columns, rows = sorted({box.x for box in boxes}), sorted({box.y for box in boxes})
        assert len(boxes) == len(columns) * len(rows)
        for starts, length in ((columns, width), (rows, height)):
            assert starts[0] == 0
            assert starts[-1] + side == length
            # A start is rounded by half a pixel at most.
            assert all(after - before <= side * (1 - tiling.overlap) + 1 for before, after in pairwise(starts))


def test_by_default_the_largest_squares_are_two_thirds_of_the_shorter_side() -> None:
    assert list(squares_by_side(Tiling(), 900, 1350)) == [600, 400, 267]
    assert list(squares_by_side(Tiling(levels=2, side=300), 900, 1350)) == [450, 300]


def test_a_side_of_its_own_stays_unless_the_squares_are_too_many() -> None:
    assert list(squares_by_side(Tiling(levels=1, side=100, overlap=0, budget=101), 1000, 1000)) == [100]
    assert list(squares_by_side(Tiling(levels=1, side=100, overlap=0, budget=100), 1000, 1000)) == [150]


@pytest.mark.parametrize("budget", [1, 2, 10, 256])
@pytest.mark.parametrize(("width", "height"), [(100, 100_000), (65_000, 64), (300_000, 300_000), (60, 60)])
def test_no_image_has_more_regions_than_the_budget(budget: int, width: int, height: int) -> None:
    boxes = Tiling(budget=budget).boxes(width, height)
    assert boxes[0] == Box(0, 0, width, height)
    assert len(boxes) <= budget


@pytest.mark.parametrize(("width", "height"), [(60_000, 400), (400, 60_000)])
def test_a_panorama_with_more_squares_than_the_budget_has_them_from_end_to_end(width: int, height: int) -> None:
    squares = Tiling().boxes(width, height)[1:]
    starts = [box.x + box.y for box in squares]
    assert len(squares) == 255
    assert {box.width for box in squares} == {400}
    assert starts[0] == 0
    assert starts[-1] == 60_000 - 400
    assert {after - before for before, after in pairwise(starts)} == {234, 235}


def test_one_square_alone_lies_in_the_middle() -> None:
    assert Tiling(budget=2).boxes(640, 480) == [Box(0, 0, 640, 480), Box(80, 0, 480, 480)]


def test_the_budget_for_a_side_is_told_where_the_squares_are_larger() -> None:
    tiling = Tiling(levels=1, side=100, overlap=0, budget=100)
    assert tiling.budget_for_side(1000, 1000) == 101
    assert Tiling(levels=1, side=100, overlap=0, budget=101).budget_for_side(1000, 1000) is None
    assert tiling.budget_for_side(900, 1000) is None
    assert Tiling(budget=3).budget_for_side(1000, 1000) is None  # no side was asked for


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 5000), (47, 47), (47, 800)])
def test_an_image_too_small_to_be_cut_has_itself_alone(width: int, height: int) -> None:
    assert Tiling().boxes(width, height) == [Box(0, 0, width, height)]


def test_a_square_as_large_as_the_image_is_not_there_twice() -> None:
    assert Tiling(side=500).boxes(500, 500) == [Box(0, 0, 500, 500)]
    assert Tiling(levels=1, side=500, overlap=0).boxes(500, 600) == [
        Box(0, 0, 500, 600),
        Box(0, 0, 500, 500),
        Box(0, 100, 500, 500),
    ]


def test_the_smallest_side_is_that_of_the_smallest_region() -> None:
    assert Tiling().smallest_side(900, 1350) == 267
    assert Tiling().smallest_side(40, 1350) == 40


def test_every_way_to_cut_has_an_identity_of_its_own() -> None:
    ways = [
        Tiling(),
        Tiling(levels=2),
        Tiling(overlap=0.25),
        Tiling(side=48),
        Tiling(budget=10),
    ]
    assert len({way.identity for way in ways}) == len(ways)
    assert Tiling().identity == "levels=3 overlap=0.5 side=auto budget=256"
    assert Tiling(2, 0, 512, 5000).identity == "levels=2 overlap=0 side=512 budget=5000"


def test_what_shows_nothing_is_blank() -> None:
    noise = np.random.default_rng(0).normal(128, 3, (64, 64, 3))
    assert is_blank(np.full((64, 64, 3), 255, np.uint8))
    assert is_blank(noise.astype(np.uint8))


def test_a_picture_faint_structure_and_one_colour_alone_are_not_blank() -> None:
    assert not is_blank(np.asarray(picture(1, (64, 64))))
    stripes = np.full((64, 64, 3), 240, np.uint8)
    stripes[::2] = 228  # 6 from their mean
    assert not is_blank(stripes)
    stripes[..., 1:] = 240
    assert not is_blank(stripes)


def test_blankness_is_counted_exactly_at_its_bound() -> None:
    square = np.full((64, 64, 3), 100, np.uint8)
    square[::2] = 110  # deviates by 5
    assert is_blank(square)
    square[0, 0] = 111
    assert not is_blank(square)
