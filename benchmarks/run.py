"""All benchmarks, or some: `python -m benchmarks.run [NAME…] [--quick]`, which `make bench` and `make bench-NAME` call.

Runs what `catalogue.py` names one after the other, with a local node of its own where one is needed, and keeps what
each prints in `benchmarks/results/`. One that fails is told, and the others go on. Then `benchmarks/RESULTS.md` is put
together of all that is kept.

`--quick` runs everything small, on pictures that are made on the spot, and keeps nothing: it tells whether benchmarks
work and answer rightly, not how fast. Ends with 1 if a benchmark failed, could not be run, or answered wrongly.
"""

import argparse
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from benchmarks.catalogue import BENCHMARKS, Benchmark, find_benchmark
from benchmarks.command_run import CommandRun, run_commands
from benchmarks.own_node import own_node
from benchmarks.places import NotThereError, filled, told_places
from benchmarks.program import run_program, tell
from benchmarks.quick_run import run_quickly
from benchmarks.results import Results
from lookalike.errors import LookalikeError

__all__ = ["main", "run_all"]


def main() -> None:
    """Run what was asked for; ends with 1 if something went wrong."""
    arguments = _arguments()
    try:
        chosen = [find_benchmark(name) for name in arguments.names] or list(BENCHMARKS)
    except LookupError as error:
        sys.exit(f"Error: {error.args[0]}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # nodes are stopped then, too
    wrong = run_quickly(chosen) if arguments.quick else run_all(chosen, Results(Path(__file__).parent))
    if wrong:
        sys.exit(f"Error: {len(wrong)} of {len(chosen)} benchmarks went wrong: {', '.join(wrong)}")


def run_all(benchmarks: Sequence[Benchmark], results: Results) -> list[str]:
    """Run them, keep what they print and write the page; returns the names of those that failed or could not be run."""
    wrong = []
    for benchmark in benchmarks:
        tell(f"== {benchmark.name}: {benchmark.asked}")
        began = time.monotonic()
        try:
            run = _run(benchmark)
        except NotThereError as error:
            results.keep_reason(benchmark.name, str(error))
            verdict = f"not run: {error}"
        else:
            print(run.output, flush=True)
            if run.failure:
                results.keep_failure(benchmark.name, run.failure)
            else:
                results.keep(benchmark.name, run.output)
            verdict = f"FAILED: {run.failure}" if run.failure else "done"
        if verdict != "done":
            wrong.append(benchmark.name)
        tell(f"== {benchmark.name}: {verdict} ({time.monotonic() - began:.0f} s)")
        page = results.write_page(BENCHMARKS)
    tell(f"written to {page}")
    return wrong


def _run(benchmark: Benchmark) -> CommandRun:
    """Raises NotThereError."""
    commands = [filled(command, told_places()) for command in benchmark.commands]
    node: AbstractContextManager[dict[str, str]] = own_node(benchmark.heap) if benchmark.heap else nullcontext({})
    try:
        with node as environment:
            return run_commands(commands, environment)
    except LookalikeError as error:
        return CommandRun("", f"no node to run with: {error}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(one.name for one in BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="small, to see whether they work; keeps nothing")
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
