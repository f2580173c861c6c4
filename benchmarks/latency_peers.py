"""Latency of a search by picture with the plugin and without it: `python -m benchmarks.latency_peers FOLDER`.

One client asks in turns: `knn` with a ready vector; `lookalike` with a picture that the node has not seen; `lookalike`
with one that is always the same; and, as one has to without the plugin, with the picture decoded and embedded in the
client, then `knn`: by the shipped encoder (ONNX Runtime, a thread for each core), and by torch as tutorials write it
(see `peers/plain_torch_search.py`), in a process of its own, in an index of its own vectors of the same pictures. All
use opensearch-py and are timed from the picture's bytes in the client's memory to the answer. The order changes from
turn to turn. Client and node share the processors, so that nothing is told of a network between them. Answers to one
picture that differ end the program.

Needs a node (`lookalike up`) and, unless told `--no-torch`, the environment that `make bench-latency-peers` makes; the
indices are deleted.
"""

import argparse
import base64
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from benchmarks.conditions import conditions
from benchmarks.ingest_run import own_index
from benchmarks.peers_environment import add_peers_option, require_peers
from benchmarks.plugin_index import SIZE, Connection, filled_index, query_pictures
from benchmarks.program import run_program
from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from lookalike.search.query import Clause, image_clause, knn_clause, search_request

INDEX = "lookalike-benchmark-latency-peers"
SCRIPTS = Path(__file__).parent / "peers"
K = 10
BARE, NEW, CLIENT = "`knn`, ready vector", "`lookalike`, new picture", "client embeds by ONNX Runtime, then `knn`"

Ask = Callable[[str], tuple[float, list[str]]]
"""A picture in base64 to the milliseconds that an answer took, and what was found."""


class OwnSearches:
    """Searches of the index that Lookalike has filled."""

    def __init__(self, settings: ConnectionSettings, connection: Connection, same: str) -> None:
        self._client = connect(settings)
        self._connection = connection
        self._same = base64.b64decode(same)
        self._session = EncoderSession(find_artefact(), threads=usable_cores())

    def bare(self, picture: str) -> tuple[float, list[str]]:
        """`knn`; the vector is asked for before."""
        vector = self._connection.ask("POST", "/_plugins/_lookalike/embed", {"image": picture})["embedding"]
        return self._timed(lambda: knn_clause(np.array([vector], np.float32)))

    def in_node(self, picture: str) -> tuple[float, list[str]]:
        """`lookalike`."""
        data = base64.b64decode(picture)
        return self._timed(lambda: image_clause(data, self._session.artefact.name))

    def same_in_node(self, _: str) -> tuple[float, list[str]]:
        """`lookalike` with the picture that is always the same."""
        return self._timed(lambda: image_clause(self._same, self._session.artefact.name))

    def in_client(self, picture: str) -> tuple[float, list[str]]:
        """Decode and embed here, then `knn`."""
        data, side = base64.b64decode(picture), self._session.artefact.native_size
        return self._timed(lambda: knn_clause(self._session.embed(decode(data, side).pixels[np.newaxis])))

    def _timed(self, clause: Callable[[], Clause]) -> tuple[float, list[str]]:
        began = time.perf_counter()
        answer = self._client.search(index=INDEX, body=search_request(clause(), K))
        milliseconds = (time.perf_counter() - began) * 1000
        return milliseconds, [hit["_id"] for hit in answer["hits"]["hits"]]


@contextmanager
def torch_search(python: Path, folder: Path, settings: ConnectionSettings) -> Iterator[tuple[Ask, str]]:
    """The search by torch, and what the weights are, once an index holds what torch makes of the folder's pictures."""
    index = f"{INDEX}-torch"
    with own_index(index, settings) as client:
        fill = [str(python), str(SCRIPTS / "plain_torch_index.py"), str(folder), settings.url, index, "bulk"]
        filled = subprocess.run(fill, capture_output=True, text=True, check=False)
        if filled.returncode != 0:
            sys.exit(f"Error: {fill[1]} failed: {filled.stderr}")
        client.indices.forcemerge(index=index, max_num_segments=1)
        search = [str(python), str(SCRIPTS / "plain_torch_search.py"), settings.url, index, str(K)]
        with subprocess.Popen(search, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            questions, answers = cast(IO[str], process.stdin), cast(IO[str], process.stdout)

            def told() -> Any:
                line = answers.readline()
                if not line:
                    sys.exit(f"Error: {search[1]} ended; above it says why")
                return json.loads(line)

            def ask(picture: str) -> tuple[float, list[str]]:
                print(picture, file=questions, flush=True)
                answer = told()
                return answer["milliseconds"], answer["found"]

            try:
                yield ask, told()
            finally:
                questions.close()


def main() -> None:
    """Print a table."""
    arguments = _arguments()
    if arguments.torch:
        require_peers(arguments.peers, "latency-peers")
    pictures = [picture for _, picture in query_pictures(arguments.folder, arguments.warm_up + arguments.requests + 1)]
    with ExitStack() as stack:
        settings = stack.enter_context(filled_index(INDEX, arguments.folder))
        connection = Connection(settings)
        connection.forget_pictures()
        own = OwnSearches(settings, connection, pictures.pop())
        kinds: dict[str, Ask] = {
            BARE: own.bare,
            NEW: own.in_node,
            "`lookalike`, same picture": own.same_in_node,
            CLIENT: own.in_client,
        }
        note = ""
        if arguments.torch:
            ask, weights = stack.enter_context(torch_search(arguments.peers, arguments.folder, settings))
            kinds["client embeds by torch, then `knn`"] = ask
            note = f"; torch: MobileNetV3-small, {weights}"
        _measure(kinds, pictures[: arguments.warm_up])
        times = _measure(kinds, pictures[arguments.warm_up :])
        count = connection.ask("GET", f"/{INDEX}/_count")["count"]
        print(conditions(connect(settings)), end="\n\n")
        connection.close()
    print(
        f"{arguments.requests} requests each, one client; {count:,} documents, k = {K}; JPEGs of "
        f"{SIZE[0]} x {SIZE[1]}{note}\n"
    )
    print("| | p50, ms | p95, ms | p50 / `knn` | p95 / `knn` |\n|---|---|---|---|---|")
    for name, some in times.items():
        median, slow = some / times[BARE]
        print(f"| {name} | {some[0]:.1f} | {some[1]:.1f} | {median:.1f} | {slow:.1f} |")


def _measure(kinds: dict[str, Ask], pictures: list[str]) -> dict[str, Any]:
    """Milliseconds within which half and 95 % of each kind's answers come."""
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    names = list(kinds)
    for turn, picture in enumerate(pictures):
        answers: dict[str, list[str]] = {}
        for place in range(len(names)):
            name = names[(turn + place) % len(names)]
            milliseconds, answers[name] = kinds[name](picture)
            times[name].append(milliseconds)
        if not answers[BARE] == answers[NEW] == answers[CLIENT]:
            sys.exit(f"Error: the answers to one picture differ: {answers}")
    return {name: np.percentile(some, [50, 95]) for name, some in times.items()}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--requests", type=int, default=300)
    parser.add_argument("--warm-up", type=int, default=100)
    parser.add_argument("--no-torch", dest="torch", action="store_false", help="leave out what needs torch")
    add_peers_option(parser)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
