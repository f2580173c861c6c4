"""Merging an index into one segment a shard, which makes k-NN searches faster and takes its time."""

from opensearchpy import OpenSearch

from lookalike.errors import RequestFailedError

__all__ = ["force_merge"]

_SECONDS = 24 * 3600


def force_merge(client: OpenSearch, index: str) -> None:
    """Merge, and let searches use what came of it; takes a day at most. Raises RequestFailedError if a shard fails.

    Not as a task: its result would be left in an index `.tasks`, which k-NN searches of all indices then fail on.
    """
    answer = client.indices.forcemerge(index=index, params={"max_num_segments": 1, "request_timeout": _SECONDS})
    failed = answer["_shards"].get("failures")
    if failed:
        raise RequestFailedError(f"--force-merge: {str(failed)[:300]}; the images are in the index nevertheless", 500)
    client.indices.refresh(index=index)
