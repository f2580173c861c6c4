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
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.node_process import Memory, NodeProcess
from benchmarks.plugin_crowd import Crowd, Question, ids_of
from benchmarks.plugin_index import Connection, filled_index, query_pictures
from benchmarks.program import run_program
from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings

INDEX = "lookalike-benchmark-load"
LEAST_SHARE = 0.5
TURNS = 6
SAMPLE_SECONDS = 5.0
MEGABYTE = 1 << 20


def main() -> None:
    """Print what became of every request, both rates of text searches, and the memory; exit code 1 if an answer was
    wrong or lost."""
    arguments = _arguments()
    with filled_index(INDEX, arguments.folder) as settings:
        connection = Connection(settings)
        connection.forget_pictures()
        print(conditions(connect(settings)), end="\n\n", flush=True)
        node = NodeProcess(lambda path: connection.ask("GET", path))
        questions = _questions(connection, arguments.folder, arguments.pictures)
        bounds = _crowd(arguments, settings, node, questions)
        connection.forget_pictures()  # the second crowd counts from the same number
        bounds += _endurance(arguments, settings, node, questions)
        if not node.is_the_same():
            sys.exit("Error: the node has been restarted")
        connection.close()
    print()
    for line in bounds:
        print(line)


def _questions(connection: Connection, folder: Path, pictures: int) -> list[Question]:
    questions, first = [], 0
    for own, picture in query_pictures(folder, pictures):
        vector = connection.ask("POST", "/_plugins/_lookalike/embed", {"image": picture})["embedding"]
        found = connection.ask("POST", f"/{INDEX}/_search", _search({"knn": {"embedding": {"vector": vector, "k": 5}}}))
        head, tail = json.dumps(_search({"lookalike": {"embedding": {"image": "PICTURE", "k": 5}}})).split("PICTURE")
        ids = ids_of(found)
        first += ids[0] == own
        questions.append(Question(f"/{INDEX}/_search", head.encode(), picture.encode(), tail.encode(), ids))
    print(f"| {pictures} pictures at 640 x 480 | |\n|---|---|")
    _row("find their own original first", f"{first}")
    return questions


def _crowd(
    arguments: argparse.Namespace, settings: ConnectionSettings, node: NodeProcess, questions: list[Question]
) -> list[str]:
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
    _row(f"{arguments.clients} clients for {arguments.seconds:.0f} s", tally)
    _row("pictures a second", f"{pictures:.0f}")
    _row("cores used: node / clients", f"{spent / arguments.seconds:.2f} / {clients:.2f}")
    _row("text searches a second: alone / beside", f"{statistics.median(alone):.0f} / {statistics.median(beside):.0f}")
    share = statistics.median(shares)
    _row("share that is left of them, median of turns", f"{share:.2f} ({min(shares):.2f} to {max(shares):.2f})")
    tally.require_good()
    text_searches = f"text searches beside {arguments.clients} clients keep at least {LEAST_SHARE} of their rate"
    return [bound(text_searches, f"{share:.2f}", share >= LEAST_SHARE)]


def _endurance(
    arguments: argparse.Namespace, settings: ConnectionSettings, node: NodeProcess, questions: list[Question]
) -> list[str]:
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
    _row(f"{arguments.steady_clients} clients for {seconds:.0f} s", tally)
    held = node.memory().reserved
    _row("bytes reserved for pictures at the end", held)
    tally.require_good()
    if held:
        sys.exit(f"Error: {held} bytes are reserved for pictures though none is searched by")
    return [
        bound("every answer is right, or a rejection", f"{tally.statuses.total():,} answers", True),
        _flat("heap after collections", [sample.heap for sample in samples]),
        _flat("resident memory of the node", [sample.resident for sample in samples]),
    ]


def _flat(title: str, values: list[int]) -> str:
    """The bound on what was held in the last quarter of samples, beside the first."""
    quarter = max(1, len(values) // 4)
    first, last = (statistics.median(part) / MEGABYTE for part in (values[:quarter], values[-quarter:]))
    _row(f"{title}: first / last quarter of {len(values)} samples", f"{first:.0f} / {last:.0f} MB")
    return bound(
        f"{title} in the last quarter at most 1.05 times the first and 10 MB",
        f"{first:.0f} and {last:.0f} MB",
        last <= first * 1.05 + 10,
    )


def _row(title: str, value: object) -> None:
    print(f"| {title} | {value} |", flush=True)


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


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=400, help="to ask with")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--queries", type=int, default=20_000)
    parser.add_argument("--steady-clients", type=int, default=4)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
