"""A Ray cluster of several nodes on loopback. Run as a program, so that nothing of Ray is loaded where tests run."""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

__all__ = ["LocalCluster", "folder_for_ray", "running_cluster"]

_NODE = {"node_ip_address": "127.0.0.1", "object_store_memory": 80_000_000, "include_dashboard": False}
# A node that does not answer is given up after two seconds instead of fifteen.
_SOON_DEAD = {"health_check_period_ms": 500, "health_check_timeout_ms": 2000, "health_check_failure_threshold": 4}


def _environment() -> dict[str, str]:
    """Variables of the processes of a cluster and of those that connect to it: a token, loopback, no telemetry."""
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # what Ray calls loopback
        "RAY_USAGE_STATS_ENABLED": "0",
    }


@dataclass(frozen=True)
class LocalCluster:
    """A cluster whose first node has no CPUs: it only holds the driver."""

    address: str
    environment: dict[str, str]
    process: subprocess.Popen[str]

    def add_node(self, cpus: int = 1, gpus: int = 0) -> psutil.Process:
        """Add a node; its raylet, whose children are its workers. Ray counts the GPUs and does not look for them."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"num_cpus": cpus, "num_gpus": gpus}) + "\n")
        self.process.stdin.flush()
        return psutil.Process(int(self._told()))

    def _told(self) -> Any:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())


@contextmanager
def folder_for_ray() -> Iterator[Path]:
    """A folder whose name is short enough for Ray's sockets; pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="ray-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running_cluster() -> Iterator[LocalCluster]:
    """Start a cluster without workers, and stop all of it in the end; fails if any process of it is left."""
    with folder_for_ray() as folder:
        # Ray notes the address of a cluster there, in a folder that it expects to find.
        variables = _environment() | {"RAY_TMPDIR": str(folder)}
        (folder / "ray").mkdir()
        command = [sys.executable, "-m", "tests.ingest.ray_cluster", str(folder)]
        process = subprocess.Popen(
            command, stdin=-1, stdout=-1, stderr=subprocess.DEVNULL, text=True, env=os.environ | variables
        )
        assert process.stdout is not None
        try:
            yield LocalCluster(json.loads(process.stdout.readline()), variables, process)
        finally:
            members = psutil.Process(process.pid).children(recursive=True)
            process.communicate(timeout=60)
            _, left = psutil.wait_procs(members, timeout=20)
            for member in left:
                member.kill()
    assert not left


def main(folder: str) -> None:
    """Start the first node, tell its address, add a node for each line, and stop when no more come."""
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    cluster.add_node(num_cpus=0, temp_dir=folder, _system_config=_SOON_DEAD, **_NODE)
    print(json.dumps(cluster.address), flush=True)
    for line in sys.stdin:
        node = cluster.add_node(**json.loads(line), **_NODE)
        print(json.dumps(node.all_processes["raylet"][0].process.pid), flush=True)
    cluster.shutdown()


if __name__ == "__main__":
    main(sys.argv[1])
