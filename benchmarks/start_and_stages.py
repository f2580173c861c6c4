"""Where time goes, in the start of commands, in ingest and in a query: `python -m benchmarks.start_and_stages FOLDER`.

Small pictures are the folder's, large ones are made of them, as large as a phone's. A command is started several times;
the fastest start is held to the bound, since other work on the machine can only delay one. Seconds of processors, the
node's included, stand beside the clock. Needs a local node (`lookalike up`) with the plugin; the index is made for this
and deleted at the end.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psutil
from opensearchpy import OpenSearch
from PIL import Image

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.ingest_run import connection_settings, ingest, own_index, own_state
from benchmarks.node_process import local_node_pids
from benchmarks.plugin_index import Connection
from benchmarks.program import run_program, tell
from benchmarks.stopwatch import Cost, Stopwatch
from lookalike.cluster.settings import ConnectionSettings
from lookalike.ingest.folders import list_images
from lookalike.search.searcher import Searcher, Wanted

INDEX = "lookalike-benchmark-stages"
LARGE = (4000, 3000)
STAGES = ("read", "decode", "embed", "write")
ASKED = {"--help": 0.3, "search": 1.0}  # seconds


def main() -> None:
    """Print a table each of ingest, queries and starts, and whether what was asked for is held."""
    arguments = _arguments()
    files = [file.path for file in list_images([str(arguments.folder)])]
    if len(files) < arguments.pictures:
        sys.exit(f"Error: expected at least {arguments.pictures} pictures in {arguments.folder}, found {len(files)}")
    small = files[:: len(files) // arguments.pictures][: arguments.pictures]
    settings = connection_settings()
    node = psutil.Process(local_node_pids(settings.url)[0])
    with ExitStack() as stack:
        client = stack.enter_context(own_index(INDEX, settings))
        stack.enter_context(own_state())
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="lookalike-benchmark-"))
        print(f"{conditions(client)}\n", flush=True)
        large = _enlarged(small[: arguments.large], Path(folder))
        kinds = {"small": small, "large": large}
        rows = {name: _ingest_row(kinds[name], client, node, arguments.rounds) for name in ("large", "small")}
        _print_table(
            ["ingest", "process, ms", "node, ms", *(f"{stage}, %" for stage in STAGES)],
            [[f"{len(kinds[name])} {name} pictures", *rows[name]] for name in kinds],
        )
        client.indices.refresh(index=INDEX)  # it holds the small ones now
        queries = [[f"by {name} pictures", *_query_row(kinds[name], settings, node)] for name in kinds]
        _print_table(["query, ms", "clock", "client", "node", "queue", "decode", "embed"], queries)
        _print_starts(small[0], large[0], node.pid, arguments.starts)


def _ingest_row(files: Sequence[Path], client: OpenSearch, node: psutil.Process, rounds: int) -> list[str]:
    """Of processors for a picture, the start included; then shares of the stages by the clock of the threads."""
    own, nodes, shares = [], [], []
    for turn in range(rounds + 1):
        tell(f"ingest, round {turn} of {rounds}")
        client.indices.delete(index=INDEX, ignore_unavailable=True)
        before = _processors(node)
        run, cost = Stopwatch([]).of(partial(ingest, list(files), INDEX, written=len(files)))
        if turn:  # the first one warms the node up
            own.append(1000 * cost.processors / len(files))
            nodes.append(1000 * (_processors(node) - before) / len(files))
            seconds = [run.summary["seconds_by_stage"][stage] for stage in STAGES]
            shares.append([100 * one / sum(seconds) for one in seconds])
    return [
        *(f"{statistics.median(one):.1f}" for one in (own, nodes)),
        *(f"{statistics.median(one):.0f}" for one in zip(*shares, strict=True)),
    ]


def _query_row(files: Sequence[Path], settings: ConnectionSettings, node: psutil.Process) -> list[str]:
    """By the clock, the median; of the processors of client and node, and by the node's clock in stages, the means."""
    tell("queries")
    searcher, connection = Searcher(settings, INDEX), Connection(settings)
    connection.forget_pictures()
    half = len(files) // 2
    for file in files[:half]:
        searcher.by_image(file, Wanted())
    asked = files[half:]
    clock: list[float] = []
    stages, client, nodes = connection.stats()["latency_ms"], time.process_time(), _processors(node)
    for file in asked:
        began = time.perf_counter()
        searcher.by_image(file, Wanted())
        clock.append(time.perf_counter() - began)
    own = (time.process_time() - client, _processors(node) - nodes)
    after = connection.stats()["latency_ms"]
    connection.close()
    return [
        f"{1000 * statistics.median(clock):.1f}",
        *(f"{1000 * seconds / len(asked):.1f}" for seconds in own),
        *((f"{(after[stage]['total'] - stages[stage]['total']) / len(asked):.1f}") for stage in stages),
    ]


def _print_starts(small: Path, large: Path, node: int, times: int) -> None:
    """Commands from start to end, in turns."""
    commands = {
        "--help": ["--help"],
        "search --help": ["search", "--help"],
        "search": ["search", str(small), "--index", INDEX],
        "search, a large picture": ["search", str(large), "--index", INDEX],
        "ingest, nothing new": ["ingest", str(small), "--index", INDEX],
    }
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for turn in range(times):
        tell(f"starts, round {turn + 1} of {times}")
        for name, command in commands.items():
            costs[name].append(Stopwatch([node]).of(partial(_run, command))[1])
    rows = []
    for name, found in costs.items():
        clock = [cost.clock for cost in found]
        processors = statistics.median(cost.processors for cost in found)
        rows.append([f"`{name}`", *(f"{one:.2f}" for one in (processors, statistics.median(clock), min(clock)))])
    _print_table(["start to end, s", "processors", "clock", "fastest"], rows)
    for name, most in ASKED.items():
        fastest = min(cost.clock for cost in costs[name])
        print(
            bound(
                f"`lookalike {name}` takes less than {most} s, the fastest of {times}", f"{fastest:.2f}", fastest < most
            )
        )


def _run(command: Sequence[str]) -> None:
    answer = subprocess.run([sys.executable, "-m", "lookalike", *command], capture_output=True, text=True, check=False)
    if answer.returncode:
        sys.exit(answer.stderr)


def _enlarged(files: Sequence[Path], folder: Path) -> list[Path]:
    made = [folder / f"{number}.jpg" for number in range(len(files))]
    for file, target in zip(files, made, strict=True):
        with Image.open(file) as image:
            image.convert("RGB").resize(LARGE, Image.Resampling.BICUBIC).save(target, quality=90)
    return made


def _processors(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    for cells in (head, ["---", *["---:"] * (len(head) - 1)], *rows):
        print(f"| {' | '.join(cells)} |")
    print(flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pictures", type=int, default=300, help="small ones")
    parser.add_argument("--large", type=int, default=40, help="large ones")
    parser.add_argument("--rounds", type=int, default=3, help="of ingest")
    parser.add_argument("--starts", type=int, default=7, help="of each command")
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
