"""Parts of Markdown files, by their headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown.extensions.toc import slugify

__all__ = ["Heading", "headings", "section", "which_are_text"]

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r"(#{1,6}) +(.+?) *#*$")


@dataclass(frozen=True)
class Heading:
    """A heading: the number of its line from 0, its level (1 is a title), its text, and its anchor in a page."""

    line: int
    level: int
    text: str

    @property
    def anchor(self) -> str:
        """As MkDocs and GitHub make it, but for a text that comes twice in a page."""
        return str(slugify(re.sub(r"[`*]|\]\([^)]*\)|\[", "", self.text), "-"))


def headings(lines: list[str]) -> Iterator[Heading]:
    """Those of a file, without lines of code that look alike."""
    for number, (line, is_text) in enumerate(zip(lines, which_are_text(lines), strict=True)):
        if is_text and (found := _HEADING.match(line)):
            yield Heading(number, len(found.group(1)), found.group(2))


def which_are_text(lines: list[str]) -> Iterator[bool]:
    """Of each line, whether it is neither code nor the fence around it."""
    fence = ""
    for line in lines:
        mark = _FENCE.match(line)
        yield not fence and not mark
        if mark and not fence:
            fence = mark.group(1)
        elif mark and line.strip().startswith(fence):
            fence = ""


def section(text: str, anchor: str, level: int) -> str:
    """What stands below a heading, up to the next of its level or a higher one.

    The headings in it are shifted, so that those right below it are of `level`. Raises LookupError if no heading has
    that anchor.
    """
    lines = text.splitlines()
    found = list(headings(lines))
    start = next((one for one in found if one.anchor == anchor), None)
    if start is None:
        raise LookupError(f"no heading has the anchor {anchor!r}; there are {', '.join(one.anchor for one in found)}")
    end = next((one.line for one in found if one.line > start.line and one.level <= start.level), len(lines))
    for one in found:
        if start.line < one.line < end:
            lines[one.line] = "#" * (one.level - start.level - 1 + level) + " " + one.text
    return "\n".join(lines[start.line + 1 : end]).strip() + "\n"
