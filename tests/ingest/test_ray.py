"""`lookalike ingest --engine ray` over a real Ray cluster of several nodes."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from opensearchpy import OpenSearch

from lookalike.encoder.artefact import find_artefact
from lookalike.ingest.item import item_id
from tests.conftest import Run
from tests.ingest.ray_cluster import LocalCluster, folder_for_ray, running_cluster
from tests.ingest.server import serving
from tests.ingest.test_ingest import documents
from tests.ingest.test_shards import shard
from tests.pictures import encoded, picture, save_pictures


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with running_cluster() as cluster:
        cluster.add_node()
        yield cluster


SMALL_WINDOWS = (
    "from lookalike.cli import main; from lookalike.ingest.ray_engine import runner; runner._WINDOW = 128; main()"
)


def start(cluster: LocalCluster, *arguments: str | Path, small_windows: bool = False) -> subprocess.Popen[str]:
    """Begin to ingest over the cluster, in a process of its own: Ray warns of what our tests take for errors."""
    program = ["-c", SMALL_WINDOWS] if small_windows else ["-m", "lookalike"]
    command = [sys.executable, *program, "ingest", *map(str, arguments), "--engine", "ray"]
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


def workers_of(raylet: psutil.Process) -> list[psutil.Process]:
    return [child for child in raylet.children() if "MapWorker" in " ".join(child.cmdline())]


def kill(raylet: psutil.Process) -> None:
    """As if the machine were gone: nothing on it ends in order."""
    for victim in [raylet, *raylet.children(recursive=True)]:
        victim.send_signal(signal.SIGKILL)


def sign_off(raylet: psutil.Process) -> None:
    """Take a node out of the cluster, so that the next test does not count on it."""
    raylet.terminate()
    deadline = time.monotonic() + 20
    while raylet.is_running() and raylet.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.1)


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
    assert workers_of(raylet)
    kill(raylet)
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


@pytest.mark.cluster
def test_an_interrupted_run_finishes_what_is_under_way_and_either_engine_goes_on(
    client: OpenSearch, index: str, run: Run, cluster: LocalCluster, tmp_path: Path
) -> None:
    total = 1536  # several windows, so that some are not begun yet when the first documents are seen
    paths = save_pictures(tmp_path, total)
    process = start(cluster, tmp_path, "--index", index, "--json", small_windows=True)
    wait_for_documents(client, index, process)
    process.send_signal(signal.SIGINT)
    code, summary, err = finish(process)
    done = summary["written"]
    assert code == 130
    assert err.splitlines() == [
        "finishing what is under way; interrupt again to stop at once",
        f"ended early, with {done} of {total} images done; the same command with --resume goes on",
    ]
    client.indices.refresh(index=index)
    assert client.count(index=index)["count"] == done < total

    resumed = json.loads(run("ingest", tmp_path, "--index", index, "--resume", "--json").out)
    assert (resumed["skipped"], resumed["written"], resumed["unchanged"]) == (done, total - done, 0)
    paths[0].unlink()
    paths[1].write_bytes(paths[2].read_bytes())
    again = start(cluster, tmp_path, "--index", index, "--sync", "--yes", "--json", small_windows=True)
    out, err = again.communicate(timeout=120)
    summary, deleted = map(json.loads, out.splitlines())
    assert (again.returncode, deleted, err) == (0, {"deleted": 1}, "")
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (1, total - 2, 0)
    assert client.count(index=index)["count"] == total - 1


@pytest.mark.cluster
def test_workers_read_shards_and_urls_and_what_fails_is_a_row_that_is_retried(
    client: OpenSearch, index: str, cluster: LocalCluster, tmp_path: Path
) -> None:
    shard(
        tmp_path / "0.tar",
        {"1.jpg": encoded(picture(1)), "1.json": b'{"caption": "one"}', "2.jpg": encoded(picture(2))},
    )
    with serving() as server:
        server.pages["/3.jpg"] = lambda answer: answer.give(200, encoded(picture(3)), ETag="v1")
        server.pages["/4.jpg"] = lambda answer: answer.give(410)
        listed = [f"{server.url}/3.jpg", f"{server.url}/4.jpg", f"{tmp_path}/5.jpg"]
        (tmp_path / "list.csv").write_text("url,n\n" + "".join(f"{url},{n}\n" for n, url in enumerate(listed)))
        command = (tmp_path / "0.tar", tmp_path / "list.csv", "--index", index, "--private-addresses", "--json")
        rows = tmp_path / "failed.jsonl"
        code, summary, err = finish(start(cluster, *command, "--failed", rows))
        assert (code, summary["written"], summary["failed"], err) == (3, 3, 2, "")
        assert {row["path"]: row["reason"] for row in map(json.loads, rows.read_text().splitlines())} == {
            listed[1]: "HTTP 410",
            listed[2]: "No such file or directory (on the Ray node 127.0.0.1)",
        }
        found = documents(client, index)
        assert found.keys() == {"1.jpg", "2.jpg", "3.jpg"}
        assert found["1.jpg"]["metadata"] == {"filename": "1.jpg", "caption": "one"}
        assert found["3.jpg"]["_id"] == item_id(listed[0])

        (tmp_path / "5.jpg").write_bytes(encoded(picture(5)))
        code, summary, _ = finish(start(cluster, *command, "--retry-failed"))
        assert (code, summary["written"], summary["skipped"], summary["failed"]) == (3, 1, 3, 1)


@pytest.mark.cluster
def test_where_there_are_gpus_each_has_a_worker_and_nothing_else_does(
    client: OpenSearch, index: str, cluster: LocalCluster, tmp_path: Path
) -> None:
    save_pictures(tmp_path, 256)
    raylet = cluster.add_node(cpus=4, gpus=2)
    try:
        process = start(cluster, tmp_path, "--index", index, "--json")
        wait_for_documents(client, index, process)
        workers = workers_of(raylet)
        code, summary, err = finish(process)
    finally:
        sign_off(raylet)
    assert len(workers) == 2
    assert (code, summary["written"], err) == (0, 256, "")


@pytest.mark.cluster
def test_a_fault_of_a_worker_ends_the_run_with_its_message(
    client: OpenSearch, index: str, cluster: LocalCluster, tmp_path: Path
) -> None:
    save_pictures(tmp_path / "pictures", 2)
    copy = tmp_path / "model"
    shutil.copytree(find_artefact().folder, copy)
    (copy / "model.onnx").write_bytes(b"damaged")
    code, summary, err = finish(start(cluster, tmp_path / "pictures", "--index", index, "--model", copy, "--json"))
    assert (code, summary["written"]) == (1, 0)
    assert f"Error: {copy}/model.onnx is not the file that model.json describes" in err
    assert "(a worker on the Ray node 127.0.0.1)" in err


@pytest.mark.cluster
def test_without_an_address_a_cluster_of_this_machine_is_started_and_no_log_has_the_password(
    client: OpenSearch, index: str, tmp_path: Path
) -> None:
    save_pictures(tmp_path / "pictures", 3)
    with folder_for_ray() as folder:
        variables = {
            "HOME": str(tmp_path),
            "RAY_TMPDIR": str(folder),
            "LOOKALIKE_USER": "anna",
            "LOOKALIKE_PASSWORD": "geheim",
        }
        command = [sys.executable, "-m", "lookalike", "ingest", str(tmp_path / "pictures"), "--index", index]
        process = subprocess.Popen(
            [*command, "--engine", "ray", "--json"], stdout=-1, stderr=-1, text=True, env=os.environ | variables
        )
        code, summary, err = finish(process)
        assert (code, summary["written"], err) == (0, 3, "")
        logs = [file for file in folder.rglob("*") if file.is_file()]
        assert len(logs) > 5
        assert [file for file in logs if b"geheim" in file.read_bytes()] == []


def test_bad_addresses_and_a_missing_extra_are_told_before_work_starts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pictures(tmp_path, 1)
    command = ("ingest", tmp_path, "--index", "none", "--url", "http://127.0.0.1:9", "--engine", "ray")
    for address in ("ray://head:10001", "head"):
        result = run(*command, "--ray-address", address)
        assert result.code == 1
        assert f"Error: --ray-address: expected HOST:PORT or auto, found {address!r}" in result.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = run(*command, "--ray-address", f"127.0.0.1:{port}")
    assert result.err.startswith(f"Error: no Ray cluster at 127.0.0.1:{port}: [Errno")
    monkeypatch.setitem(sys.modules, "ray", None)
    result = run(*command)
    assert result.code == 1
    assert result.err == "Error: --engine ray needs Ray, and ray is not installed: pip install 'lookalike[ray]'\n"
