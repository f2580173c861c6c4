"""The disk is full: OpenSearch makes indices read-only, for real, because its watermarks say that space is short."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from tests.conftest import Run
from tests.ingest.own_node import OwnNodes
from tests.ingest.watched import be_patient, watch
from tests.pictures import save_pictures

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

INDEX = "filled"
BLOCK = "disk usage exceeded flood-stage watermark, index has read-only-allow-delete block"
ADVICE = "This means that a disk of the cluster is full: free or add space, and OpenSearch lifts the block by itself"


class Disk:
    """The node's disk, as OpenSearch sees it."""

    def __init__(self, client: OpenSearch) -> None:
        self._client = client

    def fill(self) -> None:
        """Demand more free space than any disk has; returns when the index is read-only."""
        self._demand("1000tb")
        self._wait(blocked=True)

    def free(self) -> None:
        self._demand(None)

    def wait_free(self) -> None:
        self._wait(blocked=False)

    def _demand(self, space: str | None) -> None:
        marks = {f"cluster.routing.allocation.disk.watermark.{mark}": space for mark in ("low", "high", "flood_stage")}
        self._client.cluster.put_settings(body={"transient": marks})

    def _wait(self, blocked: bool) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            blocks: dict[str, Any] = self._client.cluster.state(metric="blocks")["blocks"]
            if INDEX in blocks.get("indices", {}) if blocked else not blocks:
                return
            time.sleep(0.2)
        raise AssertionError(f"the block did not {'come' if blocked else 'go'}")


@pytest.fixture
def disk(narrow: OwnNodes) -> Iterator[Disk]:
    with narrow.client() as client:
        disk = Disk(client)
        yield disk
        disk.free()
        disk.wait_free()
        client.indices.delete(index=INDEX, ignore_unavailable=True)


def test_a_full_disk_is_waited_out_until_there_is_space(
    narrow: OwnNodes, disk: Disk, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pictures(tmp_path, 200)
    freed = threading.Timer(2, disk.free)

    def fill() -> None:
        disk.fill()
        freed.start()

    watch(monkeypatch, fill)
    be_patient(monkeypatch, 120)
    result = run("ingest", tmp_path, "--index", INDEX, "--url", narrow.url, "--json")
    assert result.code == 0, result.err
    summary = json.loads(result.out)
    assert (summary["written"], summary["failed"]) == (200, 0)
    with narrow.client() as client:
        assert client.count(index=INDEX)["count"] == 200


def test_a_disk_that_stays_full_ends_the_run_which_says_so_and_can_be_resumed(
    narrow: OwnNodes, disk: Disk, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pictures(tmp_path / "pictures", 200)
    command = ("ingest", tmp_path / "pictures", "--index", INDEX, "--url", narrow.url)
    with monkeypatch.context() as patch:
        writes = watch(patch, disk.fill)
        be_patient(patch, 2)
        result = run(*command, "--failed", tmp_path / "failed.jsonl")
    assert result.code == 1
    written = writes.tried[0]
    assert f"ended early, with {written} of 200 images done; the same command with --resume goes on" in result.err
    assert (
        f"Error: OpenSearch at {narrow.url} has rejected documents for 2 s: index [{INDEX}] blocked by: " in result.err
    )
    assert BLOCK in result.err
    assert ADVICE in result.err
    assert f"{INDEX}: {written} written, 0 unchanged, 0 failed" in result.out
    assert (tmp_path / "failed.jsonl").read_text() == ""

    with monkeypatch.context() as patch:
        be_patient(patch, 2)
        again = run(*command, "--resume")
    assert again.code == 1
    assert ADVICE in again.err
    other = run("ingest", tmp_path / "pictures", "--index", "another", "--url", narrow.url)
    assert other.code == 1
    assert f"Error: OpenSearch at {narrow.url} refuses to write: blocked by: " in other.err
    assert ADVICE in other.err

    disk.free()
    disk.wait_free()
    resumed = run(*command, "--resume", "--json")
    assert resumed.code == 0, resumed.err
    summary = json.loads(resumed.out)
    assert (summary["skipped"], summary["written"], summary["failed"]) == (written, 200 - written, 0)
    with narrow.client() as client:
        assert client.count(index=INDEX)["count"] == 200
        settings = client.indices.get_settings(index=INDEX)[INDEX]["settings"]["index"]
    assert (settings.get("refresh_interval"), settings["auto_expand_replicas"]) == (None, "0-1")


@pytest.mark.parametrize("block", ["write", "read_only"])
def test_an_index_that_somebody_closed_for_writing_fails_no_row(
    narrow: OwnNodes, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: str
) -> None:
    save_pictures(tmp_path, 3)
    with narrow.client() as client:
        assert run("init", INDEX, "--url", narrow.url).code == 0
        client.indices.put_settings(index=INDEX, body={f"index.blocks.{block}": True})
        be_patient(monkeypatch, 0.5)
        result = run("ingest", tmp_path, "--index", INDEX, "--url", narrow.url)
        client.indices.put_settings(index=INDEX, body={f"index.blocks.{block}": None})
        client.indices.delete(index=INDEX)
    assert result.code == 1
    assert "a setting of the index or cluster forbids it; whoever set the block can lift it" in result.err
    assert "with 0 of 3 images done" in result.err
    assert ": 0 written, 0 unchanged, 0 failed" in result.out
