"""Time and memory of `lookalike duplicates` on a large index: `python -m benchmarks.duplicates_large`.

Vectors of 256 numbers as the encoder's are spread (see `clustered_vectors.py`), in documents as ingest writes them,
without thumbnails; one in twenty has a copy, whose cosine with it is about 0.98. The command runs in a process of its
own, whose memory is looked at twice a second, as is the node's, that must be local (`lookalike up`). Found has to be
every planted pair and no other. The index is deleted.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from opensearchpy import OpenSearch

from benchmarks.bounds import bound
from benchmarks.clustered_vectors import ClusteredVectors
from benchmarks.conditions import conditions
from benchmarks.ingest_run import connection_settings, own_index
from benchmarks.node_process import local_node_pids
from benchmarks.program import run_program
from benchmarks.sampling import sampled
from benchmarks.stopwatch import Stopwatch
from benchmarks.vector_documents import load, numbered, vector_id
from lookalike.cluster.contract import ModelRecord
from lookalike.cluster.install import create_index
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.artefact import find_artefact
from lookalike.ingest.first_load import first_load
from lookalike.ingest.writer import BulkWriter

INDEX = "lookalike-benchmark-duplicates-large"
DIMENSION = 256
EVERY = 20  # a vector has a copy
MOVED = 0.2  # length of what is added to a unit vector to make a copy
MOST_MINUTES = 10
MEGABYTE = 1_000_000
Vectors = NDArray[np.float32]


def main() -> None:
    """Load, find, and print a table."""
    arguments = _arguments()
    settings = connection_settings()
    nodes = local_node_pids(settings.url)
    with own_index(INDEX, settings) as client:
        planted = _load(client, settings, arguments.documents)
        circumstances = conditions(client)
        command = [sys.executable, "-m", "lookalike", "duplicates", INDEX, "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        with sampled(process.pid, nodes, lambda: 0, lambda sample: None) as samples:
            (output, _), cost = Stopwatch(nodes).of(process.communicate)
        if process.returncode != 0:
            sys.exit("Error: lookalike duplicates failed")
    groups = [json.loads(line) for line in output.splitlines()]
    pairs = {frozenset((group["kept"]["id"], copy["id"])) for group in groups for copy in group["copies"]}
    rows = {
        "documents": f"{arguments.documents:,}",
        "seconds of the clock / of processors, the node's among them": str(cost),
        "documents a second": f"{arguments.documents / cost.clock:.0f}",
        "planted pairs found": f"{len(pairs & planted):,} of {len(planted):,}",
        "other pairs found": f"{len(pairs - planted):,}",
        "the process at most, MB resident": f"{max(sample.run for sample in samples) / MEGABYTE:.0f}",
        "the node at most, MB resident, without mapped files": f"{max(one.node_own for one in samples) / MEGABYTE:.0f}",
    }
    print(circumstances)
    print(f"\n| load while it ran | {os.getloadavg()[0]:.1f} |\n|---|---|")
    for title, value in rows.items():
        print(f"| {title} | {value} |")
    found = f"{len(pairs & planted):,} of {len(planted):,} and {len(pairs - planted):,} others"
    print("\n" + bound("every planted pair and no other", found, pairs == planted))
    text = f"{arguments.documents:,} documents within {MOST_MINUTES} minutes"
    print(bound(text, f"{cost.clock:.0f} s", cost.clock <= 60 * MOST_MINUTES))


def _load(client: OpenSearch, settings: ConnectionSettings, documents: int) -> set[frozenset[str]]:
    """Fill the index; the pairs of ids that are copies."""
    artefact = find_artefact("default")
    _, is_new = create_index(client, INDEX, ModelRecord(artefact.name, artefact.sha256), DIMENSION, "float")
    planted: set[frozenset[str]] = set()
    with first_load(client, settings, INDEX, is_new):
        writer = BulkWriter(client, settings, INDEX)
        for row, _ in load(writer, numbered(_with_copies(ClusteredVectors(documents, DIMENSION), planted)), False):
            print(f"{row:,} of {documents:,} loaded", file=sys.stderr, flush=True)
    return planted


def _with_copies(vectors: ClusteredVectors, planted: set[frozenset[str]]) -> Iterator[Vectors]:
    """The vectors, some of them copies of those before; `planted` is filled with the ids of both."""
    random = np.random.default_rng(0)
    row = 0
    for portion in vectors.portions():
        for place in range(0, len(portion) - 1, EVERY):
            portion[place + 1] = _copy(portion[place], random)
            planted.add(frozenset((vector_id(row + place), vector_id(row + place + 1))))
        row += len(portion)
        yield portion


def _copy(vector: Vectors, random: np.random.Generator) -> Vectors:
    moved = random.standard_normal(len(vector), dtype=np.float32)
    copy: Vectors = vector + MOVED * moved / np.linalg.norm(moved)
    return copy / np.linalg.norm(copy)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100_000)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
