"""Searches by picture from many clients at once, and for long: `python -m benchmarks.plugin_load FOLDER`.

In turns of some seconds, one client of text searches works alone, and beside clients that search by picture as fast as
they are answered. The picture clients are a process of their own and share the node's cores, so what they use is
printed as well; where other work leaves the node less than a core, all share that one, and the ratio says little.
After that pictures are asked until `--queries` are answered, and the node's memory is looked at after collections.
Every answer is checked: 429, or 200 with the hits that the same picture had before the load; no two requests are the
same, so that the cache fills and spills. Needs a node (`lookalike up`) on this machine; the index is made for this and
deleted.
"""

import argparse
import json
import multiprocessing
import statistics
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException
from itertools import pairwise
from multiprocessing.context import SpawnContext
from pathlib import Path
from typing import Any

from benchmarks.node_process import Memory, NodeProcess
from benchmarks.plugin_index import Connection, filled_index, query_pictures
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import LookalikeError

INDEX = "lookalike-benchmark-load"
PICTURES = 400
LEAST_SHARE = 0.5
TURNS = 6
SAMPLE_SECONDS = 5.0
MEGABYTE = 1 << 20


@dataclass
class Tally:
    """What became of requests: answers by status, 200s with other hits than expected, requests without an answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: int = 0
    lost: int = 0
    processor_seconds: float = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Both together."""
        spent = self.processor_seconds + other.processor_seconds
        return Tally(self.statuses + other.statuses, self.wrong + other.wrong, self.lost + other.lost, spent)

    def __str__(self) -> str:
        """In one line."""
        answers = ", ".join(f"{count} answers {status}" for status, count in sorted(self.statuses.items()))
        return f"{answers}; {self.wrong} wrong, {self.lost} lost"

    def is_good(self) -> bool:
        """Whether nothing but right answers and rejections came."""
        return self.statuses[200] > 0 and self.statuses.keys() <= {200, 429} and self.wrong == self.lost == 0


@dataclass(frozen=True)
class Question:
    """A request around a picture, and the ids of its hits, best first."""

    head: bytes
    picture: bytes
    tail: bytes
    ids: list[str]

    def body(self, number: int) -> bytes:
        """The request, unlike that of every other number: a space somewhere in the base64 changes nothing."""
        at = number % len(self.picture)
        return b"".join((self.head, self.picture[:at], b" ", self.picture[at:], self.tail))


def main() -> None:
    """Print what became of every request, both rates of text searches, and the memory; exit code 1 if a bound broke."""
    arguments = _arguments()
    with filled_index(INDEX, arguments.folder) as settings:
        connection = Connection(settings)
        connection.forget_pictures()
        node = NodeProcess(lambda path: connection.ask("GET", path))
        questions = _questions(connection, arguments.folder)
        good = _crowd(arguments, settings, node, questions)
        connection.forget_pictures()  # the second crowd counts from the same number
        good = _endurance(arguments, settings, node, questions) and good
        if not node.is_the_same():
            sys.exit("Error: the node has been restarted")
        connection.close()
    sys.exit(0 if good else 1)


def _questions(connection: Connection, folder: Path) -> list[Question]:
    questions, first = [], 0
    for own, picture in query_pictures(folder, PICTURES):
        vector = connection.ask("POST", "/_plugins/_lookalike/embed", {"image": picture})["embedding"]
        found = connection.ask("POST", f"/{INDEX}/_search", _search({"knn": {"embedding": {"vector": vector, "k": 5}}}))
        head, tail = json.dumps(_search({"lookalike": {"embedding": {"image": "PICTURE", "k": 5}}})).split("PICTURE")
        ids = _ids(found)
        first += ids[0] == own
        questions.append(Question(head.encode(), picture.encode(), tail.encode(), ids))
    print(f"{PICTURES} pictures at 640 x 480; {first} of them find their own original first")
    return questions


def _crowd(
    arguments: argparse.Namespace, settings: ConnectionSettings, node: NodeProcess, questions: list[Question]
) -> bool:
    """Text searches alone and beside pictures, in turns, because other work on the machine comes and goes."""
    text = TextClient(settings)
    crowd = Crowd(settings, questions, arguments.clients)
    crowd.start()
    turn = arguments.seconds / TURNS
    alone, beside, spent = [text.rate(turn / 2)], [], 0.0
    for _ in range(TURNS):
        spent -= node.processor_seconds()
        crowd.go_on()
        beside.append(text.rate(turn))
        crowd.pause()
        spent += node.processor_seconds()
        time.sleep(1)  # for those who still wait for an answer
        alone.append(text.rate(turn / 2))
    tally = crowd.finish()
    shares = [rate / statistics.mean(around) for rate, around in zip(beside, pairwise(alone), strict=True)]
    pictures, clients = tally.statuses[200] / arguments.seconds, tally.processor_seconds / arguments.seconds
    print(f"{arguments.clients} clients for {arguments.seconds:.0f} s: {tally}")
    print(
        f"  {pictures:.0f} pictures a second; cores used: {spent / arguments.seconds:.2f} node, {clients:.2f} clients"
    )
    print(f"  text searches: {statistics.median(alone):.0f} a second alone, {statistics.median(beside):.0f} beside;")
    print(f"  {statistics.median(shares):.2f} of it in the median of turns ({min(shares):.2f} to {max(shares):.2f})")
    return tally.is_good() and statistics.median(shares) >= LEAST_SHARE


