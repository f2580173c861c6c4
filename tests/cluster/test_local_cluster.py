"""Which nodes a local cluster has. Starting several, and losing one: tests/plugin/test_cluster.py, which needs them."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.process import free_port
from tests.conftest import Run, open_folder


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    made = LocalCluster(open_folder())
    yield made
    made.down()
    shutil.rmtree(made.folder)


def test_more_nodes_than_there_are_ports_is_refused(run: Run, tmp_path: Path) -> None:
    result = run("up", "--node-dir", tmp_path, "--port", "65534", "--nodes", "3")
    assert (result.code, result.err) == (
        1,
        "Error: --port: 3 nodes need as many ports from 65534 on, but the last is 65535\n",
    )


def test_the_nodes_are_those_that_have_a_folder_and_none_is_left_out(run: Run, cluster: LocalCluster) -> None:
    assert [node.folder for node in cluster.nodes] == [cluster.folder]
    for name in ("node-2", "node-3", "node-5"):
        (cluster.folder / name).mkdir()
    assert [node.folder.name for node in cluster.nodes] == [cluster.folder.name, "node-2", "node-3"]
    result = run("up", "--node-dir", cluster.folder, "--port", free_port(), "--nodes", "2")
    assert (result.code, result.err) == (
        1,
        f"Error: the cluster of {cluster.folder} has 3 nodes, and each may hold what no other does: "
        "start all with --nodes 3, or another cluster with --node-dir\n",
    )
    shown = run("status", "--json", "--node-dir", cluster.folder)
    assert shown.code == 1
    assert [json.loads(line)["running"] for line in shown.out.splitlines()] == [False] * 3
