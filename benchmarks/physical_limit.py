"""What the machine would allow, and how much of it is reached: `python -m benchmarks.physical_limit FOLDER`.

In one run, on the same processors:

- the FOLDER's pictures decoded, embedded, and both, with nothing around it, by one thread and by one for each core;
  between these measurements `lookalike ingest` with a thread for each core, the node on the same cores;
- searches by a picture that the node has not seen, in turns with bare `knn` and with decoding and embedding that
  picture here by one thread, as the node does. The limit is the sum of the latter two;
- drawn vectors (see `clustered_vectors.py`) in an index of one segment, which one thread of the node searches: exactly
  (`script_score` with k-NN's `knn_score`) and by their graph. No exact search is faster than memory is read once from
  end to end (see `memory_bandwidth.py`). A graph reads few of the vectors, so that its share may be above 1. A request
  that matches no document shows what every request costs.

Needs a node (`lookalike up`); the indices are deleted.
"""

import argparse
import base64
import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.clustered_vectors import ClusteredVectors
from benchmarks.conditions import conditions
from benchmarks.embedding_alone import BATCH, decode_and_embed, decode_only, embed_only
from benchmarks.index_size import merge
from benchmarks.ingest_run import connection_settings, ingest, own_index, own_state
from benchmarks.knn_searches import exact_request, knn_request
from benchmarks.memory_bandwidth import bytes_a_second
from benchmarks.plugin_index import SIZE, Connection, query_pictures
from benchmarks.program import run_program, tell
from benchmarks.vector_documents import NUMBERS, load, numbered
from lookalike.cluster.contract import ModelRecord
from lookalike.cluster.install import create_index
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from lookalike.ingest.first_load import first_load
from lookalike.ingest.folders import list_images
from lookalike.ingest.writer import BulkWriter

INDEX = "lookalike-benchmark-limit"
DIMENSION, K = 256, 10
WARM_UP = 20
_FLOAT = 4  # bytes


@dataclass(frozen=True)
class Share:
    """A figure beside its limit, in the table's words; `reached` is 1 at the limit, and less below."""

    figure: str
    measured: str
    limit: str
    reached: float

    def row(self) -> str:
        """Of the table."""
        return f"| {self.figure} | {self.measured} | {self.limit} | {self.reached:.2f} |"


def main() -> None:
    """Print what the machine does alone, then the shares."""
    arguments = _arguments()
    settings = connection_settings()
    threads = sorted({1, usable_cores()})
    bandwidth = {count: bytes_a_second(count) for count in threads}
    with ExitStack() as stack:
        client = stack.enter_context(own_index(f"{INDEX}-pictures", settings))
        stack.enter_context(own_state())
        circumstances = conditions(client)
        rates, shares = _ingest(arguments, client, threads)
        shares.append(_by_picture(arguments, settings))
        shares += _vectors(arguments, settings, stack, bandwidth)
    print(circumstances, end="\n\n")
    print(f"{arguments.folder.name}, {arguments.vectors:,} vectors of {DIMENSION} floats\n")
    print("| alone | " + " | ".join(f"{count} thread{'s' * (count > 1)}" for count in threads) + " |")
    print("|---" * (len(threads) + 1) + "|")
    for name, values in rates.items():
        print(f"| {name}, images/s | " + " | ".join(f"{value:.0f}" for value in values) + " |")
    print("| memory read, GB/s | " + " | ".join(f"{bandwidth[count] / 1e9:.1f}" for count in threads) + " |")
    print("\n| | measured | limit | share of the limit |\n|---|---|---|---|")
    for share in shares:
        print(share.row())


def _ingest(
    arguments: argparse.Namespace, client: Any, threads: Sequence[int]
) -> tuple[dict[str, list[float]], list[Share]]:
    """Images a second alone, by number of threads, and ingest's share."""
    files = [file.path for file in list_images([str(arguments.folder)])]
    session = EncoderSession(find_artefact())
    session.load()
    seconds: dict[tuple[str, int], list[float]] = {}
    runs: list[float] = []
    for turn in range(arguments.rounds):
        for count in threads:
            decoding, batches = decode_only(session, files, count)
            seconds.setdefault(("decode", count), []).append(decoding)
            seconds.setdefault(("embed", count), []).append(embed_only(session, batches, count))
            seconds.setdefault(("decode + embed", count), []).append(decode_and_embed(session, files, count))
        client.indices.delete(index=f"{INDEX}-pictures", ignore_unavailable=True)
        options = ("--workers", str(threads[-1]), "--batch-size", str(BATCH))
        runs.append(ingest([arguments.folder], f"{INDEX}-pictures", *options, written=len(files)).seconds)
        tell(f"round {turn + 1}: ingest {runs[-1]:.1f} s, alone {seconds['decode + embed', threads[-1]][-1]:.1f} s")
    rates: dict[str, list[float]] = {}
    for (name, _), some in seconds.items():
        rates.setdefault(name, []).append(len(files) / statistics.median(some))
    reached, limit = len(files) / statistics.median(runs), rates["decode + embed"][-1]
    words = f"{limit:.0f} images/s: decode + embed alone, {threads[-1]} threads"
    return rates, [Share("ingest", f"{reached:.0f} images/s", words, reached / limit)]


