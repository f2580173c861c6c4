"""The mapping of metadata: which of OpenSearch's types the columns of manifests get, and which they have already."""

from collections.abc import Mapping
from typing import Any

from opensearchpy import OpenSearch

from lookalike.mappings import text_mapping

__all__ = ["declare_columns", "mapping_of"]

_MAPPINGS: Mapping[str, Mapping[str, Any]] = {
    "integer": {"type": "long"},
    "float": {"type": "double"},
    "boolean": {"type": "boolean"},
    "date": {"type": "date"},
}
_OURS = {"keyword": "string", "text": "string", "wildcard": "string", "boolean": "boolean", "date": "date"}
_OURS |= dict.fromkeys(("long", "integer", "short", "byte", "unsigned_long"), "integer")
_OURS |= dict.fromkeys(("double", "float", "half_float", "scaled_float"), "float")


def mapping_of(types: Mapping[str, str]) -> dict[str, Any]:
    """OpenSearch's mapping of each column; an object's is found out by OpenSearch."""
    mappings = {"string": text_mapping(), **_MAPPINGS}
    return {name: dict(mappings[kind]) for name, kind in types.items() if kind in mappings}


def declare_columns(client: OpenSearch, index: str, types: Mapping[str, str]) -> dict[str, str]:
    """Map the columns that the index does not know yet, and return the types that their values must have.

    Those that it does know keep its types. Without this the first document would decide, and a text that begins with a
    date would have all others refused.
    """
    if not types:
        return {}
    answer = client.indices.get_mapping(index=index)
    known: dict[str, Any] = {}
    for one in answer.values():  # several indices if it is an alias
        known |= one["mappings"].get("properties", {}).get("metadata", {}).get("properties", {})
    fresh = mapping_of({name: kind for name, kind in types.items() if name not in known})
    if fresh:
        client.indices.put_mapping(index=index, body={"properties": {"metadata": {"properties": fresh}}})
    return {
        name: _OURS.get(known[name].get("type", "object"), "object") if name in known else kind
        for name, kind in types.items()
    }
