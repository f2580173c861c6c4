"""Indices of vectors that tests of the plugin make themselves, without `lookalike init`."""

from collections.abc import Mapping
from typing import Any

from tests.plugin.http import Http

__all__ = ["make_index", "vector_field"]


def vector_field(**more: Any) -> dict[str, Any]:
    """A field for the vectors of the shipped model; `more` adds to its parameters or changes them."""
    method = {"name": "hnsw", "engine": "lucene"}
    return {"type": "knn_vector", "dimension": 256, "space_type": "cosinesimil", "method": method, **more}


def make_index(
    http: Http, index: str, properties: Mapping[str, Any], record: Mapping[str, str] | None = None, **settings: Any
) -> None:
    """An index of these fields; `record` is what it says of the model that filled it."""
    mappings = {"_meta": {"lookalike": record or {}}, "properties": properties}
    http("PUT", f"/{index}", {"settings": {"index.knn": True, **settings}, "mappings": mappings}).ok()
