"""Ingest beside other people's programs on the same files: `python -m benchmarks.ingest_peers FOLDER`.

In turns, on the same cores: `lookalike ingest` into a new index; imagededup's CNN `encode_images`, which only encodes,
once as documented (`num_enc_workers=0`) and once with a decoding process for each core; image-match's `add_image`, one
by one, into the same OpenSearch; a loop with torch and opensearch-py as tutorials write it, into the same OpenSearch,
once with `client.index` and once with `helpers.bulk`. Each turn ends with another `lookalike ingest`, and the peers'
rates are compared with the mean of the ingests before and after them. Of the peers only the calls are timed, of
Lookalike the run as it reports it, from the listing of the folder to the refresh at its end. What was changed to make
the peers run is told in `benchmarks/peers/`. Bounds: 2 x imagededup as documented, 10 x image-match. The larger the
images, the larger the ratios: the peers decode every pixel, Lookalike a JPEG at the scale that it needs.

Needs a node (`lookalike up`) and the environment that `make bench-ingest-peers` makes; the indices are deleted at the
end.
"""

import argparse
import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.ingest_run import connection_settings, ingest, own_index, own_state
from benchmarks.peers_environment import add_peers_option, require_peers
from benchmarks.plot_style import plot
from benchmarks.program import run_program
from lookalike.ingest.folders import list_images

INDEX = "lookalike-benchmark-peers"
SCRIPTS = Path(__file__).parent / "peers"


@dataclass
class Peer:
    """A script with its arguments, the index that it fills if any, the least ratio, and the images a second that it
    reached in each turn."""

    name: str
    command: list[str]
    index: str | None = None
    bound: float | None = None
    rates: list[float] = field(default_factory=list)
    ratios: list[float] = field(default_factory=list)

    def run(self, images: int) -> dict[str, Any]:
        """Run it once; ends the program if it fails or did not take all images."""
        answer = subprocess.run(self.command, capture_output=True, text=True, check=False)
        if answer.returncode != 0:
            sys.exit(f"Error: {self.name} failed: {answer.stderr}")
        report: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
        if report["images"] != images:
            sys.exit(f"Error: {self.name} took {report['images']} of {images} images")
        self.rates.append(images / report["seconds"])
        return report

    def compare(self, own_rate: float) -> None:
        """With the rate of Lookalike around its last run."""
        self.ratios.append(own_rate / self.rates[-1])

    def row(self) -> str:
        """Of the table."""
        ratio = statistics.median(self.ratios)
        spread = f"{min(self.ratios):.2f} to {max(self.ratios):.2f}"
        return f"| {self.name} | {statistics.median(self.rates):.0f} | {ratio:.2f} ({spread}) |"

    def bounds(self, folder: str) -> list[str]:
        """Whether the ratio is what was asked for; nothing if none was."""
        if self.bound is None:
            return []
        ratio = statistics.median(self.ratios)
        text = f"ingest / {self.name}, {folder}, at least {self.bound:.0f}"
        return [bound(text, f"{ratio:.2f}", ratio >= self.bound)]


def main() -> None:
    """Print a line a turn to standard error, then a table."""
    arguments = _arguments()
    require_peers(arguments.peers, "ingest-peers")
    images = sum(1 for _ in list_images([str(arguments.folder)]))
    settings = connection_settings()
    peers = _peers(arguments, settings.url)
    own: list[float] = []
    weights = ""
    with ExitStack() as stack:
        client = stack.enter_context(own_index(INDEX, settings))
        for index in {peer.index for peer in peers if peer.index}:
            stack.enter_context(own_index(index, settings))
        stack.enter_context(own_state())
        circumstances = conditions(client)

        def measure_own() -> None:
            client.indices.delete(index=f"{INDEX}*")
            run = ingest([arguments.folder], INDEX, written=images)
            count = client.count(index=INDEX)["count"]
            if count != images:
                sys.exit(f"Error: the index holds {count} documents, expected {images}")
            own.append(images / run.seconds)

        measure_own()
        for turn in range(arguments.rounds):
            for peer in peers:
                weights = peer.run(images).get("weights", weights)
                if peer.index:
                    _require_records(client, peer, images)
            measure_own()
            for peer in peers:
                peer.compare(2 / (1 / own[-2] + 1 / own[-1]))
            rates = ", ".join(f"{peer.name} {peer.rates[-1]:.0f}" for peer in peers)
            print(f"turn {turn + 1}: lookalike {own[-2]:.0f} and {own[-1]:.0f} images/s, {rates}", file=sys.stderr)
    print(circumstances, end="\n\n")
    print(
        f"| {images:,} images of {arguments.folder.name}, median of {arguments.rounds} turns; imagededup with {weights}"
        " | images/s | lookalike / peer |\n|---|---|---|"
    )
    print(f"| lookalike ingest | {statistics.median(own):.0f} | |")
    for peer in peers:
        print(peer.row())
    print("\n" + "\n".join(line for peer in peers for line in peer.bounds(arguments.folder.name)))
    if arguments.plot:
        medians = {peer.name.replace("`", ""): statistics.median(peer.rates) for peer in reversed(peers)}
        with plot(arguments.plot, f"Images a second, {images:,} images of {arguments.folder.name}", grid="x") as axes:
            bars = axes.barh([*medians, "lookalike ingest"], [*medians.values(), statistics.median(own)])
            axes.bar_label(bars, fmt="%.0f", padding=3)


def _peers(arguments: argparse.Namespace, url: str) -> list[Peer]:
    python, folder = str(arguments.peers), str(arguments.folder)
    encode = [python, str(SCRIPTS / "imagededup_encode.py"), folder]
    cores = len(psutil.Process().cpu_affinity() or [0])
    signatures, vectors = f"{INDEX}-image-match", f"{INDEX}-torch"
    add = [python, str(SCRIPTS / "image_match_add.py"), folder, url, signatures]
    loop = [python, str(SCRIPTS / "plain_torch_index.py"), folder, url, vectors]
    return [
        Peer("imagededup CNN `encode_images`", [*encode, "0"], bound=2),
        Peer(f"the same, `num_enc_workers={cores}`", [*encode, str(cores)]),
        Peer("image-match `add_image`", add, signatures, bound=10),
        Peer("torch, then `client.index`", [*loop, "one"], vectors),
        Peer("torch, then `helpers.bulk`", [*loop, "bulk"], vectors),
    ]


def _require_records(client: Any, peer: Peer, images: int) -> None:
    client.indices.refresh(index=peer.index)
    count = client.count(index=peer.index)["count"]
    if count != images:
        sys.exit(f"Error: the index of {peer.name} holds {count} documents, expected {images}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--plot", type=Path, metavar="FILE", help="PNG of the rates")
    add_peers_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
