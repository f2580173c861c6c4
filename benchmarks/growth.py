"""How an index behaves as it grows: `python -m benchmarks.growth FOLDER… [--sizes 10000 100000 1000000]`.

Vectors are embeddings of the folders' pictures, and noise (see `noisy_vectors.py`), in documents as ingest writes them,
without thumbnails, in an index of one shard for each variant and size. Told are time to load them through one
connection and to merge them into one segment, bytes on disk, memory of the node after a full collection, and k-NN
searches with vectors that are not in the index: recall of the 10 and the 100 nearest against comparing all vectors
as floats, and milliseconds of one client and of eight, all with filters that keep all documents, 10, 1 and 0.1 %;
before and after the merge. The indices of a variant are asked in turns, so that what else the machine does slows all
sizes alike. "Exact" compares all vectors inside OpenSearch; beside it stands how long reading them takes at
the least, at the rate that memory is read.

Each variant that has been measured is kept in `build/growth` until the tables are printed, so that the same command
goes on where it was stopped. Heap, disk and processor are the local node's (`lookalike up --heap 2g`), which is needed
and should hold nothing else; the indices are deleted.
"""

import argparse
import hashlib
import json
import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch

from benchmarks.conditions import conditions
from benchmarks.exact_search import exact_neighbours
from benchmarks.growth_report import plot, report
from benchmarks.index_size import merge, size_of
from benchmarks.ingest_run import connection_settings, own_index
from benchmarks.knn_searches import Asked, ask, exact_request, knn_request
from benchmarks.node_process import NodeProcess
from benchmarks.noisy_vectors import NoisyVectors, Vectors, real_embeddings
from benchmarks.plugin_index import Connection
from benchmarks.program import run_program, tell_time
from benchmarks.vector_documents import DRAWN, NUMBERS, load, numbered
from lookalike.cluster.contract import ModelRecord
from lookalike.cluster.install import create_index
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.quantise import to_bytes
from lookalike.ingest.first_load import first_load
from lookalike.ingest.writer import BulkWriter

