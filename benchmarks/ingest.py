"""Ingest rate beside what decoding and embedding alone reach: `python -m benchmarks.ingest FOLDER [--pin]`.

Both use the same files and the same number of threads. Each ingest is compared with the mean of the decode + embed
runs before and after it, so that a machine that slows down slows both. Without `--pin` there are as many threads as
cores, and the node has to do its work on the same cores: the bound is 0.75. With `--pin` ingest and decode + embed
have one thread on one core, and the node the other core to itself, as if it ran elsewhere: the bound is 0.90. Then the
node must be a local one; it was started for all cores, so it has as many threads as before. Needs a node
(`lookalike up`); the index is made for this and deleted at the end.

Progress goes to standard error, a table and whether the bound holds to standard output.
"""

import argparse
import os
import statistics
import sys
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.embedding_alone import BATCH, decode_and_embed
from benchmarks.ingest_run import IngestRun, connection_settings, ingest, own_index, own_state
from benchmarks.node_process import local_node_pids
from benchmarks.pinning import apart
from benchmarks.program import run_program
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.ingest.folders import list_images

INDEX = "lookalike-benchmark-ingest"
SHARED, PINNED = 0.75, 0.90  # of decode + embed alone


def main() -> None:
    """Tell each round, then print the medians."""
    arguments = _arguments()
    files = [file.path for file in list_images([str(arguments.folder)])]
    settings = connection_settings()
    workers = 1 if arguments.pin else arguments.workers
    runs: list[IngestRun] = []
    again: list[IngestRun] = []
    alone: list[float] = []
    with ExitStack() as stack:
        client = stack.enter_context(own_index(INDEX, settings))
        stack.enter_context(own_state())
        print(conditions(client), end="\n\n", flush=True)
        if arguments.pin:
            own, other = stack.enter_context(apart(local_node_pids(settings.url)))
            print(f"ingest and decode + embed on core {own}, the node on core {other}\n")
        session = EncoderSession(find_artefact())
        session.load()

        def measure_alone() -> None:
            alone.append(decode_and_embed(session, files, workers))

        options = ("--workers", str(workers), "--batch-size", str(BATCH))
        measure_alone()
        for turn in range(arguments.rounds):
            client.indices.delete(index=INDEX, ignore_unavailable=True)
            runs.append(ingest([arguments.folder], INDEX, *options, written=len(files)))
            count = client.count(index=INDEX)["count"]
            again.append(ingest([arguments.folder], INDEX, *options, written=0, unchanged=len(files)))
            measure_alone()
            print(
                f"round {turn + 1}: decode + embed {alone[-2]:.2f} and {alone[-1]:.2f} s, ingest {runs[-1].seconds:.2f}"
                f" s (process {runs[-1].process_seconds:.2f} s), again {again[-1].process_seconds:.2f} s, "
                f"count {count} of {len(files)} files",
                file=sys.stderr,
                flush=True,
            )
            if count != len(files):
                sys.exit(f"Error: the index holds {count} documents, expected {len(files)}")
    around = [(before + after) / 2 for before, after in pairwise(alone)]
    ratios = [first / run.seconds for first, run in zip(around, runs, strict=True)]
    process_ratios = [first / run.process_seconds for first, run in zip(around, runs, strict=True)]
    faster = [run.process_seconds / second.process_seconds for run, second in zip(runs, again, strict=True)]
    rows = {
        "decode + embed alone": f"{len(files) / statistics.median(alone):.0f} images/s",
        "ingest": f"{len(files) / statistics.median(run.seconds for run in runs):.0f} images/s",
        "ingest / alone": _spread(ratios, 2),
        "the same by whole processes, with their start": _spread(process_ratios, 2),
        "first / second run, whole processes": _spread(faster, 1),
    }
    threads = f"{workers} thread{'s' * (workers > 1)}"
    print(f"| {len(files):,} images, {threads}, median of {arguments.rounds} rounds | |\n|---|---|")
    for title, value in rows.items():
        print(f"| {title} | {value} |")
    least = PINNED if arguments.pin else SHARED
    ratio = statistics.median(ratios)
    print("\n" + bound(f"ingest / decode + embed alone at least {least:.2f}", f"{ratio:.2f}", ratio >= least))


def _spread(values: list[float], digits: int) -> str:
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="threads, without --pin")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pin", action="store_true", help="ingest on one core, the node on another")
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
