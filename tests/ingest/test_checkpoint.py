"""The checkpoint of a real run: cut in half, wanted by two runs at once, of an index that was deleted."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from lookalike.ingest.folders import ImageFile
from tests.conftest import Run, process
from tests.ingest.test_ingest import counts, settled, worker_half_way
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster

TOTAL = 400


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("pictures")
    save_pictures(folder, TOTAL)
    yield folder


def ids(client: OpenSearch, index: str) -> list[str]:
    body = {"size": 2 * TOTAL, "_source": False, "query": {"match_all": {}}}
    return sorted(hit["_id"] for hit in client.search(index=index, body=body)["hits"]["hits"])


def expected(folder: Path) -> list[str]:
    return sorted(ImageFile(path, "").id for path in folder.iterdir())


def test_a_checkpoint_cut_in_half_is_said_and_the_index_is_right_in_the_end(
    client: OpenSearch, index: str, run: Run, pictures: Path, tmp_path: Path
) -> None:
    with worker_half_way(client, index, pictures) as worker:
        worker.send_signal(signal.SIGINT)
        worker.communicate(timeout=60)
    (file,) = (tmp_path / "state" / "lookalike" / "jobs").glob("*.sqlite")
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    kept = settled(client, index)
    result = run("ingest", pictures, "--index", index, "--resume", "--json")
    assert result.code == 0, result.err
    damaged = file.with_suffix(".damaged")
    assert f"the checkpoint was damaged and lies in {damaged} now; the job starts anew" in result.err
    assert damaged.stat().st_size == len(data) // 2
    summary = json.loads(result.out)
    # The index still tells what is done, though the checkpoint does not.
    assert (summary["skipped"], summary["unchanged"], summary["written"]) == (0, kept, TOTAL - kept)
    assert ids(client, index) == expected(pictures)


def test_a_second_run_of_the_same_job_says_who_is_at_it_and_the_first_goes_on(
    client: OpenSearch, index: str, pictures: Path
) -> None:
    with worker_half_way(client, index, pictures) as worker:
        second = process("ingest", pictures, "--index", index)
        assert second.returncode == 1
        assert second.stdout == ""
        assert (
            f"is running already (process {worker.pid}); wait for it, or give --job NAME for another" in second.stderr
        )
        out, err = worker.communicate(timeout=120)
    assert worker.returncode == 0, err
    assert counts(out) == {"written": TOTAL, "unchanged": 0, "failed": 0}
    assert ids(client, index) == expected(pictures)


def test_two_jobs_that_fill_one_new_index_at_once_leave_it_whole(
    client: OpenSearch, index: str, pictures: Path
) -> None:
    with worker_half_way(client, index, pictures) as worker:
        second = process("ingest", pictures, "--index", index, "--job", "second")
        assert second.returncode == 0, second.stderr
        _, err = worker.communicate(timeout=120)
    assert worker.returncode == 0, err
    assert ids(client, index) == expected(pictures)
    settings = client.indices.get_settings(index=index)[index]["settings"]["index"]
    assert (settings.get("refresh_interval"), settings["auto_expand_replicas"]) == (None, "0-1")


def test_resuming_into_an_index_that_was_deleted_passes_over_nothing(
    client: OpenSearch, index: str, run: Run, pictures: Path
) -> None:
    with worker_half_way(client, index, pictures) as worker:
        worker.send_signal(signal.SIGINT)
        worker.communicate(timeout=60)
    client.indices.delete(index=index)
    command = ("ingest", pictures, "--index", index)
    failed_only = run(*command, "--retry-failed")
    assert failed_only.code == 1
    expected_error = "Error: nothing to retry: the job has not filled this index before; run without --retry-failed\n"
    assert failed_only.err == expected_error
    result = run(*command, "--resume")
    assert result.code == 0, result.err
    assert "the index is not the one that the job filled before, so nothing is passed over" in result.err
    assert ids(client, index) == expected(pictures)
