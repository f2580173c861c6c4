"""Fields of a document's source. Others may have written to the index: one of another type counts as missing."""

from collections.abc import Mapping
from typing import Any

__all__ = ["number_in", "object_in", "text_in"]


def text_in(source: Mapping[str, Any], name: str) -> str:
    """The text of a field, empty if it is missing."""
    value = source.get(name)
    return value if isinstance(value, str) else ""


def number_in(source: Mapping[str, Any], name: str) -> int:
    """The whole number of a field, 0 if it is missing."""
    value = source.get(name)
    return value if isinstance(value, int) else 0


def object_in(source: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The members of a field, none if it is missing."""
    value = source.get(name)
    return value if isinstance(value, dict) else {}
