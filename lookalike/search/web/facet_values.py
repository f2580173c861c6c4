"""The values of one facet, read from what OpenSearch counted."""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

__all__ = ["dates", "numbers", "terms"]

_FORMS = {"y": "%Y", "M": "%Y-%m", "d": "%Y-%m-%d"}  # by the unit of the spans
_DECIMAL = {"half_float", "float", "double", "scaled_float"}
Values = list[dict[str, Any]]


def terms(field: str, found: Mapping[str, Any], chosen: Sequence[str]) -> Values:
    """The commonest values."""
    texts = [(str(bucket.get("key_as_string", bucket["key"])), bucket) for bucket in found["values"]["buckets"]]
    values = [_value(f"{field}={text}", text, bucket["doc_count"], chosen) for text, bucket in texts if text]
    return values + _others(values, chosen)


def numbers(field: str, kind: str, found: Mapping[str, Any], chosen: Sequence[str]) -> Values:
    """Ranges, each of which holds about as many pictures as it can hold together."""
    values = []
    for bucket in found["values"]["buckets"]:
        low, high = (_number(bucket[end], kind) for end in ("min", "max"))
        label = _short(low) if low == high else f"{_short(low)} – {_short(high)}"
        values.append(_value(f"{field}={low}..{high}", label, bucket["doc_count"], chosen))
    return values + _others(values, chosen)


def dates(field: str, found: Mapping[str, Any], chosen: Sequence[str]) -> Values:
    """Spans of years, months, days or less, without those in which nothing was taken."""
    buckets = found["values"]["buckets"]
    form = _FORMS.get(found["values"]["interval"][-1:], "%Y-%m-%d %H:%M")
    starts = [_moment(bucket["key"]) for bucket in buckets]
    last = _moment(found["ends"]["max"] or 0)
    values = []
    for bucket, start, following in zip(buckets, starts, [*starts[1:], None], strict=True):
        if not bucket["doc_count"]:
            continue
        end = following - timedelta(milliseconds=1) if following else max(start, last)
        low, high = start.strftime(form), end.strftime(form)
        label = low if low == high else f"{low} – {high}"
        text = f"{field}={_exact(start)}..{_exact(end)}"
        values.append(_value(text, label, bucket["doc_count"], chosen))
    return values + _others(values, chosen)


def _others(values: Values, chosen: Sequence[str]) -> Values:
    """What is chosen, but is none of the values: typed, or out of another search."""
    shown = {value["filter"] for value in values}
    return [
        _value(text, text.partition("=")[2].replace("..", " – ").strip(), None, chosen)
        for text in chosen
        if text not in shown
    ]


def _value(text: str, label: str, count: int | None, chosen: Sequence[str]) -> dict[str, Any]:
    return {"filter": text, "label": label, "count": count, "chosen": text in chosen}


def _number(value: float, kind: str) -> float | int:
    return value if kind in _DECIMAL else round(value)


def _short(value: float) -> str:
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    digits = max(0, 3 - math.floor(math.log10(abs(value))) - 1)
    return f"{value:,.{digits}f}"


def _moment(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def _exact(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
