"""Thirty minutes of mixed work on three nodes of which one is restarted every five: `python -m benchmarks.soak`.

Starts a local cluster of its own with the plugin, on 127.0.0.1, and stops and deletes it at the end. An index with a
replica of each shard is filled with pictures that are made here. Then rounds follow each other until the time is up:
as many pictures are added, changed and deleted, as `lookalike ingest` and `lookalike delete` do, while others are
searched for, through any node that is there. A shadow copy is kept beside. After each round every document must be in
the index once, with the hash and the vector of its picture, and no other; so it must be on the primary and on the
replica of each shard after each restart and in the end. Every search must find its own picture first, once, and other
pictures with the similarity that the shadow copy gives; one that was deleted must not be found. A request may fail
while a node is away, and is done again.

A restart begins five minutes after the one before did and ends when every copy is in its place. Memory is looked at
between rounds, after a full collection, by process. It is flat if the median of the last third of a process's samples
is at most 1.15 times that of the middle third. In the first third it warms up, and one that was watched for less than
five minutes tells nothing.

Memory is judged in runs of ten minutes or more. `--short` is one restart, of the node that manages the cluster, in
about a minute.

Progress goes to standard error, Markdown to standard output. Ends with 1 if anything that was asked for did not hold.
"""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.conditions import conditions
from benchmarks.ingest_run import own_state
from benchmarks.program import run_program
from benchmarks.soak.memory import JUDGED_AFTER, Watch
from benchmarks.soak.nodes import SoakNodes, own_nodes
from benchmarks.soak.presence import Presence
from benchmarks.soak.report import Ended, tables, verdicts
from benchmarks.soak.restarts import Restarts
from benchmarks.soak.shadow import MOST, Shadow
from benchmarks.soak.tally import Tally
from benchmarks.soak.work import SoakWork
from lookalike.cluster.client import open_client
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.encoder.session import EncoderSession

__all__ = ["main"]

INDEX = "lookalike-soak"
NODES = 3
TOLD_EVERY = 30  # seconds
_SHORT = {"minutes": 0.5, "restart_every": 5, "restarts": 1, "pictures": 120, "look_every": 10}
_SHOWN = 10


def main() -> None:
    """Do it, print the tables, and end with 1 if something did not hold."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # the nodes are stopped then, too
    with own_nodes(NODES, arguments.port, arguments.logs) as nodes:
        with open_client(ConnectionSettings(nodes.urls[0])) as client:
            print(conditions(client), end="\n\n", flush=True)
        ended = _soak(nodes, arguments)
    found = verdicts(ended, is_memory_judged=arguments.minutes * 60 >= 2 * JUDGED_AFTER)
    print(tables(ended), "", *found, sep="\n")
    if arguments.plot:
        from benchmarks.soak.plot import draw

        draw(ended, arguments.plot)
    for text in [text for texts in (*ended.tally.faults.values(), ended.tally.failures) for text in texts[:_SHOWN]]:
        print(text, file=sys.stderr)
    sys.exit(not all(verdict.holds for verdict in found))


def _soak(nodes: SoakNodes, arguments: argparse.Namespace) -> Ended:
    tally, presence = Tally(), Presence(NODES)
    with own_state(), tempfile.TemporaryDirectory() as folder:
        shadow = Shadow(Path(folder), EncoderSession(find_artefact(DEFAULT_MODEL), threads=usable_cores()))
        work = SoakWork(nodes.urls, INDEX, shadow, tally, presence)
        work.fill(arguments.pictures)
        nodes.wait_green()
        restarts = Restarts(nodes, presence, arguments.restart_every, arguments.restarts)
        watch = Watch(nodes.urls, presence, arguments.look_every)
        began = time.monotonic()
        with restarts.going_on():
            _work(work, restarts, presence, watch, arguments.minutes * 60)
        _check_copies(work)
        return Ended(began, time.monotonic(), tally, presence.absences, watch.samples, watch.reserved())


def _work(work: SoakWork, restarts: Restarts, presence: Presence, watch: Watch, seconds: float) -> None:
    """Rounds until the time is up and every node is there."""
    began = told = time.monotonic()
    compared = 0
    while time.monotonic() - began < seconds or presence.is_one_away:
        watch.look()
        work.round()
        restarts.require_well()
        if len(presence.absences) > compared and not presence.is_one_away:
            compared = len(presence.absences)
            _check_copies(work)
        if time.monotonic() - told >= TOLD_EVERY:
            told = time.monotonic()
            print(f"{told - began:.0f} s: {work.tally}", file=sys.stderr, flush=True)


def _check_copies(work: SoakWork) -> None:
    for copies in ("_primary", "_replica"):
        work.check(copies)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true", help="about a minute, with one restart")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--restart-every", type=float, default=300, help="seconds from one restart to the next")
    parser.add_argument("--restarts", type=int, default=sys.maxsize, help="how many at most")
    parser.add_argument("--pictures", type=int, default=300, help="how many the index holds")
    parser.add_argument("--look-every", type=float, default=20, help="seconds from one look at the memory to the next")
    parser.add_argument("--port", type=int, default=9311, help="of the first node; the others take those after it")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a PNG of memory and work over time")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="where to put the logs of the nodes in the end")
    arguments = parser.parse_args()
    if arguments.pictures > MOST:
        parser.error(f"--pictures: expected at most {MOST}, which one search answers, found {arguments.pictures}")
    if arguments.short:
        vars(arguments).update(_SHORT)
    if arguments.plot:
        arguments.plot.parent.mkdir(parents=True, exist_ok=True)
    return arguments


if __name__ == "__main__":
    run_program(main)
