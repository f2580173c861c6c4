"""Latency of a search by picture beside the bare k-NN search: `python -m benchmarks.plugin_latency FOLDER`.

One client asks in turns, with the same filter on the same index: `knn` with a vector, `lookalike` with the picture of
that vector (a new one every time, so that no cache helps), and the same two again with one picture that is always the
same. The order changes from turn to turn. How long decoding and embedding took inside the node is read from the
plugin's totals before and after each new picture. Needs a node (`lookalike up`); the index is made for this and
deleted.
"""

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.plugin_index import Connection, filled_index, query_pictures
from benchmarks.program import run_program
from lookalike.cluster.client import connect

INDEX = "lookalike-benchmark-latency"
SHARE = 1.3
REPEATED = 1.0  # milliseconds
K = 10


def main() -> None:
    """Print what 50 and 95 of 100 requests stay within, beside the bounds."""
    arguments = _arguments()
    pictures = [picture for _, picture in query_pictures(arguments.folder, arguments.warm_up + arguments.requests + 1)]
    with filled_index(INDEX, arguments.folder) as settings:
        connection = Connection(settings)
        connection.forget_pictures()
        circumstances = conditions(connect(settings))
        measure = Measurement(connection, pictures.pop())
        measure.run(pictures[: arguments.warm_up])
        measure.forget()
        measure.run(pictures[arguments.warm_up :])
        found = connection.ask("GET", f"/{INDEX}/_count", {"query": measure.filter})["count"]
        total = connection.ask("GET", f"/{INDEX}/_count")["count"]
        connection.close()
    size = np.median([len(picture) * 3 / 4 for picture in pictures]) / 1000
    print(circumstances, end="\n\n")
    print(
        f"{arguments.requests} requests each, one client; {total:,} documents, {found:,} of them pass the filter; "
        f"JPEGs of 640 x 480, {size:.0f} kB in the median\n"
    )
    measure.report()


class Measurement:
    """Times of the kinds of requests; a wrong answer ends the program."""

    def __init__(self, connection: Connection, same: str) -> None:
        self._connection = connection
        middle = connection.ask("GET", f"/{INDEX}/_search", {"size": 0, "aggs": {"of": _MEDIAN}})
        self.filter: dict[str, Any] = {"range": {"bytes": {"gte": middle["aggregations"]["of"]["values"]["50.0"]}}}
        self._same = same
        self._same_vector = self._vector(same)
        self._times: dict[str, list[float]] = {}

    def forget(self) -> None:
        """Start anew, warm."""
        self._times = {}

    def run(self, pictures: list[str]) -> None:
        """One turn for each picture."""
        for turn, picture in enumerate(pictures):
            vector = self._vector(picture)
            requests: list[Callable[[], list[Any]]] = [
                partial(self._search, "bare", "knn", vector=vector),
                partial(self._new, picture),
                partial(self._search, "bare, same", "knn", vector=self._same_vector),
                partial(self._search, "same picture", "lookalike", image=self._same),
            ]
            answers: dict[int, list[Any]] = {}
            for place in range(len(requests)):
                which = (turn + place) % len(requests)
                answers[which] = requests[which]()
            if answers[0] != answers[1] or answers[2] != answers[3]:
                sys.exit(f"Error: lookalike and knn answer differently:\n{answers}")

    def report(self) -> None:
        """Print a row a kind, and what was asked for."""
        print("| milliseconds | p50 | p95 |\n|---|---|---|")
        bare = self._row("bare `knn`", "bare")
        work = self._row("decode + embed, in the node", "decode + embed")
        self._row("queue, in the node", "queue")
        new = self._row("`lookalike`, new picture", "new picture")
        same = self._row("bare `knn`, same vector", "bare, same")
        again = self._row("`lookalike`, same picture", "same picture")
        print()
        self._bound("a new picture at most bare + 1.3 (decode + embed)", new, bare + SHARE * work)
        self._bound("the same picture at most bare + 1 ms", again, same + REPEATED)

    def _new(self, picture: str) -> list[Any]:
        before = self._connection.stats()["latency_ms"]
        hits = self._search("new picture", "lookalike", image=picture)
        after = self._connection.stats()["latency_ms"]
        spent = {stage: after[stage]["total"] - before[stage]["total"] for stage in after}
        if after["embed"]["count"] - before["embed"]["count"] != 1:
            sys.exit("Error: somebody else uses the node, or its cache knew the picture")
        self._times.setdefault("decode + embed", []).append(spent["decode"] + spent["embed"])
        self._times.setdefault("queue", []).append(spent["queue"])
        return hits

    def _search(self, kind: str, clause: str, **parameters: Any) -> list[Any]:
        query = {clause: {"embedding": {**parameters, "k": K, "filter": self.filter}}}
        body = json.dumps({"size": K, "_source": False, "query": query}).encode()
        milliseconds, answer = self._connection.search(INDEX, body)
        self._times.setdefault(kind, []).append(milliseconds)
        return [(hit["_id"], hit["_score"]) for hit in json.loads(answer)["hits"]["hits"]]

    def _vector(self, picture: str) -> list[float]:
        embedding: list[float] = self._connection.ask("POST", "/_plugins/_lookalike/embed", {"image": picture})[
            "embedding"
        ]
        return embedding

    def _row(self, title: str, kind: str) -> Any:
        times = np.percentile(self._times[kind], [50, 95])
        print(f"| {title} | {times[0]:.2f} | {times[1]:.2f} |")
        return times

    @staticmethod
    def _bound(text: str, times: Any, most: Any) -> None:
        for name, value, limit in zip(("p50", "p95"), times, most, strict=True):
            print(bound(f"{text}, {name}", f"{value:.2f} of {limit:.2f} ms", value <= limit))


_MEDIAN = {"percentiles": {"field": "bytes", "percents": [50]}}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--warm-up", type=int, default=500)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
