"""Pages of docs/ as their readers use them: the blocks to save and run, and what shall come of each."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["DOCS", "Block", "assert_shown", "blocks"]

DOCS = Path(__file__).parent.parent.parent / "docs"

_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<reason>[^\n]+) -->\n)?"
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$',
    re.MULTILINE | re.DOTALL,
)
_TOLERANCE = 0.02  # shown numbers are rounded


@dataclass(frozen=True)
class Block:
    """A fenced block: to be saved as a file if it has a title, else to be run, unless it says why not.

    `shown` is the block right after it, of what comes of it: its language and its text.
    """

    language: str
    title: str
    text: str
    reason: str
    shown: tuple[str, str] | None


def blocks(page: str) -> list[Block]:
    """The blocks of a page in their order; answers belong to what stands before them."""
    found: list[Block] = []
    for match in _BLOCK.finditer((DOCS / page).read_text("utf-8")):
        language, text = match["language"], match["text"]
        if language in {"text", "json"}:
            before = found.pop()
            assert before.shown is None, f"{page}: two answers in a row"
            found.append(Block(before.language, before.title, before.text, before.reason, (language, text)))
        else:
            found.append(Block(language, match["title"] or "", text, match["reason"] or "", None))
    return found


def assert_shown(shown: tuple[str, str], answer: str) -> None:
    """Compare an answer with what a page shows of it, but for rounding and what `…` stands for.

    JSON has to be contained in the answer; each line of text has to come in it, in that order.
    """
    language, text = shown
    if language == "json":
        assert _contains(json.loads(answer), json.loads(text)), answer
        return
    lines = iter(answer.splitlines())
    for expected in text.splitlines():
        assert any(_same(expected.split(), line.split()) for line in lines), f"no line {expected!r} in\n{answer}"


def _same(expected: list[str], found: list[str]) -> bool:
    """Compare words; `…` alone is any words, inside a word any letters."""
    if not expected or not found:
        return expected == found or set(expected) == {"…"}
    if expected[0] == "…":
        return any(_same(expected[1:], found[taken:]) for taken in range(len(found) + 1))
    return _same_word(expected[0], found[0]) and _same(expected[1:], found[1:])


def _same_word(expected: str, found: str) -> bool:
    try:
        return abs(float(expected) - float(found)) <= _TOLERANCE
    except ValueError:
        pattern = ".*".join(map(re.escape, expected.split("…")))
        return re.fullmatch(pattern, found) is not None


def _contains(found: Any, expected: Any) -> bool:
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            key in found and _contains(found[key], expected[key]) for key in expected
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(_contains, found, expected))
    if isinstance(expected, float):
        return abs(float(found) - expected) <= _TOLERANCE
    return bool(found == expected)
