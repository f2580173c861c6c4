"""Links of files of the repository, as pages of the site need them."""

import posixpath
import re
from collections.abc import Callable, Mapping

from docs.hooks.sections import which_are_text

__all__ = ["relinked"]

_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|/")


def relinked(text: str, source: str, page: str, places: Mapping[str, str]) -> str:
    """The Markdown of `source` (a path in the repository) with links as `page` (a path in the site) needs them.

    `places` tells where in the site a file, or `FILE#ANCHOR`, has come to. A link to what is not in the site stays in a
    page of docs/, for MkDocs to complain of, and becomes its text in others.
    """

    def replace(match: re.Match[str]) -> str:
        image, words, target = match.groups()
        if _ELSEWHERE.match(target):
            return match.group()
        path, mark, anchor = target.partition("#")
        file = posixpath.normpath(posixpath.join(posixpath.dirname(source), path)) if path else source
        place = places.get(f"{file}#{anchor}") if mark else places.get(file)
        if place is None and file in places:
            place = f"{places[file]}#{anchor}"
        if place is None:
            return match.group() if image or source.startswith("docs/") else words
        return f"{image}[{words}]({_relative(place, page)})"

    return _outside_code(text, lambda line: _LINK.sub(replace, line))


def _relative(place: str, page: str) -> str:
    path, mark, anchor = place.partition("#")
    if path == page and mark:
        return f"#{anchor}"
    return posixpath.relpath(path, posixpath.dirname(page) or ".") + mark + anchor


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    lines = text.splitlines()
    changed = (change(line) if is_text else line for line, is_text in zip(lines, which_are_text(lines), strict=True))
    return "\n".join(changed) + "\n"
