"""A node of three is killed in the middle of a run: with a replica nothing happens, without one nothing is hidden."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.cluster.process import is_alive
from lookalike.ingest import writer
from tests.conftest import Run
from tests.ingest.own_node import OwnNodes, own_nodes
from tests.ingest.watched import be_patient, watch
from tests.pictures import save_pictures

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

NAMES = ["lookalike-local", "lookalike-local-2", "lookalike-local-3"]


@pytest.fixture(scope="module")
def trio() -> Iterator[OwnNodes]:
    with own_nodes(3) as nodes:
        with nodes.client() as client:  # no index is to lie on the node that commands talk to
            here = {"cluster.routing.allocation.exclude._name": NAMES[0]}
            client.cluster.put_settings(body={"persistent": here})
        yield nodes


@pytest.fixture
def client(trio: OwnNodes) -> Iterator[OpenSearch]:
    with trio.client() as client:
        wait_for(client, nodes=3)
        yield client


def wait_for(client: OpenSearch, **expected: Any) -> None:
    """Wait until the cluster's health is that."""
    deadline, found = time.monotonic() + 120, client.cluster.health()
    while time.monotonic() < deadline:
        if expected.items() <= {"nodes": found["number_of_nodes"], **found}.items():
            return
        time.sleep(0.25)
        found = client.cluster.health()
    raise AssertionError(f"the cluster never had {expected}: {found}")


def kill(nodes: OwnNodes, number: int) -> None:
    killed = nodes.statuses[number].process
    os.kill(killed.pid, signal.SIGKILL)
    while is_alive(killed):
        time.sleep(0.05)


def primary(client: OpenSearch, index: str) -> int:
    """The number of the node that holds the index's only primary shard."""
    (shard,) = (entry for entry in client.cat.shards(index=index, format="json") if entry["prirep"] == "p")
    return NAMES.index(shard["node"])


def test_a_node_that_is_killed_costs_nothing_where_another_holds_a_copy(
    trio: OwnNodes, client: OpenSearch, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = "copied"
    save_pictures(tmp_path, 300)
    assert run("init", index, "--url", trio.url).code == 0
    wait_for(client, status="green")
    assert client.cat.indices(index=index, format="json")[0]["rep"] == "1"
    killed = primary(client, index)
    watch(monkeypatch, lambda: kill(trio, killed))
    result = run("ingest", tmp_path, "--index", index, "--url", trio.url, "--json")
    assert result.code == 0, result.err
    summary = json.loads(result.out)
    assert (summary["written"], summary["failed"]) == (300, 0)
    assert primary(client, index) != killed
    assert client.count(index=index)["count"] == 300
    trio.up()
    wait_for(client, nodes=3)
    client.indices.delete(index=index)


def test_a_first_load_without_copies_says_which_part_is_away_and_is_resumed_when_it_is_back(
    trio: OwnNodes, client: OpenSearch, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = "alone"
    save_pictures(tmp_path, 300)
    command = ("ingest", tmp_path, "--index", index, "--url", trio.url)

    with monkeypatch.context() as patch:
        writes = watch(patch, lambda: kill(trio, primary(client, index)))
        be_patient(patch, 5)
        patch.setitem(writer._WAITS, "timeout", "5s")
        result = run(*command)
    written = writes.tried[0]
    assert result.code == 1
    assert f"ended early, with {written} of 300 images done; the same command with --resume goes on" in result.err
    assert f"Error: OpenSearch at {trio.url} has rejected documents for 5 s: " in result.err
    assert "primary shard is not active" in result.err
    assert f": {written} written, 0 unchanged, 0 failed" in result.out
    trio.up()
    wait_for(client, nodes=3, status="green")
    resumed = run(*command, "--resume", "--json")
    assert resumed.code == 0, resumed.err
    summary = json.loads(resumed.out)
    assert (summary["skipped"], summary["written"], summary["failed"]) == (written, 300 - written, 0)
    assert client.count(index=index)["count"] == 300
    assert client.indices.get_settings(index=index)[index]["settings"]["index"]["auto_expand_replicas"] == "0-1"
