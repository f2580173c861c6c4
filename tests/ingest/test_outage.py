"""OpenSearch goes away in the middle of a run: the run waits, then either goes on or ends with what it has done."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from lookalike.ingest.writer import BulkWriter
from tests.conftest import Node, Run
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster


class Gate:
    """A way to the node that a test can close, as if OpenSearch were stopped: connections break, new ones fail."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self.port = 0
        self.reopen()

    def reopen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        self._run(self._accept, self._listener)

    def close(self) -> None:
        assert self._listener is not None
        for end in [self._listener, *self._open]:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def stop(self) -> None:
        self.close()
        for thread in self._threads:
            thread.join()

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments)  # type: ignore[arg-type]
        thread.start()
        self._threads.append(thread)

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._open += [near, far]
                self._run(self._pump, near, far)
                self._run(self._pump, far, near)

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


@pytest.fixture
def gate(node: Node) -> Iterator[Gate]:
    gate = Gate(node.port)
    yield gate
    gate.stop()


def close_after_first_bulk(gate: Gate, monkeypatch: pytest.MonkeyPatch, reopen_after: float | None) -> list[int]:
    """Close the gate when 128 documents are written; returns the list of what each request tried to write."""
    tried: list[int] = []
    write = BulkWriter.write

    def watched(writer: BulkWriter, documents: dict[str, dict[str, object]]) -> dict[str, str]:
        tried.append(len(documents))
        if len(tried) == 2:
            gate.close()
            if reopen_after is not None:
                threading.Timer(reopen_after, gate.reopen).start()
        return write(writer, documents)

    monkeypatch.setattr(BulkWriter, "write", watched)
    return tried


def test_a_short_absence_is_waited_out_and_nothing_is_lost(
    client: OpenSearch, index: str, run: Run, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pictures(tmp_path, 300)
    close_after_first_bulk(gate, monkeypatch, reopen_after=2)
    result = run("ingest", tmp_path, "--index", index, "--url", f"http://127.0.0.1:{gate.port}", "--json")
    assert result.code == 0, result.err
    summary = json.loads(result.out)
    assert (summary["written"], summary["failed"]) == (300, 0)
    assert client.count(index=index)["count"] == 300


def test_an_absence_beyond_patience_ends_the_run_and_the_same_command_goes_on(
    client: OpenSearch, index: str, run: Run, gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pictures(tmp_path, 300)
    url = f"http://127.0.0.1:{gate.port}"
    command = ("ingest", tmp_path, "--index", index, "--url", url)
    with monkeypatch.context() as patch:
        tried = close_after_first_bulk(gate, patch, reopen_after=None)
        patch.setattr(BulkWriter.__init__, "__defaults__", (1.0,))
        result = run(*command, "--failed", tmp_path / "failed.jsonl")
    written = tried[0]
    assert result.code == 1
    assert f"ended early, with {written} of 300 images done; the same command with --resume goes on" in result.err
    assert f"Error: nothing listens at {url}" in result.err
    assert f"{index}: {written} written, 0 unchanged, 0 failed" in result.out
    assert (tmp_path / "failed.jsonl").read_text() == ""

    gate.reopen()
    summary = json.loads(run(*command, "--json").out)
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (300 - written, written, 0)
    assert client.count(index=index)["count"] == 300
