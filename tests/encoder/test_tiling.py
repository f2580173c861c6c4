"""Pictures are still cut as written down, so what the plugin is compared with is what Python does."""

import json
from typing import Any

import numpy as np
import pytest

from lookalike.encoder.tiles import Box, Tiling, is_blank
from tests.golden.tiling import FILE, boxes_of, picture_of, tiling_of

GOLDEN = json.loads(FILE.read_text())


def _name(case: dict[str, Any]) -> str:
    return f"{case.get('name') or (case['width'], case['height'])} {case['identity']}"


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=_name)
def test_boxes_are_those_written_down(case: dict[str, Any]) -> None:
    tiling = tiling_of(case)
    assert boxes_of(tiling, case["width"], case["height"]) == case["boxes"]
    assert tiling.identity == case["identity"]


@pytest.mark.parametrize("case", GOLDEN["pictures"], ids=_name)
def test_squares_are_those_written_down(case: dict[str, Any]) -> None:
    assert picture_of(case["name"], tiling_of(case)) == {key: case[key] for key in ("upright", "regions")}


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=_name)
def test_the_whole_comes_first_and_squares_lie_inside_within_the_budget(case: dict[str, Any]) -> None:
    width, height = case["width"], case["height"]
    whole, *squares = tiling_of(case).boxes(width, height)
    assert whole == Box(0, 0, width, height)
    assert len(squares) < case["budget"]
    assert len({whole, *squares}) == 1 + len(squares)
    for square in squares:
        assert square.width == square.height >= 48
        assert 0 <= square.x <= width - square.width
        assert 0 <= square.y <= height - square.height


def test_a_square_is_blank_up_to_a_deviation_of_five() -> None:
    square = np.full((64, 64, 3), 100, np.uint8)
    assert is_blank(square)
    square[::2, :, 2] = 110  # a deviation of exactly 5
    assert is_blank(square)
    square[0, 0, 2] = 111
    assert not is_blank(square)


def test_an_identity_names_every_option() -> None:
    assert Tiling().identity == "levels=3 overlap=0.5 side=auto budget=256"
    assert Tiling(2, 0.0, 64, 9).identity == "levels=2 overlap=0 side=64 budget=9"
