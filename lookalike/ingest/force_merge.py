"""Merging an index into one segment a shard, which makes k-NN searches faster and takes its time."""

import time

from opensearchpy import OpenSearch

from lookalike.errors import RequestFailedError

__all__ = ["force_merge"]

_LOOK_EVERY = 1.0  # seconds


def force_merge(client: OpenSearch, index: str) -> None:
    """Merge, and wait until it is done, however long that takes. Raises RequestFailedError if a shard fails."""
    answer = client.indices.forcemerge(index=index, params={"max_num_segments": 1, "wait_for_completion": "false"})
    while not (state := client.tasks.get(task_id=answer["task"]))["completed"]:
        time.sleep(_LOOK_EVERY)
    failed = state.get("response", {}).get("_shards", {}).get("failures") or state.get("error")
    if failed:
        raise RequestFailedError(f"--force-merge: {str(failed)[:300]}; the images are in the index nevertheless", 500)
