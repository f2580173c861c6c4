"""Several nodes of one cluster, one of which has no plugin, as the tests of the plugin need them too."""

import json
import os
import shutil
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.process import is_alive
from lookalike.cluster.program import choose_program
from tests.conftest import Run, free_port, open_folder

VERSION = os.environ.get("LOOKALIKE_OPENSEARCH", "3.6.0")


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    made = LocalCluster(open_folder())
    yield made
    made.down()
    shutil.rmtree(made.folder)


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    while True:
        first = free_port()
        if first + count > 65535:
            continue
        with socket.socket() as second, socket.socket() as third:
            try:
                for offset, probe in enumerate((second, third), 1):
                    probe.bind(("127.0.0.1", first + offset))
            except OSError:
                continue
            return first


def request(url: str, method: str = "GET", body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


def wait_for(url: str, nodes: int, health: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            found = request(f"{url}/_cluster/health")
            if (found["number_of_nodes"], found["status"]) == (nodes, health):
                return
        except urllib.error.HTTPError:  # no cluster manager at this moment
            pass
        time.sleep(0.25)
    raise AssertionError(f"{url} never saw {nodes} nodes and {health}")


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


@pytest.mark.cluster
@pytest.mark.timeout(600)
def test_three_nodes_form_one_cluster_that_outlives_the_first(cluster: LocalCluster) -> None:
    port = free_ports(3)
    said: list[str] = []
    own = choose_program(VERSION, None, False, said.append)
    bare = choose_program(VERSION, None, True, said.append)
    statuses = cluster.up([own, own, bare], port, "256m", 180, said.append)
    first, second, third = urls = [status.url for status in statuses]
    assert urls == [f"http://127.0.0.1:{port + offset}" for offset in range(3)]
    assert [status.program is not None and status.program.build for status in statuses] == [own.build()] * 2 + [None]
    plugins = request(f"{second}/_cat/plugins?format=json")
    assert {item["name"] for item in plugins if item["component"] == "lookalike"} == {
        "lookalike-local",
        "lookalike-local-2",
    }
    assert {item["name"] for item in plugins if item["component"] == "opensearch-knn"} == {
        "lookalike-local",
        "lookalike-local-2",
        "lookalike-local-3",
    }

    request(f"{third}/kept", "PUT", {"settings": {"number_of_shards": 3, "number_of_replicas": 1}})
    for number in range(20):
        request(f"{urls[number % 3]}/kept/_doc/{number}?refresh=true", "PUT", {"number": number})
    wait_for(first, 3, "green")

    os.kill(statuses[0].process.pid, signal.SIGKILL)
    while is_alive(statuses[0].process):
        time.sleep(0.05)
    wait_for(second, 2, "yellow")
    assert request(f"{second}/kept/_count")["count"] == request(f"{third}/kept/_count")["count"] == 20

    again = cluster.up([own, own, bare], port, "256m", 180, said.append)
    assert [status.process for status in again[1:]] == [status.process for status in statuses[1:]]
    assert said[-4] == f"node 1: started as pid {again[0].process.pid}, waiting until it is healthy"
    assert said[-3:-1] == ["node 2: already running", "node 3: already running"]
    wait_for(third, 3, "green")
    assert request(f"{first}/kept/_count")["count"] == 20
    assert cluster.down() == 3
    assert cluster.down() == 0
