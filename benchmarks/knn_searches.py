"""k-NN searches by one client or several at once: how good and how fast the answers are."""

import json
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.exact_search import NONE
from benchmarks.plugin_index import Connection
from benchmarks.vector_documents import NUMBERS, vector_id
from lookalike.cluster.settings import ConnectionSettings

__all__ = ["Answered", "Asked", "ask", "exact_request", "knn_request"]

Request = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """Requests to send, and for each the rows of the right answers: int64 `[requests, k]`, filled up with NONE."""

    requests: Sequence[bytes]
    right: NDArray[np.int64]

    def part(self, number: int, count: int) -> "Asked":
        """One of `count` parts, the last ones of which may be a request longer."""
        some = slice(number * len(self.requests) // count, (number + 1) * len(self.requests) // count)
        return Asked(self.requests[some], self.right[: len(self.requests)][some])


@dataclass(frozen=True)
class Answered:
    """Of some searches: the share of the right answers found, how many brought fewer answers than there are, and
    milliseconds each took; `seconds` is how long all of them took."""

    recall: float
    short: int
    milliseconds: list[float]
    seconds: float


def knn_request(vector: Sequence[float], k: int, limit: int, **parameters: Any) -> bytes:
    """A k-NN search among the documents whose number is below `limit`."""
    asked: dict[str, Any] = {"vector": vector, "k": k, **parameters}
    if limit < NUMBERS:
        asked["filter"] = _below(limit)
    return json.dumps({"size": k, "_source": False, "query": {"knn": {"embedding": asked}}}).encode()


def exact_request(vector: Sequence[float], k: int) -> bytes:
    """The same, by comparing all vectors."""
    parameters = {"field": "embedding", "query_value": vector, "space_type": "cosinesimil"}
    script = {"lang": "knn", "source": "knn_score", "params": parameters}
    query = {"script_score": {"query": {"match_all": {}}, "script": script}}
    return json.dumps({"size": k, "_source": False, "query": query}).encode()


def ask(settings: ConnectionSettings, index: str, asked: Asked, clients: int = 1) -> Answered:
    """Send the requests, each of the clients its share one after the other."""
    shares = [range(client, len(asked.requests), clients) for client in range(clients)]
    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        answers = list(
            pool.map(lambda share: _ask(settings, index, [asked.requests[place] for place in share]), shares)
        )
    seconds = time.perf_counter() - began
    found, short, times = [], 0, []
    for share, some in zip(shares, answers, strict=True):
        for place, (milliseconds, answer) in zip(share, some, strict=True):
            right = {vector_id(row) for row in asked.right[place] if row != NONE}
            hits = [hit["_id"] for hit in json.loads(answer)["hits"]["hits"]]
            short += len(set(hits)) != len(right)
            found.append(len(right & set(hits)) / len(right) if right else 1.0)
            times.append(milliseconds)
    return Answered(float(np.mean(found)), short, times, seconds)


def _ask(settings: ConnectionSettings, index: str, requests: Sequence[bytes]) -> list[tuple[float, bytes]]:
    with closing(Connection(settings)) as connection:
        return [connection.search(index, body) for body in requests]


def _below(limit: int) -> Request:
    return {"range": {"metadata.number": {"lt": limit}}}
