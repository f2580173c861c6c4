"""Every benchmark small, on pictures that are made on the spot, to see whether it works and answers rightly."""

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.bounds import bounds_in
from benchmarks.catalogue import Benchmark
from benchmarks.command_run import run_commands
from benchmarks.made_pictures import made_places
from benchmarks.own_node import own_node
from benchmarks.places import filled
from benchmarks.program import tell

__all__ = ["complaint", "run_quickly"]

_HEAP = "1g"


def run_quickly(benchmarks: Sequence[Benchmark]) -> list[str]:
    """Run their quick commands with one node for all; returns the names of those that failed or answered wrongly.

    Raises NodeError if that node does not start.
    """
    wrong = []
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, own_node(_HEAP) as environment:
        places = made_places(Path(folder))
        for benchmark in benchmarks:
            if not benchmark.quick:
                tell(f"== {benchmark.name}: left out, because {benchmark.left_out}")
                continue
            start = time.monotonic()
            run = run_commands([filled(command, places) for command in benchmark.quick], environment)
            trouble = run.failure or complaint(benchmark, run.output)
            if trouble:
                wrong.append(benchmark.name)
                print(run.output, flush=True)
            verdict = f"FAILED: {trouble}" if trouble else "works"
            tell(f"== {benchmark.name}: {verdict} ({time.monotonic() - start:.0f} s)")
    tell(f"all within {time.monotonic() - began:.0f} s")
    return wrong


def complaint(benchmark: Benchmark, output: str) -> str:
    """What is wrong with the answers that it tells of; "" if nothing is."""
    bounds = bounds_in(output)
    for text in benchmark.right:
        told = [one for one in bounds if one.text.startswith(text)]
        if not told:
            return f"expected a line that tells whether {text!r} holds, found {[one.text for one in bounds]}"
        for one in told:
            if not one.holds:
                return f"not held: {one.text}: {one.value}"
    return ""
