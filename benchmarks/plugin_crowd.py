"""Clients that search by picture all at once, in a process of their own, and what became of their requests."""

import json
import multiprocessing
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPException
from multiprocessing.context import SpawnContext
from typing import Any

from benchmarks.plugin_index import Connection
from lookalike.cluster.settings import ConnectionSettings

__all__ = ["Crowd", "Question", "Tally", "ids_of"]


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

    def require_good(self) -> None:
        """End the program unless nothing but right answers and rejections came."""
        if not (self.statuses[200] > 0 and self.statuses.keys() <= {200, 429} and self.wrong == self.lost == 0):
            sys.exit(f"Error: expected right answers and rejections alone, found {self}")


@dataclass(frozen=True)
class Question:
    """A request around a picture to the `path` of an index, and the ids of its hits, best first."""

    path: str
    head: bytes
    picture: bytes
    tail: bytes
    ids: list[str]

    def body(self, number: int) -> bytes:
        """The request, unlike that of every other number: a space somewhere in the base64 changes nothing."""
        at = number % len(self.picture)
        return b"".join((self.head, self.picture[:at], b" ", self.picture[at:], self.tail))


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
                status, answer = connection.send("POST", question.path, question.body(number))
            except (OSError, HTTPException):
                tally.lost += 1
                connection = Connection(settings)
                continue
            tally.statuses[status] += 1
            if status == 200 and ids_of(json.loads(answer)) != question.ids:
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


def ids_of(answer: dict[str, Any]) -> list[str]:
    """Of the hits, best first."""
    return [hit["_id"] for hit in answer["hits"]["hits"]]
