"""Deleting the copies of groups from an index, as long as they are what they were when they were found."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from opensearchpy import OpenSearch

from lookalike.cluster.whole import whole
from lookalike.errors import RequestFailedError
from lookalike.search.duplicates.group import Group
from lookalike.search.duplicates.picture import Picture, read_picture

__all__ = ["Removed", "remove_copies"]

_AT_ONCE = 500  # documents
_GONE, _CHANGED = 404, 409


@dataclass(frozen=True)
class Removed:
    """How many documents were deleted, and how many were left since they or their original were changed meanwhile."""

    deleted: int
    left: int


def remove_copies(client: OpenSearch, index: str, groups: Sequence[Group]) -> Removed:
    """Delete every copy, and no kept picture; files are not touched.

    A group whose kept picture is gone or was written again since it was found, and a copy that was written again, is
    left. Raises RequestFailedError if OpenSearch refuses for another reason, and what opensearch-py raises.
    """
    deleted = left = 0
    for some in _portions(groups):
        unchanged = _unchanged(client, index, [group.kept for group in some])
        copies = [copy.picture for group in some if group.kept.id in unchanged for copy in group.copies]
        gone = _delete(client, index, copies)
        deleted += gone
        left += sum(len(group.copies) for group in some) - gone
    client.indices.refresh(index=index)
    return Removed(deleted, left)


def _portions(groups: Sequence[Group]) -> list[list[Group]]:
    portions: list[list[Group]] = [[]]
    size = 0
    for group in groups:
        if size >= _AT_ONCE:
            portions.append([])
            size = 0
        portions[-1].append(group)
        size += len(group.ids)
    return portions if groups else []


def _unchanged(client: OpenSearch, index: str, pictures: Sequence[Picture]) -> set[str]:
    """The ids of those that are what they were."""
    request = {
        "size": len(pictures),
        "_source": False,
        "query": {"ids": {"values": [picture.id for picture in pictures]}},
        "seq_no_primary_term": True,
    }
    answer = whole(client.search(index=index, body=request), index)
    found = [read_picture(hit) for hit in answer["hits"]["hits"]]
    now = {picture.id: picture.version for picture in found}
    return {picture.id for picture in pictures if picture.version == now.get(picture.id)}


def _delete(client: OpenSearch, index: str, pictures: Sequence[Picture]) -> int:
    lines = []
    for picture in pictures:
        number, term = picture.version or (None, None)
        lines.append(orjson.dumps({"delete": {"_id": picture.id, "if_seq_no": number, "if_primary_term": term}}))
    if not lines:
        return 0
    results = [item["delete"] for item in client.bulk(index=index, body=b"\n".join(lines) + b"\n")["items"]]
    refused = [result for result in results if result["status"] >= 400 and result["status"] not in {_GONE, _CHANGED}]
    if refused:
        reason = (refused[0].get("error") or {}).get("reason", "no reason given")
        raise RequestFailedError(
            f"OpenSearch did not delete {len(refused)} of {len(results)} documents: {reason}; run the command again",
            refused[0]["status"],
        )
    return sum(result["status"] == 200 for result in results)
