"""The local cluster: one node, or several that hold each other's copies, below one folder."""

import contextlib
import fcntl
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lookalike.cluster.node import LocalNode, NodeStatus
from lookalike.cluster.node_folder import Place, prepare_folder
from lookalike.cluster.process import free_port, port_holder
from lookalike.cluster.program import Program
from lookalike.errors import NodeError

__all__ = ["LocalCluster"]


class LocalCluster:
    """Nodes kept in `folder`, the first in the folder itself, the others in `node-2`, `node-3`, … below it.

    How many there are is how many of these folders exist. The nodes need not run the same program: tests have one
    without the plugin. Every method may be called again at any time, from any process.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def nodes(self) -> list[LocalNode]:
        """Those that have been started at least once, or the first if none has."""
        count = 1
        while (self.folder / f"node-{count + 1}").is_dir():
            count += 1
        return self._members(count)

    def up(
        self, programs: Sequence[Program], port: int, heap: str, patience: float, say: Callable[[str], None]
    ) -> list[NodeStatus]:
        """Start a node for each program, on `port` and those after it, and wait until all are healthy.

        Nodes that run are left as they are, whatever they run. `say` is told each step; `patience` is the seconds
        to wait once all have been started. Raises NodeError if a port is taken, there are more nodes than programs,
        no JDK fits, a program cannot be assembled, the disk is full, a folder cannot be used, or a node ends or is
        not healthy in time (then that one is stopped).
        """
        try:
            prepare_folder(self.folder)
            with self._lock(say):
                return self._up(programs, port, heap, patience, say)
        except OSError as error:
            raise NodeError(f"cannot prepare or start the node in {self.folder}: {error}") from error

    def down(self, patience: float = 30) -> int:
        """Stop the nodes, each by force after `patience` seconds; data stays. Returns how many were running."""
        return sum(node.down(patience) for node in self.nodes)

    def _up(
        self, programs: Sequence[Program], port: int, heap: str, patience: float, say: Callable[[str], None]
    ) -> list[NodeStatus]:
        existing = len(self.nodes)
        if len(programs) < existing:
            raise NodeError(
                f"the cluster of {self.folder} has {existing} nodes, and each may hold what no other does: "
                f"start all with --nodes {existing}, or another cluster with --node-dir"
            )
        began = time.monotonic()
        nodes = self._members(len(programs))
        ports = self._transport_ports(nodes, port)
        begun = []
        for number, (node, program) in enumerate(zip(nodes, programs, strict=True), 1):
            place = Place(number, ports)
            begun.append(node.begin(program, place, port + number - 1, heap, _prefixed(say, place)))
        since = time.monotonic()
        statuses = [node.wait_healthy(start, since, patience) for node, start in zip(nodes, begun, strict=True)]
        made_from = next((start.made_from for start in begun if start.made_from), None)
        if made_from:
            say(f"healthy in {time.monotonic() - began:.1f} s from {made_from}")
        return statuses

    def _transport_ports(self, nodes: list[LocalNode], port: int) -> tuple[int, ...]:
        """Those of the running nodes, and free ones for the others; raises NodeError if an HTTP port is taken."""
        found = []
        for http_port, node in enumerate(nodes, port):
            running = node.status()
            if running is not None:
                node.require_port(running, http_port)
                known = node.transport_port()
                if known is None and len(nodes) > 1:
                    raise NodeError(f"the node of {node.folder} was started to be alone: run `lookalike down` first")
                found.append(known or free_port())
                continue
            holder = port_holder(http_port)
            if holder:
                raise NodeError(
                    f"port {http_port} is taken by {holder}: stop that, "
                    f"or choose another port, as in `lookalike up --port {http_port + 1}`"
                )
            found.append(free_port())
        return tuple(found)

    def _members(self, count: int) -> list[LocalNode]:
        return [LocalNode(self.folder), *(LocalNode(self.folder / f"node-{i}") for i in range(2, count + 1))]

    @contextlib.contextmanager
    def _lock(self, say: Callable[[str], None]) -> Iterator[None]:
        with (self.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another `lookalike up` is at work here, waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _prefixed(say: Callable[[str], None], place: Place) -> Callable[[str], None]:
    """Say of which node a step is, if there are several."""
    return say if len(place.transport_ports) == 1 else lambda step: say(f"node {place.number}: {step}")
