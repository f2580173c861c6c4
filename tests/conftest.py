"""What tests share: a node of their own, the command line, and indices that are gone afterwards."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from lookalike.cli import main
from lookalike.cluster.process import free_port
from lookalike.cluster.settings import ConnectionSettings


@dataclass(frozen=True)
class Result:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody listens on."""
    while True:
        first = free_port()
        probes = [socket.socket() for _ in range(count)]
        try:
            for port, probe in enumerate(probes, first):
                probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):  # one is taken, or beyond the last
            continue
        finally:
            for probe in probes:
                probe.close()
        return first


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # Where programs are kept, which version is tested, and whether what is not installed may be left out.
    meant = {"LOOKALIKE_CACHE", "LOOKALIKE_CI", "LOOKALIKE_OPENSEARCH"}
    for name in [name for name in os.environ if name.startswith("LOOKALIKE_") and name not in meant]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-configuration"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process, as `lookalike ARGUMENTS` would."""

    def call(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["lookalike", *map(str, arguments)])
        capfd.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit_:
            code = exit_.code if isinstance(exit_.code, int) else int(exit_.code is not None)
        captured = capfd.readouterr()
        assert "Traceback" not in captured.err
        return Result(code, captured.out, captured.err)

    return call


@dataclass(frozen=True)
class Node:
    """The node that the tests share."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, as users do."""
    command = [sys.executable, "-m", "lookalike", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def node_command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command on the local node of a folder."""
    return process(*arguments, "--node-dir", folder)


def open_folder() -> Path:
    """A temporary folder that the node's user can enter; pytest's own belong to whoever runs it."""
    folder = Path(tempfile.mkdtemp(prefix="lookalike-test-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    folder, port = open_folder(), free_port()
    try:
        started = node_command("up", "--port", str(port), "--heap", "512m", folder=folder)
        assert started.returncode == 0, started.stderr
        yield Node(folder, port)
    finally:
        node_command("down", folder=folder)
        shutil.rmtree(folder)


@pytest.fixture
def connection(node: Node, monkeypatch: pytest.MonkeyPatch) -> ConnectionSettings:
    """The shared node; commands find it through LOOKALIKE_URL."""
    monkeypatch.setenv("LOOKALIKE_URL", node.url)
    return ConnectionSettings(node.url)


@pytest.fixture
def client(connection: ConnectionSettings) -> Iterator[OpenSearch]:
    with OpenSearch(hosts=[connection.url], timeout=60) as client:
        yield client


@pytest.fixture
def index(client: OpenSearch) -> Iterator[str]:
    """The name of an index that does not exist yet and is deleted after the test."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    yield name
    client.indices.delete(index=name, ignore_unavailable=True)
    client.indices.delete_index_template(name=f"lookalike-{name}", ignore=[404])