def _endurance(
    arguments: argparse.Namespace, settings: ConnectionSettings, node: NodeProcess, questions: list[Question]
) -> bool:
    """Many queries, a look at the memory every few seconds."""
    crowd = Crowd(settings, questions, arguments.steady_clients, arguments.queries)
    began = time.perf_counter()
    crowd.start()
    crowd.go_on()
    samples: list[Memory] = []
    while crowd.is_alive():
        time.sleep(SAMPLE_SECONDS)
        samples.append(node.memory())
    tally = crowd.finish()
    seconds = time.perf_counter() - began
    print(f"{arguments.steady_clients} clients, {seconds:.0f} s: {tally}")
    held = node.memory().reserved
    print(f"  {held} bytes reserved for pictures at the end")
    flat = [_quarters("heap after a collection", [sample.heap for sample in samples])]
    flat.append(_quarters("resident memory", [sample.resident for sample in samples]))
    return tally.is_good() and held == 0 and all(flat)


def _quarters(title: str, values: list[int]) -> bool:
    quarter = max(1, len(values) // 4)
    first, last = (statistics.median(part) / MEGABYTE for part in (values[:quarter], values[-quarter:]))
    print(f"  {title}: {first:.0f} MB in the first quarter, {last:.0f} MB in the last ({len(values)} samples)")
    return last <= first * 1.05 + 10


class Crowd:
    """Clients that search by picture, in a process of their own, until they are stopped or have asked enough."""

    def __init__(
        self, settings: ConnectionSettings, questions: list[Question], clients: int, queries: int = sys.maxsize
    ) -> None:
        context: SpawnContext = multiprocessing.get_context("spawn")
        self._signals = Signals(context.Event(), context.Event(), context.Event())
        self._results: Any = context.SimpleQueue()
        work = (settings, questions, clients, queries, self._signals, self._results)
        self._process = context.Process(target=_serve_crowd, args=work, daemon=True)

    def start(self) -> None:
        """Returns when the process is there; its clients wait."""
        self._process.start()
        self._signals.ready.wait()

    def go_on(self) -> None:
        """Let the clients ask."""
        self._signals.go.set()

    def pause(self) -> None:
        """Let the clients wait before their next request."""
        self._signals.go.clear()

    def is_alive(self) -> bool:
        """Whether they have asked less than enough."""
        return self._process.is_alive() and self._results.empty()

    def finish(self) -> Tally:
        """What became of the requests, all of which are answered by then."""
        if self.is_alive():
            self._signals.stop.set()
            self._signals.go.set()
        tally: Tally = self._results.get()
        self._process.join()
        return tally


@dataclass(frozen=True)
class Signals:
    """Events between processes."""

    ready: Any
    go: Any
    stop: Any


def _serve_crowd(
    settings: ConnectionSettings,
    questions: list[Question],
    clients: int,
    queries: int,
    signals: Signals,
    results: Any,
) -> None:
    numbers = iter(range(queries))
    lock = threading.Lock()
    tallies = [Tally() for _ in range(clients)]

    def next_number() -> int | None:
        signals.go.wait()
        with lock:
            return None if signals.stop.is_set() else next(numbers, None)

    def work(tally: Tally) -> None:
        connection = Connection(settings)
        while (number := next_number()) is not None:
            question = questions[number % len(questions)]
            try:
                status, answer = connection.send("POST", f"/{INDEX}/_search", question.body(number))
            except (OSError, HTTPException):
                tally.lost += 1
                connection = Connection(settings)
                continue
            tally.statuses[status] += 1
            if status == 200 and _ids(json.loads(answer)) != question.ids:
                tally.wrong += 1
        connection.close()

    began = time.process_time()
    threads = [threading.Thread(target=work, args=(tally,)) for tally in tallies]
    for thread in threads:
        thread.start()
    signals.ready.set()
    for thread in threads:
        thread.join()
    results.put(sum(tallies, Tally(processor_seconds=time.process_time() - began)))


class TextClient:
    """One client that searches words as fast as it is answered."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._connection = Connection(settings)
        words = self._connection.ask("POST", f"/{INDEX}/_search", _FOLDERS)["aggregations"]["of"]["buckets"]
        queries = [{"match": {"metadata.folder.text": word["key"]}} for word in words]
        self._bodies = [json.dumps(_search(query)).encode() for query in queries]

    def rate(self, seconds: float) -> float:
        """Answers a second; ends the program at one that is no success or finds nothing."""
        count, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < seconds:
            status, answer = self._connection.send("POST", f"/{INDEX}/_search", self._bodies[count % len(self._bodies)])
            if status != 200 or not json.loads(answer)["hits"]["hits"]:
                sys.exit(f"Error: a text search answered {status}: {answer[:500].decode(errors='replace')}")
            count += 1
        return count / spent


_FOLDERS = {"size": 0, "aggs": {"of": {"terms": {"field": "metadata.folder", "size": 100}}}}


def _search(query: dict[str, Any]) -> dict[str, Any]:
    return {"size": 5, "_source": False, "query": query}


def _ids(answer: dict[str, Any]) -> list[str]:
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--steady-clients", type=int, default=4)
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")
