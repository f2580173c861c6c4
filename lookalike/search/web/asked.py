"""What is asked of the index, as it stands in a link."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.datastructures import QueryParams

from lookalike.encoder.tiles import Box
from lookalike.errors import SearchError
from lookalike.search.question import VIEWS

__all__ = ["MOST_SHOWN", "Asked", "Part", "read_asked"]

_PAGE = 24
MOST_SHOWN = 1000
_MOST_VALUES = 100  # of a parameter that may come several times


@dataclass(frozen=True)
class Part:
    """A part of a picture, in fractions of its sides."""

    x: float
    y: float
    width: float
    height: float

    def box(self, width: int, height: int) -> Box:
        """The same in pixels of a picture of that size, at least one."""
        left, top = min(int(self.x * width), width - 1), min(int(self.y * height), height - 1)
        return Box(
            left,
            top,
            max(1, min(round(self.width * width), width - left)),
            max(1, min(round(self.height * height), height - top)),
        )


@dataclass(frozen=True)
class Asked:
    """A search: by `picture` (the key of an upload), like an indexed one, or, with neither, for whatever is there.

    `part` is the part of the picture that counts; `filters` are texts as `parse_filters` reads them, without JSON;
    answers `first` to `shown` are wanted.
    """

    picture: str = ""
    like: str = ""
    part: Part | None = None
    views: Sequence[str] = ()
    in_regions: bool = False
    filters: Sequence[str] = ()
    more_like: Sequence[str] = ()
    less_like: Sequence[str] = ()
    first: int = 0
    shown: int = _PAGE


def read_asked(link: QueryParams) -> Asked:
    """Raise SearchError for a parameter that makes no sense; unknown ones are the page's own."""
    views = _several(link, "view")
    if not set(views) <= set(VIEWS):
        raise SearchError(f"view: expected {' or '.join(VIEWS)}, found {views}")
    filters = _several(link, "filter")
    if any(text.lstrip().startswith("{") for text in filters):
        # A clause of the query DSL may run scripts and look into other indices.
        raise SearchError("filter: expected field=value or field=low..high; the page takes no JSON")
    shown = _whole(link, "shown", _PAGE)
    return Asked(
        link.get("picture", ""),
        link.get("like", ""),
        _part(link["part"]) if link.get("part") else None,
        views,
        link.get("in") == "regions",
        filters,
        _several(link, "more"),
        _several(link, "less"),
        min(_whole(link, "first", 0), shown),
        shown,
    )


def _several(link: QueryParams, name: str) -> list[str]:
    values = [value for value in link.getlist(name) if value]
    if len(values) > _MOST_VALUES:
        raise SearchError(f"{name}: expected at most {_MOST_VALUES}, found {len(values)}")
    return values


def _whole(link: QueryParams, name: str, otherwise: int) -> int:
    text = link.get(name) or str(otherwise)
    if not (text.isascii() and text.isdecimal() and len(text) <= 4) or int(text) > MOST_SHOWN:
        raise SearchError(f"{name}: expected a whole number of at most {MOST_SHOWN}, found {text!r}")
    return int(text)


def _part(text: str) -> Part:
    try:
        x, y, width, height = (float(number) for number in text.split(","))
    except ValueError:
        x = y = width = height = -1.0
    inside = 0 <= x < 1 and 0 <= y < 1 and 0 < width <= 1.001 - x and 0 < height <= 1.001 - y
    if not inside:  # neither do NaN and infinity lie inside
        raise SearchError(f"part: expected x,y,width,height in fractions of the picture, found {text!r}")
    return Part(x, y, width, height)
