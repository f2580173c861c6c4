"""Indexed pictures, and regions of them, to search by: how they are named, and their stored vectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.errors import SearchError
from lookalike.search.query import stored_vector_request

__all__ = ["Example", "ask_for_example", "parse_example", "vector_of"]

Ask = Callable[[dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class Example:
    """An indexed picture, or one of its regions by its number."""

    id: str
    region: int | None = None

    def __str__(self) -> str:
        """As people type it."""
        return self.id if self.region is None else f"{self.id}#{self.region}"


def parse_example(text: str) -> Example:
    """`ID` or `ID#N`."""
    key, hash_sign, number = text.rpartition("#")
    return Example(key, int(number)) if hash_sign and number.isdecimal() else Example(text)


def ask_for_example(ask: Ask, index: str, example: Example, option: str) -> Mapping[str, Any]:
    """What the index keeps of an example: its vectors, URL and thumbnail. `ask` sends a request to the index.

    Raises SearchError that names `option` if there is no such picture.
    """
    found = ask(stored_vector_request(example.id, with_regions=example.region is not None))["hits"]["hits"]
    if not found or "embedding" not in found[0]["_source"]:
        raise SearchError(
            f"{option}: index {index!r} has no picture with the id {example.id!r}; ids stand in the answers of "
            "`lookalike search --json`"
        )
    source: Mapping[str, Any] = found[0]["_source"]
    return source


def vector_of(source: Mapping[str, Any], example: Example, option: str) -> NDArray[np.float32]:
    """The vector `[D]` of an example, from what the index keeps of it.

    Raises SearchError that names `option` if it has no such region.
    """
    if example.region is None:
        return np.array(source["embedding"], np.float32)
    regions = source.get("regions") or []
    if example.region >= len(regions):
        raise SearchError(
            f"{option} {example}: expected a region of 0 to {len(regions) - 1}, as `lookalike search --in regions "
            "--json` numbers them"
            if regions
            else f"{option} {example}: the picture was ingested without regions"
        )
    return np.array(regions[example.region]["embedding"], np.float32)
