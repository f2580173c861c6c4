"""The local node, run as users run it: through the command line, on ports and folders of its own."""

import collections
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

import lookalike
from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.node import LocalNode
from lookalike.cluster.node_folder import Place, open_log, prepare_folder, write_configuration
from lookalike.cluster.plugin_source import find_checkout
from lookalike.cluster.process import ProcessIdentity, free_port, identify, is_alive, port_holder
from lookalike.cluster.program import Program
from lookalike.cluster.versions import DEFAULT_VERSION, RELEASES, find_release
from lookalike.errors import NodeError
from tests.conftest import Node, Run, node_command, open_folder

VERSION = os.environ.get("LOOKALIKE_OPENSEARCH", DEFAULT_VERSION)


@pytest.fixture
def folder() -> Iterator[Path]:
    path = open_folder()
    yield path
    node_command("down", folder=path)
    shutil.rmtree(path)


def up(folder: Path, port: int, *more: str) -> subprocess.CompletedProcess[str]:
    return node_command("up", "--port", str(port), "--heap", "256m", *more, folder=folder)


def request(url: str, method: str = "GET", body: object = None) -> dict[str, object]:
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(asked, timeout=30) as answer:
        parsed: dict[str, object] = json.load(answer)
    return parsed


def test_a_process_is_known_by_its_start_as_well_as_its_id() -> None:
    own = identify(os.getpid())
    assert own is not None
    assert is_alive(own)
    assert not is_alive(ProcessIdentity(own.pid, own.started - 1000))
    ended = subprocess.Popen(["true"])
    ended.wait()
    assert identify(ended.pid) is None


def test_the_holder_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        holder = port_holder(listener.getsockname()[1])
    assert holder == f"{psutil.Process().name()} (pid {os.getpid()})"
    assert port_holder(free_port()) is None


