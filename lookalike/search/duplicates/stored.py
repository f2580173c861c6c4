"""The vectors of an index, read page by page as they are at the start."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch
from opensearchpy.helpers import scan
from opensearchpy.helpers.errors import ScanError

from lookalike.errors import ConnectionFailedError

__all__ = ["Stored", "stored_vectors"]

_AT_ONCE = 500
_OPEN_FOR = "30m"  # the longest that the work between two pages may take


@dataclass(frozen=True)
class Stored:
    """A document's vector as the index keeps it, floats or bytes, and the hash of its file, if it says one."""

    id: str
    vector: Sequence[float]
    content: str


def stored_vectors(client: OpenSearch, index: str, filters: Sequence[dict[str, Any]]) -> Iterator[Stored]:
    """Every document that satisfies all filters and has a vector; of the rest of a document nothing is sent.

    Raises ConnectionFailedError if a shard is missing, and what opensearch-py raises.
    """
    query = {
        "query": {"bool": {"filter": [*filters, {"exists": {"field": "embedding"}}]}},
        "_source": {"includes": ["embedding", "content_sha256"]},
        "sort": ["_doc"],
    }
    try:
        for hit in scan(client, query, scroll=_OPEN_FOR, size=_AT_ONCE, index=index, preserve_order=True):
            source = hit["_source"]
            content = source.get("content_sha256")
            if "embedding" in source:
                yield Stored(hit["_id"], source["embedding"], content if isinstance(content, str) else "")
    except ScanError as error:
        raise ConnectionFailedError(
            f"not all shards of {index} answer, so it cannot be read whole; try again when it is green"
        ) from error
