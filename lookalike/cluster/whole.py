"""Answers in which every shard had a part.

OpenSearch answers 200 without the shards that are away, and tells it only by their number: a shard of which no copy is
there is neither successful nor failed.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from opensearchpy import OpenSearch, OpenSearchException

from lookalike.errors import ConnectionFailedError, RequestFailedError

__all__ = ["read_all", "whole"]


def whole(answer: dict[str, Any], index: str) -> dict[str, Any]:
    """The answer to a search or a count. Raises RequestFailedError if a shard had no part in it or time ran out."""
    away, total = _away(answer), answer["_shards"]["total"]
    if away or answer.get("timed_out"):
        raise RequestFailedError(
            f"index {index!r} answered incompletely: {away} of {total} shards failed; see the health of its cluster",
            200,
        )
    return answer


def read_all(
    client: OpenSearch, index: str, request: Mapping[str, Any], at_once: int, open_for: str
) -> Iterator[dict[str, Any]]:
    """Every hit of a search as it is at the start, in no order; `open_for` is the longest time between two pages of
    `at_once` hits, as in "5m".

    Raises ConnectionFailedError if a shard is away, even after the last hit of the others, and what opensearch-py
    raises.
    """
    answer = client.search(
        index=index, body={**request, "sort": ["_doc"]}, params={"scroll": open_for, "size": at_once}
    )
    try:
        while True:
            if _away(answer):
                raise ConnectionFailedError(
                    f"not all shards of {index} answer, so it cannot be read whole; try again when it is green"
                )
            if not answer["hits"]["hits"]:
                return
            yield from answer["hits"]["hits"]
            answer = client.scroll(body={"scroll_id": answer["_scroll_id"], "scroll": open_for})
    finally:
        with suppress(OpenSearchException):  # it closes by itself
            client.clear_scroll(body={"scroll_id": [answer["_scroll_id"]]})


def _away(answer: Mapping[str, Any]) -> int:
    return int(answer["_shards"]["total"] - answer["_shards"]["successful"])