def test_a_busy_port_is_refused_with_its_holder_and_a_way_out(run: Run, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run("up", "--port", port, "--node-dir", folder)
    name = psutil.Process().name()
    assert (result.code, result.out) == (1, "")
    assert result.err == (
        f"Error: port {port} is taken by {name} (pid {os.getpid()}): stop that, "
        f"or choose another port, as in `lookalike up --port {port + 1}`\n"
    )


def test_a_folder_that_cannot_be_made_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("up", "--node-dir", tmp_path / "file", "--port", free_port())
    assert result.code == 1
    assert "Error: cannot prepare" in result.err


@pytest.mark.parametrize("heap", ["lots", "0m", "1.5g", "-1g", "1g -XX:Evil"])
def test_a_heap_that_is_no_size_is_refused(run: Run, heap: str) -> None:
    result = run("up", f"--heap={heap}")
    assert result.code == 1
    assert "--heap: expected a number with m or g, such as 512m or 2g, found" in result.err


def test_nothing_running_is_said_and_not_an_error_for_down(run: Run, folder: Path) -> None:
    assert run("down", "--node-dir", folder).out == "no local node was running\n"
    status = run("status", "--node-dir", folder)
    assert status.code == 1
    assert status.out == f"no local node is running (data in {folder}); start it with `lookalike up`\n"
    assert json.loads(run("status", "--json", "--node-dir", folder).out) == {"running": False, "folder": str(folder)}


def test_down_never_ends_a_stranger_whose_id_stands_in_a_stale_record(folder: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        record = {"url": "http://127.0.0.1:1", "pid": stranger.pid, "started": time.time() - 5000}
        (folder / "node.json").write_text(json.dumps(record))
        assert LocalNode(folder).down() is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize(
    "record",
    [
        "",
        "{",
        "[]",
        '{"pid": 1}',
        '{"pid": "x", "started": []}',
        '{"pid": -5, "started": 1}',
        '{"pid": 0, "started": 1}',
    ],
)
def test_a_damaged_record_is_no_record(folder: Path, record: str) -> None:
    (folder / "node.json").write_text(record)
    assert LocalNode(folder).status() is None


@pytest.mark.cluster
def test_the_node_is_unprivileged_healthy_and_on_loopback_only(node: Node) -> None:
    status = LocalNode(node.folder).status()
    assert status is not None
    assert status.health in {"green", "yellow"}
    process = psutil.Process(status.process.pid)
    assert process.uids().real != 0
    listening = {item.laddr.ip for item in process.net_connections("tcp") if item.status == psutil.CONN_LISTEN}
    assert listening
    assert all(address in {"127.0.0.1", "::ffff:127.0.0.1"} for address in listening)


@pytest.mark.cluster
def test_a_second_up_is_a_no_op(node: Node) -> None:
    before = LocalNode(node.folder).status()
    again = up(node.folder, node.port)
    assert again.returncode == 0
    assert again.stderr == "already running\n"
    assert LocalNode(node.folder).status() == before


@pytest.mark.cluster
def test_up_on_another_port_names_the_one_in_use(node: Node) -> None:
    answer = up(node.folder, free_port())
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"Error: the node of {node.folder} already runs at {node.url}: use it there")


@pytest.mark.cluster
def test_up_leaves_a_node_that_runs_another_program_alone_and_says_so(node: Node) -> None:
    before = LocalNode(node.folder).status()
    assert before is not None
    answer = up(node.folder, node.port, "--without-plugin")
    assert answer.returncode == 0
    assert answer.stderr == (
        f"already running {before.program}, not OpenSearch {VERSION} with k-NN: "
        "`lookalike down`, then `lookalike up`, changes it\n"
    )
    assert LocalNode(node.folder).status() == before


@pytest.mark.cluster
def test_status_says_where_it_is_and_what_it_runs(node: Node, run: Run) -> None:
    checkout = find_checkout()
    assert checkout is not None
    build = checkout.build_id(find_release(VERSION))
    found = run("status", "--node-dir", node.folder)
    assert found.code == 0
    assert node.url in found.out
    expected = f"OpenSearch {VERSION} with k-NN and lookalike {lookalike.__version__} (build {build})"
    assert f"\nit runs {expected}\n" in found.out
    facts = json.loads(run("status", "--json", "--node-dir", node.folder).out)
    assert (facts["running"], facts["url"]) == (True, node.url)
    assert (facts["opensearch"], facts["plugin"], facts["plugin_build"]) == (VERSION, lookalike.__version__, build)
    answer = request(f"{node.url}/_nodes/plugins")
    (running,) = answer["nodes"].values()  # type: ignore[attr-defined]
    assert running["version"] == VERSION
    assert {item["name"] for item in running["plugins"]} == {"lookalike", "opensearch-knn"}


@pytest.mark.cluster
def test_a_killed_start_is_joined_and_data_outlives_a_kill_and_a_stop(folder: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "lookalike", "up", "--port", str(port), "--heap", "256m"]
    first = subprocess.Popen([*command, "--node-dir", str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert first.stderr is not None
    for line in first.stderr:
        if line.startswith(b"started as pid"):
            break
    first.send_signal(signal.SIGKILL)
    first.communicate()
    (folder / "node.json").write_text(json.dumps({"url": url}))  # as if killed before the process was recorded

    joined = up(folder, port)
    assert joined.returncode == 0, joined.stderr
    assert "is already starting, waiting until it is healthy" in joined.stderr
    request(f"{url}/kept/_doc/1?refresh=true", "PUT", {"text": "kept"})

    status = LocalNode(folder).status()
    assert status is not None
    os.kill(status.process.pid, signal.SIGKILL)
    while is_alive(status.process):
        time.sleep(0.05)
    stale = json.loads((folder / "node.json").read_text())
    again = up(folder, port)
    assert again.returncode == 0, again.stderr
    assert "healthy in" in again.stderr
    assert "from the cached assembly" in again.stderr
    assert json.loads((folder / "node.json").read_text())["started"] != stale.get("started")
    assert request(f"{url}/kept/_count")["count"] == 1

    stopped = node_command("down", folder=folder)
    assert stopped.stdout == "stopped; the data stays for the next `lookalike up`\n"
    assert LocalNode(folder).status() is None
    assert port_holder(port) is None


@pytest.mark.cluster
def test_a_node_that_cannot_start_says_why(folder: Path) -> None:
    answer = up(folder, free_port(), "--heap", "1m")
    assert answer.returncode == 1
    assert "Error: the node ended while starting: " in answer.stderr
    assert str(folder / "logs" / "console.log") in answer.stderr
    assert LocalNode(folder).status() is None


@pytest.mark.cluster
def test_a_node_that_is_not_healthy_in_time_is_stopped(folder: Path) -> None:
    port = free_port()
    answer = up(folder, port, "--patience", "1")
    assert answer.returncode == 1
    assert "the node was not healthy within 1 s and was stopped" in answer.stderr
    assert LocalNode(folder).status() is None
    assert port_holder(port) is None


def test_a_lock_that_cannot_be_opened_is_an_error(run: Run, folder: Path) -> None:
    (folder / "lock").mkdir()
    result = run("up", "--node-dir", folder, "--port", free_port())
    assert result.code == 1
    assert result.err.startswith(f"Error: cannot prepare or start the node in {folder}: [Errno 21] Is a directory")


def test_links_that_the_nodes_user_left_are_not_written_through(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "jvm.options").write_text("-Xms1g\n-Xmx1g\n")
    (home / "config" / "log4j2.properties").write_text("status = error\n")
    prepare_folder(folder)
    for name in ("opensearch.yml", "jvm.options", "log4j2.properties"):
        (folder / "config" / name).symlink_to(precious)
    (folder / "logs" / "console.log").symlink_to(precious)
    write_configuration(folder, home, Place(1, (9300,)), 9200, "256m")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        open_log(folder / "logs" / "console.log")
    assert precious.read_text() == "precious"
    assert (folder / "config" / "jvm.options").read_text() == "-Xms256m\n-Xmx256m\n"


def test_a_full_data_disk_is_refused_before_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 12_000_000))
    monkeypatch.setattr(Program, "assemble", lambda *_: (tmp_path, "the cached assembly"))
    with pytest.raises(NodeError, match="the node needs 500 MB of free disk, but .* has 12 MB"):
        LocalCluster(folder).up([Program(RELEASES[0], None)], free_port(), "256m", 1, say=lambda _: None)
