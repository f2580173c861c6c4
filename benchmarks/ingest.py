"""Ingest rate beside what decoding and embedding alone reach: `python -m benchmarks.ingest FOLDER`.

Both use the same files and the same number of threads. Each ingest is compared with the mean of the decode + embed
runs before and after it, so that a machine that slows down slows both. Needs a node (`lookalike up`); the index is
made for this and deleted at the end.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np

from lookalike.cluster.client import connect
from lookalike.cluster.settings import resolve_settings
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from lookalike.errors import LookalikeError
from lookalike.ingest.folders import list_images

INDEX = "lookalike-benchmark-ingest"
BATCH = 16


def main() -> None:
    """Print one line a round, then the medians."""
    arguments = _arguments()
    files = [file.path for file in list_images([str(arguments.folder)])]
    client = connect(resolve_settings())
    session = EncoderSession(find_artefact())
    session.load()
    whole: list[float] = []
    reported: list[float] = []
    alone: list[float] = []
    again: list[float] = []

    def measure_alone() -> None:
        alone.append(_seconds(lambda: _decode_and_embed(session, files, arguments.workers)))

    try:
        measure_alone()
        for turn in range(arguments.rounds):
            client.indices.delete(index=INDEX, ignore_unavailable=True)
            began = time.perf_counter()
            reported.append(_ingest(arguments.folder, arguments.workers, len(files), written=len(files)))
            whole.append(time.perf_counter() - began)
            count = client.count(index=INDEX)["count"]
            again.append(_seconds(lambda: _ingest(arguments.folder, arguments.workers, len(files), written=0)))
            measure_alone()
            print(
                f"round {turn + 1}: decode + embed {alone[-2]:.2f} and {alone[-1]:.2f} s, ingest {reported[-1]:.2f} s "
                f"(process {whole[-1]:.2f} s), again {again[-1]:.2f} s, count {count} of {len(files)} files"
            )
            if count != len(files):
                sys.exit(f"Error: the index holds {count} documents, expected {len(files)}")
    finally:
        client.indices.delete(index=INDEX, ignore_unavailable=True)
        client.indices.delete_index_template(name=f"lookalike-{INDEX}", ignore=[404])
    around = [(before + after) / 2 for before, after in pairwise(alone)]
    ratios = [first / second for first, second in zip(around, reported, strict=True)]
    process_ratios = [first / second for first, second in zip(around, whole, strict=True)]
    faster = [first / second for first, second in zip(whole, again, strict=True)]
    print(f"{len(files)} images, {arguments.workers} threads, median of {arguments.rounds} rounds:")
    print(f"  decode + embed alone   {len(files) / statistics.median(alone):.0f} images/s")
    print(f"  ingest                 {len(files) / statistics.median(reported):.0f} images/s")
    print(f"  ingest / alone         {_spread(ratios, 2)} (as whole process: {_spread(process_ratios, 2)})")
    print(f"  first / second run     {_spread(faster, 1)} (whole processes)")


def _spread(values: list[float], digits: int) -> str:
    low, high = min(values), max(values)
    return f"{statistics.median(values):.{digits}f}, {low:.{digits}f} to {high:.{digits}f}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def _decode_and_embed(session: EncoderSession, files: list[Path], workers: int) -> None:
    """The same threads and batches as ingest, with nothing but reading, decoding and embedding."""

    def work(batch: list[Path]) -> None:
        side = session.artefact.native_size
        session.embed(np.stack([decode(file.read_bytes(), side).pixels for file in batch]))

    batches = [files[start : start + BATCH] for start in range(0, len(files), BATCH)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, batches))


def _ingest(folder: Path, workers: int, files: int, written: int) -> float:
    """Run the command; returns the seconds that it reports for its run."""
    command = [sys.executable, "-m", "lookalike", "ingest", str(folder), "--index", INDEX]
    options = ["--workers", str(workers), "--batch-size", str(BATCH), "--json"]
    answer = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(answer.stderr)
    summary = json.loads(answer.stdout.splitlines()[-1])
    if (summary["written"], summary["unchanged"]) != (written, files - written):
        sys.exit(f"Error: expected {written} of {files} files written, found {summary}")
    return float(summary["seconds"])


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")
