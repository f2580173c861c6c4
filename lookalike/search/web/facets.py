"""Which values the pictures of an index have, with counts, to choose from.

Counts are of the whole index, not of the answers: a k-NN search has no natural end, so that "how many answers are red"
depends on how many were asked for. Each facet is counted with the filters of all others applied, which tells what
choosing another of its values would give. All are one request, which OpenSearch keeps in its request cache.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from lookalike.search.web.facet_values import dates, numbers, terms
from lookalike.search.web.filtering import joined

__all__ = ["facets_request", "read_facets"]

_OWN = ("format", "width", "height", "exif.camera", "exif.taken_at")
_MOST_FACETS = 24
_TERMS = {"keyword", "boolean"}
_NUMBERS = {"byte", "short", "integer", "long", "half_float", "float", "double", "scaled_float"}
_MOST_VALUES = 60
_MANY = 12  # values of which none comes twice identify pictures rather than tell them apart
_TOO_MANY = 1000
_BARS = 8


def facets_request(groups: Mapping[str, Sequence[str]], fields: Mapping[str, str]) -> dict[str, Any]:
    """The request for the facets of an index with `fields`, while the filters `groups` hold, by field."""
    aggregations = {
        "matching": {"filter": _without(groups, fields, None)},
        "with regions": {"filter": {"exists": {"field": "tiling"}}},
    }
    for number, field in enumerate(_faceted(fields)):  # a field's name may be none for an aggregation
        inside = _values(field, fields[field])
        aggregations[f"{number}"] = {"filter": _without(groups, fields, field), "aggs": inside}
        if fields[field] == "keyword":
            # How many values there are in the whole index, and how often the commonest comes.
            aggregations[f"{number} distinct"] = {"cardinality": {"field": field, "precision_threshold": _TOO_MANY}}
            aggregations[f"{number} commonest"] = {"terms": {"field": field, "size": 1}}
    return {"size": 0, "track_total_hits": True, "aggs": aggregations}


def read_facets(
    response: Mapping[str, Any], groups: Mapping[str, Sequence[str]], fields: Mapping[str, str]
) -> dict[str, Any]:
    """How many pictures there are, how many the filters leave, whether any can be found by its parts, and the facets in
    which there is something to choose.

    A facet has `field`, `label`, `kind` and `values`. Each value has the `filter` that chooses it, what it is called,
    its count, and whether it is chosen. The facet `words` has none: it takes words to look for.
    """
    found = response["aggregations"]
    facets = []
    for number, field in enumerate(_faceted(fields)):
        if fields[field] == "keyword" and _identifies(found, number):
            facet = _words(field, fields)
        else:
            facet = _choice(field, fields[field], found[f"{number}"], groups.get(field, ()))
        if facet is not None:
            label = field.removeprefix("metadata.").removeprefix("exif.").replace("_", " ")
            facets.append({"label": label, **facet})
    return {
        "total": response["hits"]["total"]["value"],
        "matching": found["matching"]["doc_count"],
        "regions": found["with regions"]["doc_count"] > 0,
        "facets": facets,
    }


def _faceted(fields: Mapping[str, str]) -> list[str]:
    """The user's own fields first."""
    own = sorted(name for name in fields if name.startswith("metadata."))
    usable = [name for name in (*own, *_OWN) if fields.get(name) in _TERMS | _NUMBERS | {"date"} and "=" not in name]
    return usable[:_MOST_FACETS]


def _without(groups: Mapping[str, Sequence[str]], fields: Mapping[str, str], field: str | None) -> dict[str, Any]:
    """A query for what all filters leave but those of a field, words in its text included."""
    others = {name: texts for name, texts in groups.items() if field not in (name, name.removesuffix(".text"))}
    return {"bool": {"filter": joined(others, fields)}}


def _values(field: str, kind: str) -> dict[str, Any]:
    if kind in _TERMS:
        return {"values": {"terms": {"field": field, "size": _MOST_VALUES}}}
    ends = {"ends": {"stats": {"field": field}}}
    if kind == "date":
        return {"values": {"auto_date_histogram": {"field": field, "buckets": _BARS}}, **ends}
    return {"values": {"variable_width_histogram": {"field": field, "buckets": _BARS}}, **ends}


def _identifies(found: Mapping[str, Any], number: int) -> bool:
    """Whether a field's values are too many, or too rare, to choose from; those of a name, for example."""
    distinct = found[f"{number} distinct"]["value"]
    commonest = found[f"{number} commonest"]["buckets"]
    return bool(distinct > _TOO_MANY or (distinct >= _MANY and commonest[0]["doc_count"] == 1))


def _words(field: str, fields: Mapping[str, str]) -> dict[str, Any] | None:
    text = f"{field}.text"
    return {"field": text, "kind": "words", "values": []} if fields.get(text) == "text" else None


def _choice(field: str, kind: str, found: Mapping[str, Any], chosen: Sequence[str]) -> dict[str, Any] | None:
    """What there is to choose from; None if it is one value for all."""
    if kind in _TERMS:
        values = terms(field, found, chosen)
        return {"field": field, "kind": "terms", "values": values} if len(values) > 1 or chosen else None
    ends = found["ends"]
    if not chosen and (not ends["count"] or ends["min"] == ends["max"]):
        return None
    if kind == "date":
        return {"field": field, "kind": "dates", "values": dates(field, found, chosen)}
    return {"field": field, "kind": "numbers", "values": numbers(field, kind, found, chosen)}
