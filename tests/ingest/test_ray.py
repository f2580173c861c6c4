"""`lookalike ingest --engine ray` over a real Ray cluster of several nodes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from tests.conftest import Run
from tests.ingest.ray_cluster import LocalCluster, running_cluster
from tests.ingest.test_ingest import documents
from tests.pictures import save_pictures


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with running_cluster() as cluster:
        cluster.add_node()
        yield cluster


def start(cluster: LocalCluster, *arguments: str | Path) -> subprocess.Popen[str]:
    """Begin to ingest over the cluster, in a process of its own: Ray warns of what our tests take for errors."""
    command = [sys.executable, "-m", "lookalike", "ingest", *map(str, arguments), "--engine", "ray"]
    command += ["--ray-address", cluster.address]
    return subprocess.Popen(command, stdout=-1, stderr=-1, text=True, env=os.environ | cluster.environment)


def finish(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any], str]:
    """Exit code, summary, and what it printed beside; only lines of JSON are allowed on standard output."""
    out, err = process.communicate(timeout=120)
    rows = [json.loads(line) for line in out.splitlines()]
    return process.returncode, rows[-1] if rows else {}, err


def wait_for_documents(client: OpenSearch, index: str, process: subprocess.Popen[str]) -> int:
    """Wait until the index holds some; how many."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if client.indices.exists(index=index):
            client.indices.refresh(index=index)
            if count := int(client.count(index=index)["count"]):
                return count
        time.sleep(0.1)
    raise AssertionError(f"no document came: {process.communicate(timeout=60)}")


@pytest.mark.cluster
def test_a_node_is_killed_and_nothing_is_lost_or_twice_or_otherwise_than_from_one_machine(
    client: OpenSearch, index: str, run: Run, cluster: LocalCluster, tmp_path: Path
) -> None:
    total = 640
    pictures = tmp_path / "pictures"
    save_pictures(pictures, total)
    (pictures / "broken.jpg").write_bytes(b"no picture")
    raylet = cluster.add_node()
    process = start(cluster, pictures, "--index", index, "--json")
    assert wait_for_documents(client, index, process) < total
    lost = raylet.children(recursive=True)
    assert any("MapWorker" in child.name() or "MapWorker" in " ".join(child.cmdline()) for child in lost)
    for victim in [raylet, *lost]:
        victim.send_signal(signal.SIGKILL)
    code, summary, err = finish(process)
    assert (code, err) == (3, "")
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (total, 0, 1)
    assert client.count(index=index)["count"] == total

    by_ray = documents(client, index)
    client.indices.delete(index=index)
    assert run("ingest", pictures, "--index", index).code == 3
    by_one = documents(client, index)
    for document in [*by_ray.values(), *by_one.values()]:
        del document["ingested_at"]
    assert by_ray == by_one
