"""OpenSearch rejects what it has no room for, because other clients load it: the run slows down and loses nothing."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import opensearchpy
import pytest

from lookalike.ingest.mapper import Mapper
from lookalike.ingest.writer import BulkWriter
from tests.conftest import Run
from tests.ingest.own_node import OwnNodes
from tests.ingest.watched import Writes, be_patient, watch
from tests.pictures import encoded, picture

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

INDEX, TOTAL = "overloaded", 1000
WAITING = 512 + 128 + 2 * 16  # images: what one look-up covers, what one request takes, what two threads are at


class Storm:
    """Five clients that write two megabytes at a time, one request after the other, for six seconds."""

    def __init__(self, nodes: OwnNodes) -> None:
        self._nodes = nodes
        self._threads = [threading.Thread(target=self._load) for _ in range(5)]
        lines = [{"index": {}}, {"text": "x" * 20_000}] * 100
        self._body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        self._end = 0.0

    def begin(self) -> None:
        """Return when it is at its height."""
        with self._nodes.client() as client:
            settings = {"number_of_replicas": 0}
            client.indices.create(index="others", body={"mappings": {"enabled": False}, "settings": settings})
        self._end = time.monotonic() + 6
        for thread in self._threads:
            thread.start()
        time.sleep(0.5)

    def wait(self) -> None:
        for thread in self._threads:
            thread.join()
        with self._nodes.client() as client:
            client.indices.delete(index="others")

    def _load(self) -> None:
        with self._nodes.client() as client:
            while time.monotonic() < self._end:
                try:
                    client.bulk(index="others", body=self._body)
                except opensearchpy.TransportError as error:
                    assert error.status_code == 429
                    time.sleep(0.01)


class Rejections:
    """Requests and documents that OpenSearch sent back to the run with a 429."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.requests = self.documents = 0
        bulk = BulkWriter._bulk

        def counted(writer: BulkWriter, body: bytes) -> Any:
            try:
                answer = bulk(writer, body)
            except opensearchpy.TransportError as error:
                self.requests += error.status_code == 429
                raise
            self.documents += sum(item["index"]["status"] == 429 for item in answer["items"])
            return answer

        patch.setattr(BulkWriter, "_bulk", counted)


def count_waiting(patch: pytest.MonkeyPatch, writes: Writes, waiting: list[int]) -> None:
    """Note how many images were read but not written yet, each time that a batch is begun."""
    mapped = 0
    map_ = Mapper.map

    def counted(mapper: Mapper, items: list[Any], known: Any) -> Any:
        nonlocal mapped
        mapped += len(items)
        waiting.append(mapped - writes.written)
        return map_(mapper, items, known)

    patch.setattr(Mapper, "map", counted)


def settle(waiting: list[int]) -> None:
    """Return when nothing was begun for a second: as far ahead as reading runs while nothing is written."""
    before = -1
    while len(waiting) != before:
        before = len(waiting)
        time.sleep(1)


def test_a_storm_of_rejections_slows_the_run_and_loses_nothing(
    narrow: OwnNodes, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(TOTAL):
        (tmp_path / f"{number}.jpg").write_bytes(encoded(picture(number, (64, 48))))
    waiting: list[int] = []
    storm = Storm(narrow)

    def interfere() -> None:
        settle(waiting)
        storm.begin()

    writes = watch(monkeypatch, interfere)
    count_waiting(monkeypatch, writes, waiting)
    rejections = Rejections(monkeypatch)
    be_patient(monkeypatch, 120)
    command = ("ingest", tmp_path, "--index", INDEX, "--url", narrow.url, "--workers", "2", "--json")
    result = run(*command)
    storm.wait()
    assert result.code == 0, result.err
    summary = json.loads(result.out)
    assert (summary["written"], summary["failed"]) == (TOTAL, 0)
    assert rejections.requests + rejections.documents > 0
    assert 256 < max(waiting) <= WAITING < TOTAL
    with narrow.client() as client:
        assert client.count(index=INDEX)["count"] == TOTAL
