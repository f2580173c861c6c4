"""Bytes that an index takes on disk, and those of them that are for vectors."""

from dataclasses import dataclass
from typing import Any

from opensearchpy import OpenSearch

__all__ = ["IndexSize", "merge", "size_of"]

_HOUR = 3600  # seconds: a merge of millions of vectors takes some


@dataclass(frozen=True)
class IndexSize:
    """Of the primaries: documents, segments, bytes of everything, and bytes of the vectors with their graph.

    The latter is only all of it where no segment keeps its files as one, as small ones do beside large ones: after
    `merge`.
    """

    documents: int
    segments: int
    store: int
    vectors: int


def size_of(client: OpenSearch, index: str) -> IndexSize:
    """Flush and look; by force, because the files from before a merge stay until there is another commit."""
    client.indices.flush(index=index, params={"force": "true", "request_timeout": _HOUR})
    metrics = "docs,store,segments"
    stats: dict[str, Any] = client.indices.stats(
        index=index, metric=metrics, params={"include_segment_file_sizes": "true"}
    )["_all"]["primaries"]
    files = stats["segments"]["file_sizes"]
    # Lucene's files of vectors: .vec, .vex and .vem, of quantised ones .veq and .vemq, and so on.
    vectors = sum(file["size_in_bytes"] for ending, file in files.items() if ending.startswith("ve"))
    return IndexSize(stats["docs"]["count"], stats["segments"]["count"], stats["store"]["size_in_bytes"], vectors)


def merge(client: OpenSearch, index: str) -> None:
    """Merge every shard into one segment, and return when that is done."""
    client.indices.forcemerge(index=index, max_num_segments=1, params={"request_timeout": _HOUR})
    client.indices.refresh(index=index, params={"request_timeout": _HOUR})
