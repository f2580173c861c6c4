"""The nodes of a soak: a local cluster of its own."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from opensearchpy import OpenSearch, OpenSearchException

from benchmarks.program import tell_time
from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.program import Program, choose_program
from lookalike.cluster.versions import DEFAULT_VERSION
from lookalike.errors import NodeError

__all__ = ["SoakNodes", "own_nodes"]

_HEAP = "512m"
_PATIENCE = 600  # seconds, for a busy machine


@dataclass(frozen=True)
class SoakNodes:
    """A local cluster of `count` nodes, on `port` and those after it."""

    cluster: LocalCluster
    program: Program
    port: int
    count: int

    @property
    def urls(self) -> list[str]:
        """Those of the nodes, in order."""
        return [f"http://127.0.0.1:{self.port + number}" for number in range(self.count)]

    def up(self) -> None:
        """Start what does not run. Raises NodeError."""
        self.cluster.up([self.program] * self.count, self.port, _HEAP, _PATIENCE, tell_time)

    def restart(self, number: int) -> None:
        """Stop a node and start it again, and wait until every copy is where it belongs. Raises NodeError."""
        tell_time(f"node {number + 1}: stops")
        self.cluster.nodes[number].down()
        self.up()
        self.wait_green(number)
        tell_time(f"node {number + 1}: every copy is in its place")

    def wait_green(self, number: int = 0) -> None:
        """Wait until this node says so, of all nodes, and no copy is on its way to another one. Raises NodeError if it
        does not in time."""
        wanted = {
            "wait_for_status": "green",
            "wait_for_nodes": self.count,
            "wait_for_no_relocating_shards": "true",
            "timeout": "5s",
            "request_timeout": 30,
        }
        deadline = time.monotonic() + _PATIENCE
        with OpenSearch(hosts=[self.urls[number]], timeout=30, max_retries=0) as client:
            while time.monotonic() < deadline:
                with suppress(OpenSearchException):
                    client.cluster.health(params=wanted)
                    return
                time.sleep(0.25)
        raise NodeError(f"{self.urls[number]} was not green with {self.count} nodes within {_PATIENCE} s")


@contextmanager
def own_nodes(count: int, port: int, logs: Path | None) -> Iterator[SoakNodes]:
    """Nodes with the plugin, while they are needed; then they are stopped, and their data deleted.

    Their logs are copied into the folder `logs` before that.
    """
    folder = Path(tempfile.mkdtemp(prefix="lookalike-soak-"))
    folder.chmod(0o755)  # the nodes may run as another user
    version = os.environ.get("LOOKALIKE_OPENSEARCH", DEFAULT_VERSION)
    cluster = LocalCluster(folder)
    try:
        nodes = SoakNodes(cluster, choose_program(version, None, False, tell_time), port, count)
        nodes.up()
        yield nodes
    finally:
        cluster.down()
        if logs:
            for number, node in enumerate(cluster.nodes, 1):
                shutil.copytree(node.folder / "logs", logs / f"node-{number}", dirs_exist_ok=True)
        shutil.rmtree(folder)
