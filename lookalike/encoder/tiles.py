"""Where an image is cut into regions: overlapping squares of several sizes, and which of them hold nothing.

The plugin cuts in the same places, so everything here is whole numbers, or the same operations on the same doubles.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Box", "Tiling", "is_blank"]

_RATIO = 1.5  # between the sides of two levels
_SMALLEST = 48  # pixels; less shows nothing that could be told apart
_BLANK_DEVIATION = 5  # of 255


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of an image as it is viewed; the origin is the top left corner."""

    x: int
    y: int
    width: int
    height: int

    def __post_init__(self) -> None:
        """Raise ValueError for what has no area."""
        if self.width < 1 or self.height < 1:
            raise ValueError(f"expected a width and a height of at least 1, found {self.width} and {self.height}")

    def common_area(self, other: "Box") -> int:
        """The pixels that lie in both."""
        width = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        height = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(width, 0) * max(height, 0)


@dataclass(frozen=True)
class Tiling:
    """How images are cut.

    `side` is that of the smallest squares in pixels, by default such that the largest are two thirds of the image's
    shorter side; each of the `levels` is 1.5 times as large as the one before. Neighbours share at least `overlap` of
    their side (0 to 0.9). An image has at most `budget` regions: its squares grow until they are no more. Of those as
    large as its shorter side only so many are taken, spread over it.
    """

    levels: int = 3
    overlap: float = 0.5
    side: int | None = None
    budget: int = 256

    @property
    def identity(self) -> str:
        """Tells documents whose regions were cut otherwise."""
        return f"levels={self.levels} overlap={self.overlap:g} side={self.side or 'auto'} budget={self.budget}"

    def boxes(self, width: int, height: int) -> list[Box]:
        """The regions of an image, the whole image first, then the squares from the largest to the smallest."""
        whole = Box(0, 0, width, height)
        squares = [
            Box(x, y, side, side)
            for side in self._sides(width, height)
            for y in self._starts(height, side)
            for x in self._starts(width, side)
        ]
        return [whole, *(square for square in squares if square != whole)]

    def budget_for_side(self, width: int, height: int) -> int | None:
        """The budget with which an image's squares would be as small as `side` asks; None if they are, or it asks
        nothing."""
        shorter = min(width, height)
        needed = self._count(width, height, self._sides_from(self.side, shorter)) if self.side else 0
        return needed if needed > self.budget else None

    def smallest_side(self, width: int, height: int) -> int:
        """Of all regions of an image, in pixels."""
        return min(self._sides(width, height), default=min(width, height))

    def _sides(self, width: int, height: int) -> list[int]:
        """Those that fit into the budget, or the shorter side of the image if none does; the largest first."""
        shorter = min(width, height)
        smallest = float(self.side or shorter / _RATIO**self.levels)
        while True:
            sides = self._sides_from(smallest, shorter)
            if smallest >= shorter or self._count(width, height, sides) <= self.budget:
                return sides
            smallest *= _RATIO

    def _sides_from(self, smallest: float, shorter: int) -> list[int]:
        """Different ones, the largest first; none if the image is too small to be cut."""
        wanted = [smallest * _RATIO**level for level in reversed(range(self.levels))]
        sides = [min(shorter, _rounded(side)) for side in wanted]
        return [side for side in dict.fromkeys(sides) if side >= _SMALLEST]

    def _count(self, width: int, height: int, sides: list[int]) -> int:
        """Of the regions, with the whole image."""
        return 1 + sum((self._steps(width, side) + 1) * (self._steps(height, side) + 1) for side in sides)

    def _steps(self, length: int, side: int) -> int:
        """How often a square moves on, on its way from one end of a length to the other."""
        return math.ceil((length - side) / (side * (1 - self.overlap)))

    def _starts(self, length: int, side: int) -> list[int]:
        """Evenly spread over a length, from its one end to the other; a single one in its middle.

        Only squares as large as the shorter side of the image can be more than the budget, and lie apart then.
        """
        steps = min(self._steps(length, side), self.budget - 2)
        return [
            _rounded(step * (length - side) / steps) if steps else (length - side) // 2 for step in range(steps + 1)
        ]


def is_blank(square: NDArray[np.uint8]) -> bool:
    """Whether there is nothing to see on pixels `[H, W, 3]`: each colour's standard deviation is at most 5 of 255."""
    colours = square.reshape(-1, 3).astype(np.int64)
    count = len(colours)
    variances = count * (colours**2).sum(axis=0) - colours.sum(axis=0) ** 2
    return bool((variances <= (_BLANK_DEVIATION * count) ** 2).all())


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)
