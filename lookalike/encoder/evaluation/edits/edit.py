"""What an edit is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

__all__ = ["Canvas", "Edit", "colour", "shade"]


@dataclass(frozen=True)
class Canvas:
    """What an edit may use: the chance that decides its strength, and a foreign picture to be pasted into.

    The picture is asked for only by the edits that need it.
    """

    random: np.random.Generator
    background: Callable[[], Image.Image]

    def between(self, low: float, high: float) -> float:
        """A number drawn evenly from an interval."""
        return float(self.random.uniform(low, high))

    def either(self, *choices: float) -> float:
        """One of a few numbers."""
        return float(self.random.choice(choices))


Edit = Callable[[Image.Image, Canvas], Image.Image]
"""RGB picture in, another RGB picture out; the one that came in is left as it was."""


def colour(canvas: Canvas) -> tuple[int, int, int]:
    """Any colour."""
    red, green, blue = (int(part) for part in canvas.random.integers(0, 256, 3))
    return red, green, blue


def shade(canvas: Canvas) -> tuple[int, int, int]:
    """What frames and backgrounds mostly are: white, black or any colour."""
    plain = [(255, 255, 255), (0, 0, 0), colour(canvas)]
    return plain[int(canvas.random.integers(0, 3))]
