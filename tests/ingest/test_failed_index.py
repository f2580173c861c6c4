"""`lookalike ingest --failed-index` and `--force-merge` on a real node."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from tests.conftest import Run
from tests.pictures import encoded, picture, save_pictures

pytestmark = pytest.mark.cluster


@pytest.fixture
def failures(client: OpenSearch, index: str) -> Iterator[str]:
    """The name of an index for the failures, which is deleted after the test."""
    name = f"{index}-failed"
    yield name
    client.indices.delete(index=name, ignore_unavailable=True)


def rows(client: OpenSearch, name: str) -> dict[str, dict[str, Any]]:
    client.indices.refresh(index=name)
    hits = client.search(index=name, body={"size": 100})["hits"]["hits"]
    return {Path(hit["_source"]["path"]).name: hit["_source"] for hit in hits}


def test_failures_stand_in_an_index_until_they_are_settled(
    client: OpenSearch, index: str, run: Run, failures: str, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    save_pictures(folder, 3)
    for name in ("empty.jpg", "words.jpg"):
        (folder / name).write_bytes(b"" if name == "empty.jpg" else b"words")
    command = ("ingest", folder, "--index", index, "--failed-index", failures, "--job", "nightly")
    assert run(*command).code == 3
    found = rows(client, failures)
    assert found.keys() == {"empty.jpg", "words.jpg"}
    row = found["empty.jpg"]
    assert (row["index"], row["job"], row["session"]) == (index, "nightly", 1)
    assert row["path"] == str(folder / "empty.jpg")
    assert row["reason"] == "empty file (0 bytes)"
    assert len(row["id"]) == 40

    again = run("ingest", folder, "--index", index, "--failed-index", failures, "--job", "another")
    assert again.code == 3
    assert client.count(index=failures)["count"] == 4  # another job's own

    (folder / "empty.jpg").write_bytes(encoded(picture(9)))
    assert run(*command, "--retry-failed").code == 3
    left = rows(client, failures)
    assert {(row["job"], Path(row["path"]).name) for row in left.values()} >= {("nightly", "words.jpg")}
    assert client.count(index=failures)["count"] == 3
    assert left["words.jpg"]["reason"].startswith("not a jpeg, png")


def test_a_row_of_any_length_does_not_end_the_run(
    client: OpenSearch, index: str, run: Run, failures: str, tmp_path: Path
) -> None:
    (picture,) = save_pictures(tmp_path, 1)
    (tmp_path / "list.jsonl").write_text(
        json.dumps({"image": "A" * 40_000}) + "\n" + json.dumps({"image": picture.name}) + "\n"
    )
    result = run("ingest", tmp_path / "list.jsonl", "--index", index, "--failed-index", failures)
    assert result.code == 3
    assert client.count(index=index)["count"] == 1
    (row,) = rows(client, failures).values()
    assert row["reason"] == "File name too long"


def test_an_index_that_holds_something_else_is_refused_before_work_starts(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    save_pictures(tmp_path, 1)
    result = run("ingest", tmp_path, "--index", index, "--failed-index", index)
    assert result.code == 1
    assert f"Error: --failed-index: '{index}' exists and holds something else; name another index" in result.err
    assert client.count(index=index)["count"] == 0


def test_a_forced_merge_leaves_one_segment(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    for part in ("a", "b"):
        save_pictures(tmp_path / part, 2)
        assert run("ingest", tmp_path / part, "--index", index).code == 0

    def segments() -> int:
        (shard,) = client.indices.segments(index=index)["indices"][index]["shards"]["0"]
        return int(shard["num_search_segments"])

    assert segments() > 1  # two, or more where OpenSearch refreshed in the middle of a load
    result = run("ingest", tmp_path, "--index", index, "--force-merge")
    assert result.code == 0, result.err
    assert segments() == 1
    assert not client.indices.exists(index=".tasks")  # searches of all indices would fail on it
    assert client.count(index=index)["count"] == 4
