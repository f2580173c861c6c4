"""The page's filters: values of one field are alternatives, filters of different fields must all hold."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lookalike.search.filters import field_of, parse_filters

__all__ = ["as_filters", "by_field", "joined"]


def by_field(filters: Sequence[str], fields: Mapping[str, str]) -> dict[str, list[str]]:
    """Filters by the full name of the field that they are on. Raises SearchError for one that makes no sense."""
    parse_filters(filters, fields)
    groups: dict[str, list[str]] = {}
    for text in filters:
        field = field_of(text, fields)
        groups.setdefault(field, []).append(f"{field}={text.partition('=')[2]}")
    return groups


def joined(groups: Mapping[str, Sequence[str]], fields: Mapping[str, str]) -> list[dict[str, Any]]:
    """A clause for each field, all of which must hold."""
    return [_any_of(parse_filters(texts, fields)) for texts in groups.values()]


def as_filters(groups: Mapping[str, Sequence[str]], fields: Mapping[str, str]) -> list[str]:
    """The same as texts for `Wanted`."""
    return [json.dumps(clause) for clause in joined(groups, fields)]


def _any_of(clauses: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return clauses[0] if len(clauses) == 1 else {"bool": {"should": list(clauses), "minimum_should_match": 1}}
