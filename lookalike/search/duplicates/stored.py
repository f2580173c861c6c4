"""The vectors of an index, read page by page as they are at the start."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch

from lookalike.cluster.whole import read_all, whole
from lookalike.search.query import regions_request
from lookalike.search.source import text_in

__all__ = ["Stored", "documents_at_once", "stored_vectors"]

_AT_ONCE, _AT_ONCE_WITH_REGIONS = 500, 10
_OPEN_FOR = "30m"  # the longest that the work between two pages may take


@dataclass(frozen=True)
class Stored:
    """A document's vector as the index keeps it, floats or bytes, and the hash of its file, if it says one."""

    id: str
    vector: Sequence[float]
    content: str


def documents_at_once(client: OpenSearch, index: str) -> int:
    """How many documents a request may ask for: OpenSearch reads all of each, whatever is wanted of it, and one with
    regions may have megabytes of vectors."""
    answer = whole(client.search(index=index, body=regions_request()), index)
    has_regions = answer["hits"]["total"]["value"] > 0
    return _AT_ONCE_WITH_REGIONS if has_regions else _AT_ONCE


def stored_vectors(client: OpenSearch, index: str, filters: Sequence[dict[str, Any]], at_once: int) -> Iterator[Stored]:
    """Every document that satisfies all filters and has a vector; of the rest of a document nothing is sent.

    Raises ConnectionFailedError if a shard is missing, and what opensearch-py raises.
    """
    query = {
        "query": {"bool": {"filter": [*filters, {"exists": {"field": "embedding"}}]}},
        "_source": {"includes": ["embedding", "content_sha256"]},
    }
    for hit in read_all(client, index, query, at_once, _OPEN_FOR):
        source = hit["_source"]
        if "embedding" in source:
            yield Stored(hit["_id"], source["embedding"], text_in(source, "content_sha256"))
