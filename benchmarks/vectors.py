"""What vectors cost in OpenSearch, by variant of the index: `python -m benchmarks.vectors [--vectors 200000]`.

Vectors of 256 numbers, drawn (see `clustered_vectors.py`), in documents as ingest writes them, without thumbnails, into
an index of one shard for each variant: time to load them through one connection, to merge them into one segment,
bytes on disk, memory of the node after a full collection, and one client's k-NN searches (k = 10) with vectors that are
not in the index, before and after the merge. Recall is the share of the exact ten nearest by cosine of the float
vectors. Those of the variant 4x are quantised to find candidates, which OpenSearch then compares by the floats on disk;
it is asked without that, too (`"rescore": false`). "Resident" counts files mapped into memory, and so the index as far
as it has been read.

The heap, the disk and the processor are the local node's (`lookalike up --heap …`), which is needed and should hold
nothing else; the indices are deleted.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.clustered_vectors import ClusteredVectors, exact_neighbours
from benchmarks.conditions import conditions
from benchmarks.index_size import IndexSize, merge, size_of
from benchmarks.ingest_run import connection_settings, own_index
from benchmarks.node_process import Memory, NodeProcess
from benchmarks.plugin_index import Connection
from lookalike.cluster.contract import ModelRecord
from lookalike.cluster.install import create_index
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.quantise import to_bytes
from lookalike.errors import LookalikeError
from lookalike.ingest.first_load import first_load
from lookalike.ingest.item import item_id
from lookalike.ingest.writer import BulkWriter

INDEX = "lookalike-benchmark-vectors"
DIMENSION, K = 256, 10
VARIANTS = ("float", "4x", "byte")
RESCORING = {"4x"}  # the variants that compare candidates anew
BULK = 500  # documents a request
WARM_UP = 100
# Seconds after which OpenSearch keeps no second copy of what was written, for replicas that might want it; twice
# index.soft_deletes.retention_lease.sync_interval.
SYNCHRONISED = 60
MEGABYTE = 1_000_000

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Answers:
    """How good and how fast searches were: share of the exact ten, and milliseconds."""

    recall: float
    median: float
    slow: float

    def __str__(self) -> str:
        """For the table."""
        return f"{self.recall:.3f}, {self.median:.1f} / {self.slow:.1f} ms"


@dataclass(frozen=True)
class Cost:
    """What one variant took; memory is before loading, after it, and after all searches of the merged index."""

    variant: str
    load: float
    merge: float
    loaded: IndexSize
    merged: IndexSize
    memory: Sequence[Memory]
    answers: dict[str, tuple[Answers, Answers]]


class Questions:
    """Vectors to ask with, and what the right answers are."""

    def __init__(self, vectors: ClusteredVectors, count: int) -> None:
        self._queries = vectors.others(count + WARM_UP)
        rows = exact_neighbours(vectors.portions(), self._queries, K)
        self._right = [{vector_id(row) for row in some} for some in rows]

    def ask(self, settings: ConnectionSettings, index: str, as_bytes: bool, **parameters: Any) -> Answers:
        """One after the other; the first ones are not counted."""
        vectors = to_bytes(self._queries) if as_bytes else self._queries
        connection = Connection(settings)
        times, found = [], []
        for vector, right in zip(vectors, self._right, strict=True):
            clause = {"knn": {"embedding": {"vector": vector.tolist(), "k": K, **parameters}}}
            body = json.dumps({"size": K, "_source": False, "query": clause}).encode()
            began = time.perf_counter()
            status, answer = connection.send("POST", f"/{index}/_search", body)
            times.append((time.perf_counter() - began) * 1000)
            if status != 200:
                sys.exit(f"Error: a search answered {status}: {answer[:500].decode(errors='replace')}")
            found.append(len(right & {hit["_id"] for hit in json.loads(answer)["hits"]["hits"]}) / K)
        connection.close()
        median, slow = np.percentile(times[WARM_UP:], [50, 95])
        return Answers(float(np.mean(found[WARM_UP:])), float(median), float(slow))


def main() -> None:
    """Measure the variants and print a table of them."""
    arguments = _arguments()
    settings = connection_settings()
    vectors = ClusteredVectors(arguments.vectors, DIMENSION, seed=arguments.seed)
    _tell("finding the exact neighbours")
    questions = Questions(vectors, arguments.queries)
    costs = []
    for variant in arguments.variants:
        with own_index(INDEX, settings) as client:
            circumstances = conditions(client)
            costs.append(_measure(client, settings, variant, vectors, questions))
    print(circumstances)
    print(f"{arguments.vectors:,} vectors of {DIMENSION} numbers, one shard; {arguments.queries} searches, k = {K}\n")
    print("| | " + " | ".join(cost.variant for cost in costs) + " |")
    print("|---" * (len(costs) + 1) + "|")
    for title, values in _rows(costs, arguments.vectors):
        print(f"| {title} | " + " | ".join(values) + " |")


def _measure(
    client: Any, settings: ConnectionSettings, variant: str, vectors: ClusteredVectors, questions: Questions
) -> Cost:
    connection = Connection(settings)
    node = NodeProcess(lambda path: connection.ask("GET", path))
    memory = [node.memory()]
    contract, is_new = create_index(client, INDEX, ModelRecord("drawn", "0" * 64), DIMENSION, variant)
    writer = BulkWriter(client, settings, INDEX)
    as_bytes = contract.data_type == "byte"
    seconds = 0.0
    with first_load(client, settings, INDEX, is_new):
        row = 0
        for portion in vectors.portions():
            stored = to_bytes(portion) if as_bytes else portion
            for start in range(0, len(stored), BULK):
                documents = {
                    vector_id(number): vector_document(number, vector)
                    for number, vector in _numbered(stored, start, row)
                }
                began = time.perf_counter()
                refused = writer.write(documents)
                seconds += time.perf_counter() - began
                if refused:
                    sys.exit(f"Error: OpenSearch refused {len(refused)} documents: {next(iter(refused.values()))}")
            row += len(portion)
            _tell(f"{variant}: {row:,} of {vectors.count:,} loaded after {seconds:.0f} s")
        began = time.perf_counter()
        writer.refresh()
        seconds += time.perf_counter() - began
    loaded = size_of(client, INDEX)
    if loaded.documents != vectors.count:
        sys.exit(f"Error: the index holds {loaded.documents} documents, expected {vectors.count}")
    memory.append(node.memory())
    ways: dict[str, dict[str, Any]] = {"": {}}
    if variant in RESCORING:
        ways["not rescored"] = {"rescore": False}
    before = {way: questions.ask(settings, INDEX, as_bytes, **parameters) for way, parameters in ways.items()}
    _tell(f"{variant}: merging")
    time.sleep(SYNCHRONISED)
    client.indices.flush(index=INDEX, params={"force": "true"})
    began = time.perf_counter()
    merge(client, INDEX)
    merging = time.perf_counter() - began
    after = {way: questions.ask(settings, INDEX, as_bytes, **parameters) for way, parameters in ways.items()}
    memory.append(node.memory())
    connection.close()
    answers = {way: (before[way], after[way]) for way in ways}
    return Cost(variant, seconds, merging, loaded, size_of(client, INDEX), memory, answers)


def _rows(costs: list[Cost], count: int) -> list[tuple[str, list[str]]]:
    def row(title: str, value: Any) -> tuple[str, list[str]]:
        return title, [value(cost) for cost in costs]

    def grown(cost: Cost, part: str) -> str:
        first, *later = [getattr(memory, part) for memory in cost.memory]
        return " / ".join(f"{(value - first) / MEGABYTE:+.1f}" for value in later) + f" (from {first / MEGABYTE:.1f})"

    rows = [
        row("load, s", lambda cost: f"{cost.load:.0f}"),
        row("vectors/s", lambda cost: f"{count / cost.load:.0f}"),
        row("segments as loaded", lambda cost: str(cost.loaded.segments)),
        row("merge into one, s", lambda cost: f"{cost.merge:.0f}"),
        row("bytes a document on disk, merged", lambda cost: f"{cost.merged.store / count:,.0f}"),
        row("of them vector and graph", lambda cost: f"{cost.merged.vectors / count:,.0f}"),
        row("heap, MB: loaded / merged and searched", lambda cost: grown(cost, "heap")),
        row("resident, MB: loaded / merged and searched", lambda cost: grown(cost, "resident")),
    ]
    for way in dict.fromkeys(way for cost in costs for way in cost.answers):
        for number, state in enumerate(("as loaded", "merged")):
            title = f"recall@{K}, p50 / p95, {state}" + (f", {way}" if way else "")
            rows.append(row(title, lambda cost, way=way, number=number: _shown(cost, way, number)))
    return rows


def _shown(cost: Cost, way: str, number: int) -> str:
    return str(cost.answers[way][number]) if way in cost.answers else ""


def _numbered(portion: NDArray[Any], start: int, row: int) -> list[tuple[int, NDArray[Any]]]:
    return [(row + start + place, vector) for place, vector in enumerate(portion[start : start + BULK])]


def vector_id(number: int) -> str:
    """Of the document of a drawn vector."""
    return item_id(_uri(number))


def _uri(number: int) -> str:
    return f"file:///pictures/{number // 1000:04}/{number:07}.jpg"


def vector_document(number: int, vector: NDArray[Any]) -> dict[str, Any]:
    """A document as ingest writes it, less the thumbnail."""
    return {
        "content_sha256": vector_id(number) + "0" * 24,
        "image_url": _uri(number),
        "model": "drawn@" + "0" * 12,
        "metadata": {"filename": f"{number:07}.jpg", "folder": f"{number // 1000:04}"},
        "bytes": 10_000 + number,
        "width": 400,
        "height": 300,
        "format": "JPEG",
        "ingested_at": "2025-01-01T00:00:00+00:00",
        "embedding": vector,
    }


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=int, default=200_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")