INDEX = "lookalike-benchmark-growth"
KEPT = Path("build/growth")
VARIANTS = ("float", "4x", "byte")
RESCORED = "4x"  # candidates found by few bits are compared anew by the floats
LIMITS = (NUMBERS, NUMBERS // 10, NUMBERS // 100, NUMBERS // 1000)
FEW, MANY = 10, 100  # answers
CLIENTS = 8
TURNS = 5
PART = 5  # of the questions one is asked for MANY, too
FEWEST = TURNS * PART  # so that there is one in each turn
CANDIDATES = (100, 256)  # ef_search: k-NN's default, and half that of the mappings
EXACT = 20  # searches that compare all vectors
# Seconds after which OpenSearch keeps no second copy of what was written, for replicas that might want it; twice
# index.soft_deletes.retention_lease.sync_interval.
SYNCHRONISED = 60


@dataclass(frozen=True)
class Questions:
    """Vectors to ask with `[N, D]`, and for each of LIMITS the rows of the right answers, `[N, MANY]`."""

    vectors: Vectors
    right: Sequence[Any]


def main() -> None:
    """Measure what is not kept and print the tables."""
    arguments = _arguments()
    settings = connection_settings()
    kept = {variant: _kept(arguments, variant) for variant in arguments.variants}
    missing = [variant for variant, file in kept.items() if not file.is_file()]
    if missing:
        KEPT.mkdir(parents=True, exist_ok=True)
        tell_time("embedding the pictures")
        real = real_embeddings(arguments.folders)
        questions = {size: _questions(NoisyVectors(real, size), arguments.queries) for size in arguments.sizes}
        for variant in missing:
            kept[variant].write_text(json.dumps(_measure(settings, variant, real, questions)))
    found = [json.loads(file.read_text()) for file in kept.values()]
    print(report(found))
    if arguments.plot:
        plot(found, arguments.plot)
    for file in kept.values():
        file.unlink()


def _kept(arguments: argparse.Namespace, variant: str) -> Path:
    """Where what was measured of a variant is kept, by all that it depends on."""
    of = [str(folder.resolve()) for folder in arguments.folders], arguments.sizes, arguments.queries
    return KEPT / f"{variant}-{hashlib.sha256(json.dumps(of).encode()).hexdigest()[:12]}.json"


def _questions(vectors: NoisyVectors, count: int) -> Questions:
    tell_time(f"{vectors.count:,}: comparing all vectors")
    queries = vectors.others(count)
    return Questions(queries, exact_neighbours(numbered(vectors.portions()), queries, MANY, LIMITS))


def _measure(
    settings: ConnectionSettings, variant: str, real: Vectors, questions: dict[int, Questions]
) -> dict[str, Any]:
    """Everything of one variant, as JSON."""
    with ExitStack() as stack:
        indices = {size: f"{INDEX}-{variant}-{size}" for size in questions}
        client, *_ = [stack.enter_context(own_index(index, settings)) for index in indices.values()]
        connection = stack.enter_context(closing(Connection(settings)))
        node = NodeProcess(lambda path: connection.ask("GET", path))
        found: dict[str, Any] = {"variant": variant, "conditions": conditions(client), "sizes": {}}
        for size, index in indices.items():
            before = node.memory()
            seconds = _load(client, settings, variant, index, NoisyVectors(real, size))
            found["sizes"][size] = {
                "load": seconds,
                "loaded size": asdict(size_of(client, index)),
                "memory": [asdict(before), asdict(node.memory())],
            }
        asked = {size: _asked(variant, questions[size]) for size in indices}
        loaded = _ask_in_turns(settings, indices, asked)
        time.sleep(SYNCHRONISED)
        for size, index in indices.items():
            tell_time(f"{variant}: merging {size:,}")
            client.indices.flush(index=index, params={"force": "true", "request_timeout": 600})
            began = time.perf_counter()
            merge(client, index)
            found["sizes"][size]["merge"] = time.perf_counter() - began
            found["sizes"][size]["merged size"] = asdict(size_of(client, index))
        merged = _ask_in_turns(settings, indices, asked)
        for size in indices:
            found["sizes"][size]["memory"].append(asdict(node.memory()))
            found["sizes"][size]["as loaded"], found["sizes"][size]["merged"] = loaded[size], merged[size]
    return found


def _load(client: OpenSearch, settings: ConnectionSettings, variant: str, index: str, vectors: NoisyVectors) -> float:
    contract, is_new = create_index(client, index, ModelRecord(DRAWN, "0" * 64), vectors.dimension, variant)
    seconds = 0.0
    with first_load(client, settings, index, is_new):
        writer = BulkWriter(client, settings, index)
        for row, seconds in load(writer, numbered(vectors.portions()), contract.data_type == "byte"):
            tell_time(f"{variant}: {row:,} of {vectors.count:,} loaded after {seconds:.0f} s")
    return seconds


def _asked(variant: str, questions: Questions) -> dict[str, tuple[int, Asked]]:
    """Name of each way to ask, the number of clients, and what is asked."""
    vectors = (to_bytes(questions.vectors) if variant == "byte" else questions.vectors).tolist()
    ways: dict[str, tuple[int, Asked]] = {}
    for limit, right in zip(LIMITS, questions.right, strict=True):
        share = f"{100 * limit / NUMBERS:g} %"
        few = Asked([knn_request(vector, FEW, limit) for vector in vectors], right[:, :FEW])
        ways[f"{share}, {FEW}, 1"] = 1, few
        ways[f"{share}, {FEW}, {CLIENTS}"] = CLIENTS, few
        several = vectors[: len(vectors) // PART]
        ways[f"{share}, {MANY}, 1"] = 1, Asked([knn_request(vector, MANY, limit) for vector in several], right)
    for candidates in CANDIDATES:
        effort = {"method_parameters": {"ef_search": candidates}}
        others = [knn_request(vector, FEW, NUMBERS, **effort) for vector in vectors]
        ways[f"ef_search {candidates}"] = 1, Asked(others, questions.right[0][:, :FEW])
    if variant == RESCORED:
        plain = [knn_request(vector, FEW, NUMBERS, rescore=False) for vector in vectors]
        ways["not rescored"] = 1, Asked(plain, questions.right[0][:, :FEW])
    if variant != "byte":
        ways["exact"] = (
            1,
            Asked([exact_request(vector, FEW) for vector in vectors[:EXACT]], questions.right[0][:, :FEW]),
        )
    return ways


def _ask_in_turns(
    settings: ConnectionSettings, indices: dict[int, str], asked: dict[int, dict[str, tuple[int, Asked]]]
) -> dict[int, dict[str, Any]]:
    """What each index answered in each way; the indices take turns, after some searches that are not counted."""
    found: dict[int, dict[str, Any]] = {size: {} for size in indices}
    for way in next(iter(asked.values())):
        for size, index in indices.items():
            clients, questions = asked[size][way]
            ask(settings, index, questions.part(0, TURNS), clients)
        for turn in range(TURNS):
            for size, index in indices.items():
                clients, questions = asked[size][way]
                answered = ask(settings, index, questions.part(turn, TURNS), clients)
                found[size].setdefault(way, []).append(asdict(answered))
        tell_time(f"asked: {way}")
    return found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--plot", type=Path, help="PNG of the latencies and recalls")
    arguments = parser.parse_args()
    if arguments.queries < FEWEST:
        parser.error(f"--queries: expected at least {FEWEST}, found {arguments.queries}")
    return arguments


if __name__ == "__main__":
    run_program(main)
