"""Finding duplicates beside imagededup, cost and quality: `python -m benchmarks.duplicates FOLDER… --images 2000`.

For each number a folder with planted copies is made (see `planted_copies.py`), originals drawn of the first FOLDER.
`lookalike ingest` and `lookalike duplicates`, and `encode_images` and `find_duplicates` of imagededup's PHash and CNN
(see `peers/imagededup_duplicates.py`) are run on it. Quality is that of pairs: precision is the share of the pairs
found that were planted, recall the share of the planted pairs that were found; Lookalike's are all pairs within its
groups. imagededup is told at its default threshold and at the one of a few that has the best F1 here, which nobody
knows beforehand.

Needs a local node (`lookalike up`) and the environment that `make bench-duplicates` makes; the index is deleted.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.conditions import conditions
from benchmarks.ingest_run import connection_settings, ingest, own_index, own_state
from benchmarks.node_process import local_node_pids
from benchmarks.peers_environment import add_peers_option, require_peers
from benchmarks.planted_copies import Pairs, planted_pairs, write_planted
from benchmarks.program import run_program
from benchmarks.stopwatch import Cost, Stopwatch
from lookalike.cluster.client import connect
from lookalike.ingest.folders import list_images

INDEX = "lookalike-benchmark-duplicates"
SCRIPT = Path(__file__).parent / "peers" / "imagededup_duplicates.py"
PROBABILITIES = (0.95, 0.5)
# The default first.
THRESHOLDS = {"phash": (10, 4), "cnn": (0.9,), "lite0": (0.9, 0.7, 0.75, 0.8, 0.85, 0.95)}


@dataclass(frozen=True)
class Row:
    """What one method at one threshold took and found."""

    method: str
    embedding: Cost
    finding: Cost
    pairs: Pairs | None

    def cells(self, planted: Pairs) -> list[str]:
        """Of the table."""
        whole = Cost(*(sum(pair) for pair in zip(self.embedding, self.finding, strict=True)))
        costs = [self.method, str(whole), str(self.finding)]
        if self.pairs is None:
            return [*costs, "", "", ""]
        return [*costs, *(f"{value:.3f}" for value in quality(self.pairs, planted))]


def quality(found: Pairs, planted: Pairs) -> tuple[float, float, float]:
    """Precision, recall and F1 of pairs."""
    right = len(found & planted)
    precision = right / len(found) if found else 1.0
    return precision, right / len(planted), 2 * right / (len(found) + len(planted))


def main() -> None:
    """Print a table for each number of images."""
    arguments = _arguments()
    require_peers(arguments.peers, "duplicates")
    sources = _sources(arguments.folders)
    settings = connection_settings()
    print(conditions(connect(settings)), flush=True)
    for images in arguments.images:
        folder = arguments.out / str(images)
        files = sorted(folder.iterdir()) if folder.exists() else write_planted(sources, folder, images)
        planted = planted_pairs(files)
        own = _own(folder, len(files), Stopwatch(local_node_pids(settings.url)))
        peers = (_peer(arguments.peers, folder, method, planted) for method in arguments.methods)
        print(f"\n{len(files):,} images, {len(planted):,} planted pairs\n")
        print("| | embed and find, s of clock / processors | find alone | precision | recall | F1 |")
        print("|---|---|---|---|---|---|")
        for row in chain(own, chain.from_iterable(peers)):
            print("| " + " | ".join(row.cells(planted)) + " |", flush=True)


def _sources(folders: Sequence[str]) -> list[Path]:
    """The first folder's pictures in an order drawn, then those of the others."""
    first, *others = ([image.path for image in list_images([folder])] for folder in folders)
    order = np.random.default_rng(0).permutation(len(first))
    return [first[number] for number in order] + [path for paths in others for path in paths]


def _own(folder: Path, images: int, stopwatch: Stopwatch) -> Iterable[Row]:
    with ExitStack() as stack:
        stack.enter_context(own_index(INDEX, connection_settings()))
        stack.enter_context(own_state())
        _, embedding = stopwatch.of(lambda: ingest([folder], INDEX, written=images))
        for probability in PROBABILITIES:
            command = [sys.executable, "-m", "lookalike", "duplicates", INDEX, "--json"]
            output, finding = stopwatch.of(partial(_run, [*command, "--probability", str(probability)]))
            groups = [json.loads(line) for line in output.splitlines()]
            pairs = {pair for group in groups for pair in combinations(_names(group), 2)}
            yield Row(f"lookalike, {probability}", embedding, finding, pairs)


def _names(group: dict[str, Any]) -> list[str]:
    return sorted(picture["metadata"]["filename"] for picture in (group["kept"], *group["copies"]))


def _peer(python: Path, folder: Path, method: str, planted: Pairs) -> Iterable[Row]:
    out = folder.with_suffix(".json")
    default, *others = THRESHOLDS[method]
    told = json.loads(
        _run([str(python), str(SCRIPT), str(folder), method, str(out), *map(str, (default, *others))]).splitlines()[-1]
    )
    found = {
        threshold: {(one, other) for one, other in pairs} for threshold, pairs in json.loads(out.read_text()).items()
    }
    random = told["weights"].startswith("random")
    best = max(found, key=lambda threshold: quality(found[threshold], planted)[2])
    encoding, finding = Cost(*told["encoding"]), Cost(*told["finding"])
    name = f"imagededup {method}" + (f" ({told['weights']})" if told["weights"] else "")
    yield Row(f"{name}, {default}", encoding, finding, None if random else found[str(default)])
    if best != str(default) and not random:
        yield Row(f"the same, {best}", encoding, finding, found[best])


def _run(command: list[str]) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        sys.exit(f"Error: {' '.join(command[:5])} failed: {answer.stderr}")
    return answer.stdout


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--images", type=int, nargs="+", default=[2000, 10_000])
    parser.add_argument("--methods", nargs="*", choices=list(THRESHOLDS), default=list(THRESHOLDS))
    parser.add_argument("--out", type=Path, default=Path("build/planted"), help="folder for the pictures")
    add_peers_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
