"""The nodes of a soak: a local cluster of its own, of which one node after another is restarted."""

import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from opensearchpy import OpenSearch, OpenSearchException

from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.program import Program, choose_program
from lookalike.cluster.versions import DEFAULT_VERSION
from lookalike.errors import NodeError

__all__ = ["Restarts", "SoakNodes", "own_nodes"]

_HEAP = "512m"
_PATIENCE = 180  # seconds


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
        self.cluster.up([self.program] * self.count, self.port, _HEAP, _PATIENCE, _tell)

    def restart(self, number: int) -> None:
        """Stop a node and start it again, and wait until every copy is where it belongs. Raises NodeError."""
        self.cluster.nodes[number].down()
        self.up()
        self.wait_green(number)

    def wait_green(self, number: int = 0) -> None:
        """Wait until this node says so, and of all nodes. Raises NodeError if it does not in time."""
        wanted = {"wait_for_status": "green", "wait_for_nodes": self.count, "timeout": "5s", "request_timeout": 30}
        deadline = time.monotonic() + _PATIENCE
        with OpenSearch(hosts=[self.urls[number]], timeout=30, max_retries=0) as client:
            while time.monotonic() < deadline:
                with suppress(OpenSearchException):
                    client.cluster.health(params=wanted)
                    return
                time.sleep(0.25)
        raise NodeError(f"{self.urls[number]} was not green with {self.count} nodes within {_PATIENCE} s")

    def resident(self) -> int:
        """Bytes that the nodes hold, all together."""
        statuses = [node.status() for node in self.cluster.nodes]
        return sum(psutil.Process(status.process.pid).memory_info().rss for status in statuses if status)


@contextmanager
def own_nodes(count: int, port: int) -> Iterator[SoakNodes]:
    """Nodes with the plugin, while they are needed; then they are stopped, and their data deleted."""
    folder = Path(tempfile.mkdtemp(prefix="lookalike-soak-"))
    folder.chmod(0o755)  # the nodes may run as another user
    version = os.environ.get("LOOKALIKE_OPENSEARCH", DEFAULT_VERSION)
    try:
        nodes = SoakNodes(LocalCluster(folder), choose_program(version, None, False, _tell), port, count)
        nodes.up()
        yield nodes
    finally:
        LocalCluster(folder).down()
        shutil.rmtree(folder)


class Restarts:
    """Restarts a node each `every` seconds, the last one first.

    `memory` holds bytes of the nodes and of this process at the end of each time without a restart; `done` is how many
    restarts there were.
    """

    def __init__(self, nodes: SoakNodes, every: float) -> None:
        self._nodes, self._every = nodes, every
        self.memory: list[tuple[int, int]] = []
        self.done = 0
        self._away, self._back = False, 0.0
        self._enough = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="restarts", daemon=True)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Restart nodes meanwhile, and wait for the last restart. Raises what kept a node from coming back."""
        self._thread.start()
        try:
            yield
        finally:
            self._enough.set()
            self._thread.join()
        self.require_well()
        self._look()

    def was_away(self, since: float) -> bool:
        """Whether a node was away at any time after `since`, of the monotonic clock."""
        return self._away or self._back >= since

    def require_well(self) -> None:
        """Raise what kept a node from coming back, if anything did."""
        if self._error:
            raise self._error

    def _run(self) -> None:
        due = time.monotonic() + self._every
        while not self._enough.wait(max(0.0, due - time.monotonic())):
            due = time.monotonic() + self._every
            try:
                self._look()
                self._away = True
                self._nodes.restart(self._nodes.count - 1 - self.done % self._nodes.count)
            except Exception as error:  # raised where somebody waits for it
                self._error = error
                return
            self._back, self._away = time.monotonic(), False
            self.done += 1

    def _look(self) -> None:
        self.memory.append((self._nodes.resident(), psutil.Process().memory_info().rss))


def _tell(step: str) -> None:
    print(step, file=sys.stderr, flush=True)
