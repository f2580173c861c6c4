"""Curves of a run as points of inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["HEIGHT", "WIDTH", "Curve", "curves"]

WIDTH, HEIGHT = 320, 120
_NOT_DRAWN = {"step", "seconds"}


@dataclass(frozen=True)
class Curve:
    """One measurement over the steps: `points` for a polyline in a box of WIDTH by HEIGHT, and its range."""

    name: str
    points: str
    least: float
    most: float
    latest: float


def curves(history: Sequence[dict[str, float]]) -> list[Curve]:
    """A curve for everything measured, in the order in which it was."""
    names = [name for name in (history[0] if history else {}) if name not in _NOT_DRAWN]
    return [_curve(name, [(row["step"], row[name]) for row in history if name in row]) for name in names]


def _curve(name: str, values: Sequence[tuple[float, float]]) -> Curve:
    steps, numbers = [step for step, _ in values], [number for _, number in values]
    least, most = min(numbers), max(numbers)
    across, up = max(steps[-1] - steps[0], 1), (most - least) or 1.0
    points = " ".join(
        f"{WIDTH * (step - steps[0]) / across:.1f},{HEIGHT * (1 - (number - least) / up):.1f}"
        for step, number in values
    )
    return Curve(name.replace("_", " "), points, least, most, numbers[-1])
