"""Filters as people type them, to the query DSL."""

import difflib
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lookalike.errors import SearchError

__all__ = ["field_of", "parse_filters"]

_WHOLE = {  # what each type can hold; OpenSearch refuses the whole search for more
    "byte": (-(2**7), 2**7 - 1),
    "short": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
    "unsigned_long": (0, 2**64 - 1),
}
_DECIMAL = {"half_float", "float", "double", "scaled_float"}
_RANGED = {*_WHOLE, *_DECIMAL, "date"}
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?)?)?")
_UNFILTERABLE = {"knn_vector", "binary", "nested", "object", "geo_point"}


def parse_filters(texts: Sequence[str], fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """Turn filters into clauses that must all hold; `fields` maps the index's field names to their types.

    A text is `field=value`, `field=low..high` for numbers and dates (either end may be missing, both are included),
    or a JSON object, which is passed on as it stands. A field may be named without its leading `metadata.`.
    Raises SearchError for anything else, naming the fields there are.
    """
    return [_parse(text, fields) for text in texts]


def field_of(text: str, fields: Mapping[str, str]) -> str:
    """The full name of the field that a filter is on, which is not JSON. Raises SearchError if there is none."""
    return _resolve(text.partition("=")[0].strip(), fields)


def _parse(text: str, fields: Mapping[str, str]) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            clause: dict[str, Any] = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SearchError(f"--filter: {text[:200]!r} begins like JSON but is not: {error}") from error
        return clause
    name, equals, value = text.partition("=")
    if not equals or not name or not value:
        raise SearchError(f"--filter: expected field=value, field=low..high or JSON, found {text!r}")
    field = field_of(text, fields)
    kind = fields[field]
    if kind in _RANGED and ".." in value:
        return {"range": {field: _bounds(field, kind, value)}}
    if kind == "text":
        return {"match": {field: {"query": value, "operator": "and"}}}
    if kind == "date":
        day = _checked(field, kind, value)
        return {"range": {field: {"gte": day, "lte": day}}}
    return {"term": {field: _checked(field, kind, value)}}


def _resolve(name: str, fields: Mapping[str, str]) -> str:
    for candidate in (name, f"metadata.{name}"):
        if candidate in fields and fields[candidate] not in _UNFILTERABLE:
            return candidate
    usable = sorted(field for field, kind in fields.items() if kind not in _UNFILTERABLE)
    close = difflib.get_close_matches(name, [*usable, *(field.removeprefix("metadata.") for field in usable)], 1)
    hint = f" Did you mean {close[0]}?" if close else ""
    raise SearchError(f"--filter: the index has no field {name!r} to filter on.{hint} It has: {', '.join(usable)}.")


def _bounds(field: str, kind: str, value: str) -> dict[str, Any]:
    low, _, high = value.partition("..")
    bounds = {name: _checked(field, kind, end.strip()) for name, end in (("gte", low), ("lte", high)) if end.strip()}
    if not bounds:
        raise SearchError(f"--filter: {field}={value} has neither a lower nor an upper end")
    return bounds


def _require_date(value: str) -> None:
    """Raise ValueError for what OpenSearch's date format (ISO 8601 with hyphens) does not read, or no calendar has."""
    if not _DATE.fullmatch(value):
        raise ValueError
    datetime.fromisoformat({4: f"{value}-01-01", 7: f"{value}-01"}.get(len(value), value))


def _checked(field: str, kind: str, value: str) -> str | int | float | bool:
    """The value in the field's type. Dates may be a year, a month, a day or a moment; OpenSearch rounds."""
    try:
        if kind in _WHOLE:
            return _within(field, kind, int(value))
        if kind in _DECIMAL:
            return _finite(float(value))
        if kind == "boolean":
            return {"true": True, "false": False}[value.lower()]
        if kind == "date":
            _require_date(value)
    except (KeyError, ValueError):
        expected = {"boolean": "true or false", "date": "a date such as 2024, 2024-05 or 2024-05-31"}
        raise SearchError(
            f"--filter: {field} is of type {kind}: expected {expected.get(kind, 'a number')}, found {value!r}"
        ) from None
    return value


def _within(field: str, kind: str, value: int) -> int:
    least, most = _WHOLE[kind]
    if least <= value <= most:
        return value
    bound = f"at most {most}" if value > most else f"at least {least}"
    raise SearchError(f"--filter: {field} is of type {kind}: expected a number of {bound}, found '{value}'")


def _finite(value: float) -> float:
    """Raise ValueError for what JSON cannot hold."""
    if not math.isfinite(value):
        raise ValueError
    return value