def _by_picture(arguments: argparse.Namespace, settings: ConnectionSettings) -> Share:
    """A search by a new picture beside `knn` and embedding alone."""
    connection = Connection(settings)
    connection.forget_pictures()
    session = EncoderSession(find_artefact())
    times: list[tuple[float, float, float]] = []
    for _, picture in query_pictures(arguments.folder, arguments.requests + WARM_UP):
        vector = connection.ask("POST", "/_plugins/_lookalike/embed", {"image": picture})["embedding"]
        bare, _ = _search(connection, "pictures", knn_request(vector, K, NUMBERS))
        whole, _ = _search(connection, "pictures", _request({"lookalike": {"embedding": {"image": picture, "k": K}}}))
        began = time.perf_counter()
        session.embed(decode(base64.b64decode(picture), session.artefact.native_size).pixels[np.newaxis])
        times.append((whole, bare, (time.perf_counter() - began) * 1000))
    connection.close()
    whole, bare, alone = np.median(times[WARM_UP:], axis=0)
    limit = f"{bare + alone:.1f} ms: `knn` {bare:.1f}, decode + embed alone {alone:.1f}, 1 thread"
    name = f"search by a new picture, JPEG of {SIZE[0]} x {SIZE[1]}, p50"
    return Share(name, f"{whole:.1f} ms", limit, (bare + alone) / whole)


def _vectors(
    arguments: argparse.Namespace, settings: ConnectionSettings, stack: ExitStack, bandwidth: dict[int, float]
) -> Iterator[Share]:
    """Searches of vectors beside the reading of all of them once."""
    drawn = ClusteredVectors(arguments.vectors, DIMENSION)
    connection = stack.enter_context(_filled(settings, drawn))
    times, found = [], []
    for vector in drawn.others(arguments.requests + WARM_UP).tolist():
        exact, right = _search(connection, "vectors", exact_request(vector, K))
        graph, near = _search(connection, "vectors", knn_request(vector, K, NUMBERS))
        nothing, _ = _search(connection, "vectors", _request({"match_none": {}}), 0)
        times.append((exact, graph, nothing))
        found.append(len(right & near) / K)
    exact, graph, nothing = np.median(times[WARM_UP:], axis=0)
    least = arguments.vectors * DIMENSION * _FLOAT / bandwidth[1] * 1000
    limit = f"{least:.1f} ms: all vectors read once, 1 thread"
    yield Share(f"exact search of {arguments.vectors:,} vectors, p50", f"{exact:.1f} ms", limit, least / exact)
    by_graph = f"{graph:.1f} ms, of which {nothing:.1f} for any request; recall@{K} {np.mean(found):.3f}"
    yield Share("the same by their graph (HNSW), p50", by_graph, limit, least / graph)


@contextmanager
def _filled(settings: ConnectionSettings, drawn: ClusteredVectors) -> Iterator[Connection]:
    """While an index of the default variant holds the vectors in one segment."""
    index = f"{INDEX}-vectors"
    with own_index(index, settings) as client:
        _, is_new = create_index(client, index, ModelRecord("drawn", "0" * 64), DIMENSION)
        with first_load(client, settings, index, is_new):
            for row, _ in load(BulkWriter(client, settings, index), numbered(drawn.portions()), as_bytes=False):
                tell(f"{row:,} of {drawn.count:,} vectors loaded")
        merge(client, index)
        connection = Connection(settings)
        yield connection
        connection.close()


def _request(query: dict[str, Any]) -> bytes:
    return json.dumps({"size": K, "_source": False, "query": query}).encode()


def _search(connection: Connection, index: str, body: bytes, hits: int = K) -> tuple[float, set[str]]:
    """Milliseconds and the ids found; ends the program unless there are so many."""
    milliseconds, answer = connection.search(f"{INDEX}-{index}", body)
    found = {hit["_id"] for hit in json.loads(answer)["hits"]["hits"]}
    if len(found) != hits:
        sys.exit(f"Error: a search found {len(found)} documents, expected {hits}")
    return milliseconds, found


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
