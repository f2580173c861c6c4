"""Thirty minutes of mixed work on three nodes of which one is restarted every five: `python -m benchmarks.soak`.

Starts a local cluster of its own with the plugin, on 127.0.0.1, and stops and deletes it at the end. An index with a
replica is filled with pictures that are made here. Then rounds follow each other until the time is up: as many pictures
are added, changed and deleted, as `lookalike ingest` and `lookalike delete` do, while others are searched for through
all nodes. A shadow copy is kept beside. After each round every document must be in the index once, with the hash and
the vector of its picture, and no other; a search by a picture that did not change in the round must find it first, and
a picture that was deleted must not be found. While a node is away requests may fail; they are counted, and done again.

Memory is that of the nodes together and of this process, at the end of each time without a restart. It is flat if the
median of the last third of these values is at most 1.15 times that of the first third.

Progress goes to standard error, a table to standard output. Ends with 1 if anything was lost, doubled or wrong.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.conditions import conditions
from benchmarks.ingest_run import own_state
from benchmarks.soak_nodes import Restarts, own_nodes
from benchmarks.soak_shadow import Shadow
from benchmarks.soak_tally import Tally
from benchmarks.soak_work import SoakWork
from lookalike.cluster.client import open_client
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.errors import LookalikeError

__all__ = ["flatness", "main"]

INDEX = "lookalike-soak"
FLAT = 1.15
MEGABYTE = 1_000_000
TOLD_EVERY = 30  # seconds
_SHOWN = 10


def main() -> None:
    """Do it, print the table, and end with 1 if a fault was found."""
    arguments = _arguments()
    tally = Tally()
    with own_nodes(arguments.nodes, arguments.port) as nodes, own_state(), tempfile.TemporaryDirectory() as folder:
        with open_client(ConnectionSettings(nodes.urls[0])) as client:
            print(conditions(client), end="\n\n", flush=True)
        shadow = Shadow(Path(folder), EncoderSession(find_artefact(DEFAULT_MODEL), threads=usable_cores()))
        restarts = Restarts(nodes, arguments.restart_every)
        work = SoakWork(nodes.urls, INDEX, shadow, tally, restarts.was_away)
        work.fill(arguments.pictures)
        nodes.wait_green()
        with restarts.going_on():
            _work(work, restarts, tally, arguments.minutes * 60)
        work.check()
        print(_table(tally, restarts))
    for text in [text for texts in (*tally.faults.values(), tally.failures) for text in texts[:_SHOWN]]:
        print(text, file=sys.stderr)
    sys.exit(not tally.is_clean)


def _work(work: SoakWork, restarts: Restarts, tally: Tally, seconds: float) -> None:
    began = told = time.monotonic()
    while time.monotonic() - began < seconds:
        work.round()
        restarts.require_well()
        if time.monotonic() - told >= TOLD_EVERY:
            told = time.monotonic()
            faults = sum(map(len, tally.faults.values()))
            print(f"{told - began:.0f} s: {dict(tally.counts)}, {faults} faults", file=sys.stderr, flush=True)
    tally.count("seconds", round(time.monotonic() - began))


def _table(tally: Tally, restarts: Restarts) -> str:
    rows = [(what, f"{count:,}") for what, count in tally.counts.items()]
    rows.append(("restarts", str(restarts.done)))
    rows.append(("requests failed otherwise", f"{len(tally.failures):,}"))
    rows += [(kind, f"{len(texts):,}") for kind, texts in tally.faults.items()]
    for what, values in zip(("nodes", "this process"), zip(*restarts.memory, strict=True), strict=True):
        rows.append((f"{what}, resident", flatness(values)))
    return "| | |\n|---|---|\n" + "\n".join(f"| {what} | {value} |" for what, value in rows)


def flatness(values: Sequence[int]) -> str:
    """What bytes held at moments in order were in the first and in the last third of them, and whether that is flat."""
    third = len(values) // 3
    if not third:
        return (
            f"{' / '.join(f'{value / MEGABYTE:.0f}' for value in values)} MB; too few values to tell whether it is flat"
        )
    first, last = statistics.median(values[:third]), statistics.median(values[-third:])
    verdict = "flat" if last <= FLAT * first else "NOT FLAT"
    return f"{first / MEGABYTE:.0f} MB in the first third, {last / MEGABYTE:.0f} MB in the last: {verdict}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--restart-every", type=float, default=300, help="seconds from one restart to the next")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--pictures", type=int, default=300, help="how many the index holds")
    parser.add_argument("--port", type=int, default=9311, help="of the first node; the others take those after it")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")
