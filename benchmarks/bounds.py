"""The line that tells whether a benchmark's figure is what was asked for."""

import re
from typing import NamedTuple

__all__ = ["Bound", "bound", "bounds_in"]

_LINE = re.compile(r"^- (held|\*\*not held\*\*): (.*?): (.*)$", re.MULTILINE)


class Bound(NamedTuple):
    """What was asked for, what was found, and whether the one is the other."""

    text: str
    value: str
    holds: bool


def bound(text: str, value: str, holds: bool) -> str:
    """`text` is what was asked for, without a colon, `value` what was found; the first word is what `benchmarks.run`
    counts by."""
    return f"- {'held' if holds else '**not held**'}: {text}: {value}"


def bounds_in(markdown: str) -> list[Bound]:
    """Those that a benchmark's output tells, in its order."""
    return [Bound(text, value, word == "held") for word, text, value in _LINE.findall(markdown)]
