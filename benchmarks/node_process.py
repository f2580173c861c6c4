"""The process of a node on this machine: whether it is still the same, and the memory that it holds."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.node_folder import default_node_folder

__all__ = ["Memory", "NodeProcess", "local_node_pids"]

Get = Callable[[str], Any]


@dataclass(frozen=True)
class Memory:
    """Bytes: of the heap after a collection, of the whole process, of it without mapped files, and reserved for
    pictures."""

    heap: int
    resident: int
    anonymous: int
    reserved: int


def local_node_pids(url: str) -> list[int]:
    """The processes of the local cluster (`lookalike up`) that answers at `url`; ends the program if there is none."""
    folder = Path(os.environ.get("LOOKALIKE_NODE_DIR") or default_node_folder())
    statuses = [node.status() for node in LocalCluster(folder).nodes]
    running = [status for status in statuses if status is not None]
    if url not in {status.url for status in running}:
        found = ", ".join(status.url for status in running) or "none that runs"
        sys.exit(
            f"Error: expected a local node at {url}, whose process can be watched, found {found} in {folder}; start it "
            "with `lookalike up`, and name it with LOOKALIKE_URL and LOOKALIKE_NODE_DIR if these are not the defaults"
        )
    return [status.process.pid for status in running]


class NodeProcess:
    """The one node of a local cluster; `get` yields the JSON that the node answers for a path."""

    def __init__(self, get: Get) -> None:
        self._get = get
        self._identity = self._who()
        self._process = psutil.Process(self._identity[0])

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._identity[0]

    def is_the_same(self) -> bool:
        """Whether it has been running ever since."""
        return self._who() == self._identity

    def memory(self) -> Memory:
        """What it holds after a full collection, which takes a moment; raises CalledProcessError without a JDK."""
        self._collect()
        node = self._one("/_nodes/_local/stats/jvm,breaker")
        heap = node["jvm"]["mem"]["heap_used_in_bytes"]
        held = self._process.memory_info()
        reserved = node["breakers"]["lookalike"]["estimated_size_in_bytes"]
        return Memory(heap, held.rss, held.rss - held.shared, reserved)

    def processor_seconds(self) -> float:
        """Seconds of processor time that it has used."""
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def _collect(self) -> None:
        program = Path(f"/proc/{self._process.pid}/exe").resolve().with_name("jcmd")
        owner: dict[str, Any] = {}
        if os.geteuid() == 0:  # a JVM listens to its own user only
            owner = {"user": self._process.uids().real, "group": self._process.gids().real, "extra_groups": []}
        command = [str(program), str(self._process.pid), "GC.run"]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **owner)

    def _who(self) -> tuple[int, int]:
        node = self._one("/_nodes/_local/jvm,process")
        return node["process"]["id"], node["jvm"]["start_time_in_millis"]

    def _one(self, path: str) -> Any:
        nodes = self._get(path)["nodes"]
        return next(iter(nodes.values()))
