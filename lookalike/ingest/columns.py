"""Which columns of a manifest become metadata, under which names, and of which types."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

from lookalike.errors import ConfigError

__all__ = ["TYPES", "Column", "ColumnChoice", "ColumnTypes", "cast", "parse_columns"]

TYPES = ("string", "integer", "float", "boolean", "date")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?")
# A leading zero or plus is part of a code, not of a number.
_INTEGER = re.compile(r"-?(0|[1-9]\d{0,18})")
_FLOAT = re.compile(r"-?(0|[1-9]\d*)(\.\d+|(\.\d+)?[eE][+-]?\d+)")
_BOOLEANS = {"true": True, "false": False}
_PYTHON_TYPES = (
    (bool, "boolean"),
    (float, "float"),
    (Decimal, "float"),
    (date, "date"),
    (dict, "object"),
    (bytes, "bytes"),
)


@dataclass(frozen=True)
class Column:
    """A column `source` that becomes `metadata.name`; `type` is one of TYPES, or None to be found out."""

    source: str
    name: str
    type: str | None = None


@dataclass(frozen=True)
class ColumnChoice:
    """`path` and `id` name the columns of the image and of its identity; without `chosen` all others are metadata."""

    path: str | None = None
    id: str | None = None
    chosen: tuple[Column, ...] = ()

    def metadata(self, names: Iterable[str], path: str) -> list[Column]:
        """The columns to take of those a source has, whose column `path` holds the image."""
        if self.chosen:
            return list(self.chosen)
        return [Column(name, name) for name in names if name not in {path, self.id}]

    def identity(self, values: Mapping[str, Any]) -> str | None:
        """What the column of ids holds, as text; None without such a column or without a value in it."""
        value = values.get(self.id) if self.id else None
        return None if value is None or value == "" else str(value)


def parse_columns(texts: Sequence[str]) -> tuple[Column, ...]:
    """Parse `SOURCE`, `SOURCE=NAME`, `SOURCE:TYPE` and `SOURCE=NAME:TYPE`.

    Raises ConfigError for an unknown type, a name with a dot, which OpenSearch would read as a path, and a name twice.
    """
    columns: list[Column] = []
    for text in texts:
        named, colon, kind = text.rpartition(":")
        if not colon:
            named, kind = text, ""
        source, equals, name = named.partition("=")
        column = Column(source, name if equals else source, kind or None)
        if not column.source or not column.name or "." in column.name or (colon and kind not in TYPES):
            raise ConfigError(
                f"--column: expected SOURCE[=NAME][:TYPE], the name without dots, the type one of {', '.join(TYPES)}; "
                f"found {text!r}"
            )
        if column.name in [other.name for other in columns]:
            raise ConfigError(f"--column: {column.name!r} is named twice")
        columns.append(column)
    return tuple(columns)


class ColumnTypes:
    """The narrowest type that holds every value seen of each name; what is mixed becomes a string."""

    def __init__(self) -> None:
        self._found: dict[str, str] = {}

    def observe(self, name: str, value: object, from_text: bool) -> None:
        """Take one value into account; `from_text` says that the format has nothing but text (CSV)."""
        kind = _type_of(value, from_text)
        if kind is not None:
            self.observe_type(name, kind)

    def observe_type(self, name: str, kind: str) -> None:
        """Take values of one type into account."""
        before = self._found.get(name)
        if before not in {None, kind}:
            kind = "float" if {before, kind} == {"integer", "float"} else "string"
        self._found[name] = kind

    def declare(self, name: str, kind: str) -> None:
        """Take a type as given, whatever the values are."""
        self._found[name] = kind

    def found(self) -> Mapping[str, str]:
        """One of TYPES, `object` or `bytes`, by name; a column without any value has none."""
        return self._found


def _type_of(value: object, from_text: bool) -> str | None:
    if isinstance(value, list):
        kinds = {_type_of(item, from_text) for item in value} - {None}
        return kinds.pop() if len(kinds) == 1 else "string" if kinds else None
    if _is_missing(value, from_text):
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return "integer" if abs(value) < 2**63 else "string"
    named = next((name for kind, name in _PYTHON_TYPES if isinstance(value, kind)), None)
    return named or _type_of_text(str(value), from_text)


def _type_of_text(text: str, from_text: bool) -> str:
    if _moment(text) is not None:
        return "date"
    if from_text:
        if text.lower() in _BOOLEANS:
            return "boolean"
        if _INTEGER.fullmatch(text) and abs(int(text)) < 2**63:
            return "integer"
        if _FLOAT.fullmatch(text):
            return "float"
    return "string"


def _is_missing(value: object, from_text: bool) -> bool:
    return value is None or (from_text and value == "") or (isinstance(value, float) and not math.isfinite(value))


def cast(value: Any, kind: str | None, from_text: bool = False) -> Any:
    """The value as it goes into a document: of `kind` if one is given; None for what is missing.

    Raises ValueError, with what was expected and found, if it cannot be of that kind.
    """
    if _is_missing(value, from_text):
        return None
    if isinstance(value, list):
        return [item for item in (cast(item, kind, from_text) for item in value) if item is not None]
    if isinstance(value, date):
        value = value.isoformat()
    if isinstance(value, dict):
        value = _plain(value)
    if kind is None or kind == "object":
        return value
    try:
        return _CASTS[kind](value)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"expected {_ARTICLES[kind]}, found {str(value)[:80]!r}") from None


def _plain(value: Any) -> Any:
    """An object of what JSON has; what it has not becomes text. Raises ValueError for one that is nested too deep."""
    try:
        return orjson.loads(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"an object that is no JSON: {error}") from None


def _string(value: Any) -> str:
    if isinstance(value, bool | dict):
        return orjson.dumps(value).decode()
    return str(value)


def _integer(value: Any) -> int:
    number = int(value)
    if not -(2**63) <= number < 2**63 or (isinstance(value, float) and number != value):
        raise ValueError
    return number


def _float(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError
    return number


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return _BOOLEANS[str(value).lower()]
    except KeyError:
        raise ValueError from None


def _date(value: Any) -> str:
    text = str(value)
    moment = _moment(text)
    if moment is None:
        raise ValueError
    return text if len(text) == len("2026-01-31") else moment.isoformat()


def _moment(text: str) -> datetime | None:
    """What a date tells; None for other texts, and for a date that is in no calendar, such as 0000-00-00."""
    try:
        return datetime.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


_CASTS = {"string": _string, "integer": _integer, "float": _float, "boolean": _boolean, "date": _date}
_ARTICLES = {
    "string": "a string",
    "integer": "an integer",
    "float": "a number",
    "boolean": "true or false",
    "date": "a date as 2026-01-31",
}
