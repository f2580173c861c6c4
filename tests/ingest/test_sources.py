"""Manifests, shards and standard input into a real node; runs that are resumed, retried and kept in step."""

import io
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.cluster.settings import ConnectionSettings
from lookalike.ingest.item import item_id
from tests.conftest import Run
from tests.ingest.server import Answer, serving
from tests.ingest.test_ingest import counts, documents, worker_half_way
from tests.ingest.test_shards import shard
from tests.pictures import encoded, picture, save_pictures


def metadata_mapping(client: OpenSearch, index: str) -> dict[str, Any]:
    answer = client.indices.get_mapping(index=index)[index]["mappings"]["properties"]["metadata"]["properties"]
    return {name: field.get("type", "object") for name, field in answer.items()}


@pytest.mark.cluster
def test_a_manifest_gives_documents_ids_and_metadata_of_fixed_types(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    save_pictures(tmp_path / "pictures", 3)
    rows = ["sku,file,price,note,since", "A1,pictures/picture-000.jpg,3,2024-01-01,2024-01-01"]
    rows += ["A2,pictures/picture-001.jpg,4.5,no date,2024-02-01", "A3,pictures/picture-002.jpg,,x,"]
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    result = run("ingest", tmp_path / "list.csv", "--index", index, "--id-column", "sku")
    assert result.code == 0, result.err
    found = documents(client, index)
    assert {name: (document["_id"], document["metadata"]) for name, document in found.items()} == {
        "picture-000.jpg": (
            item_id("A1"),
            {"filename": "picture-000.jpg", "price": 3.0, "note": "2024-01-01", "since": "2024-01-01"},
        ),
        "picture-001.jpg": (
            item_id("A2"),
            {"filename": "picture-001.jpg", "price": 4.5, "note": "no date", "since": "2024-02-01"},
        ),
        "picture-002.jpg": (item_id("A3"), {"filename": "picture-002.jpg", "note": "x"}),
    }
    types = metadata_mapping(client, index)
    assert types == {"filename": "keyword", "folder": "keyword", "price": "double", "note": "keyword", "since": "date"}
    again = run("ingest", tmp_path / "list.csv", "--index", index, "--id-column", "sku")
    assert counts(again.out) == {"written": 0, "unchanged": 3, "failed": 0}

    # What an index knows keeps its type, whatever the next manifest would be alone.
    (tmp_path / "more.csv").write_text("sku,file,price\nA1,pictures/picture-000.jpg,cheap\n")
    other = run("ingest", tmp_path / "more.csv", "--index", index, "--id-column", "sku")
    assert other.code == 3
    assert "column 'price': expected a number, found 'cheap'" in other.err


@pytest.mark.cluster
def test_an_id_that_comes_twice_fails_the_second_time(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path, 3)
    rows = [{"path": f"picture-00{number}.jpg", "id": f"{number % 2}"} for number in range(3)]
    (tmp_path / "list.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    result = run("ingest", tmp_path / "list.jsonl", "--index", index, "--id-column", "id")
    assert result.code == 3
    assert "picture-002.jpg: its id was there before in this run" in result.err
    assert documents(client, index).keys() == {"picture-000.jpg", "picture-001.jpg"}


@pytest.mark.cluster
def test_shards_in_a_folder_and_lines_of_standard_input(
    client: OpenSearch, index: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    members = {"1.jpg": encoded(picture(1)), "1.json": b'{"url": "https://example.org/1.jpg", "caption": "one"}'}
    (tmp_path / "out").mkdir()
    shard(tmp_path / "out" / "00000.tar", {**members, "2.jpg": encoded(picture(2))})
    (lone,) = save_pictures(tmp_path / "lone", 1)
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"path": str(lone), "n": 5}) + "\n"))
    result = run("ingest", tmp_path / "out", "-", "--index", index)
    assert result.code == 0, result.err
    found = documents(client, index)
    assert found["1.jpg"]["image_url"] == "https://example.org/1.jpg"
    assert found["1.jpg"]["metadata"] == {"filename": "1.jpg", "caption": "one"}
    assert found["2.jpg"]["image_url"] == f"file://{tmp_path}/out/00000.tar#2.jpg"
    assert found[lone.name]["metadata"] == {"filename": lone.name, "n": 5}


@pytest.mark.cluster
def test_an_interrupted_run_is_resumed_without_reading_what_is_done(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    total = 500
    save_pictures(tmp_path / "pictures", total)
    with worker_half_way(client, index, tmp_path / "pictures") as worker:
        worker.send_signal(signal.SIGINT)
        out, _ = worker.communicate(timeout=60)
    assert worker.returncode == 130
    done = counts(out)["written"]
    assert 128 <= done < total
    command = ("ingest", tmp_path / "pictures", "--index", index, "--workers", "1", "--json")
    summary = json.loads(run(*command, "--resume").out)
    assert (summary["skipped"], summary["written"], summary["unchanged"]) == (done, total - done, 0)
    assert client.count(index=index)["count"] == total
    nothing_left = run(*command, "--resume")
    assert "nothing to resume: the job's last run was complete, so this is a new one" in nothing_left.err
    assert json.loads(nothing_left.out)["unchanged"] == total


@pytest.mark.cluster
def test_only_what_failed_is_retried(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    paths = save_pictures(tmp_path, 4)
    good = paths[2].read_bytes()
    paths[2].write_bytes(good[:2000])
    assert run("ingest", tmp_path, "--index", index).code == 3
    paths[2].write_bytes(good)
    summary = json.loads(run("ingest", tmp_path, "--index", index, "--retry-failed", "--json").out)
    assert (summary["written"], summary["skipped"], summary["failed"]) == (1, 3, 0)
    assert client.count(index=index)["count"] == 4


@pytest.mark.cluster
def test_sync_deletes_what_left_the_source_and_nothing_else(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    paths = save_pictures(tmp_path / "one", 3)
    save_pictures(tmp_path / "two", 2, first_seed=10)
    for name in ("one", "two"):
        assert run("ingest", tmp_path / name, "--index", index).code == 0
    paths[1].unlink()
    refused = run("ingest", tmp_path / "one", "--index", index, "--sync")
    assert refused.code == 1
    assert "--sync asks before it deletes, and there is no terminal to ask on; give --yes" in refused.err
    (tmp_path / "one" / "loop").symlink_to(tmp_path / "one" / "loop")
    unsure = run("ingest", tmp_path / "one", "--index", index, "--sync", "--yes")
    assert "1 entries of the sources could not be read, so nothing is deleted" in unsure.err
    assert client.count(index=index)["count"] == 5
    (tmp_path / "one" / "loop").unlink()
    synced = run("ingest", tmp_path / "one", "--index", index, "--sync", "--yes")
    assert synced.code == 0, synced.err
    assert f"{index}: 1 deleted" in synced.out
    assert paths[1].name not in documents(client, index)
    assert client.count(index=index)["count"] == 4
    assert "deleted" not in run("ingest", tmp_path / "one", "--index", index, "--sync", "--yes").out


@pytest.mark.cluster
def test_urls_are_fetched_again_only_where_they_changed(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    with serving() as server:

        def page(number: int, version: str) -> Callable[[Answer], None]:
            def give(answer: Answer) -> None:
                if answer.headers["If-None-Match"] == version:
                    answer.give(304)
                else:
                    answer.give(200, encoded(picture(number)), ETag=version)

            return give

        server.pages = {f"/{number}.jpg": page(number, "v1") for number in range(4)}
        server.pages["/page.jpg"] = lambda answer: answer.give(200, b"<html>not found</html>")
        server.pages["/gone.jpg"] = lambda answer: answer.give(410)
        names = [*server.pages, "/0.jpg?again"]
        rows = "".join(f"{server.url}{name},{number}\n" for number, name in enumerate(names))
        (tmp_path / "list.csv").write_text("url,n\n" + rows)
        command = ("ingest", tmp_path / "list.csv", "--index", index, "--json")
        refused = run(*command)
        assert "127.0.0.1 has the private address 127.0.0.1, which is refused; --private-addresses" in refused.out
        assert not server.asked

        first = run(*command, "--private-addresses")
        assert first.code == 3, first.err
        reasons = {row["failed"]: row["reason"] for row in map(json.loads, first.out.splitlines()) if "reason" in row}
        assert {key.rsplit("/", 1)[1]: value for key, value in reasons.items()} == {
            "gone.jpg": "HTTP 410",
            "page.jpg": "not a jpeg, png, webp, gif, bmp, tiff image",
        }
        assert documents(client, index)["3.jpg"]["image_url"] == f"{server.url}/3.jpg"

        server.pages["/2.jpg"] = page(20, "v2")
        again = json.loads(run(*command, "--private-addresses").out.splitlines()[-1])
        assert (again["written"], again["unchanged"], again["failed"]) == (1, 4, 2)
        sent = json.loads(run(*command, "--private-addresses", "--metadata", "x=1").out.splitlines()[-1])
        assert (sent["written"], sent["failed"]) == (5, 2)  # new metadata needs the pictures


def test_a_dry_run_shows_documents_and_mapping_and_asks_no_cluster(run: Run, tmp_path: Path) -> None:
    save_pictures(tmp_path, 5)
    rows = "".join(f"picture-00{number}.jpg,{number},x{number}\n" for number in range(5))
    (tmp_path / "list.csv").write_text("file,n,word\n" + rows)
    options = ("--column", "n=count:float", "--column", "word", "--metadata", "shop=a")
    nobody = ("--index", "none", "--url", "http://127.0.0.1:9")
    result = run("ingest", tmp_path / "list.csv", *nobody, *options, "--dry-run")
    assert result.code == 0, result.err
    decoder, text, parsed = json.JSONDecoder(), result.out.strip(), []
    while text:
        value, end = decoder.raw_decode(text)
        parsed.append(value)
        text = text[end:].lstrip()
    mapping, *shown = parsed
    properties = mapping["mapping"]["metadata"]["properties"]
    assert {name: field["type"] for name, field in properties.items()} == {"count": "double", "word": "keyword"}
    assert [document["metadata"] for document in shown] == [
        {"filename": f"picture-00{number}.jpg", "count": float(number), "word": f"x{number}", "shop": "a"}
        for number in range(3)
    ]
    assert shown[0]["embedding"] == "256 numbers"


@pytest.mark.cluster
def test_a_name_that_no_index_can_have_is_told(run: Run, connection: ConnectionSettings, tmp_path: Path) -> None:
    save_pictures(tmp_path, 1)
    result = run("ingest", tmp_path, "--index", "a/b")
    assert result.code == 1
    assert result.err.startswith("Error: 'a/b' cannot name an index: expected lower case letters")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-", "-"), "'-' can be named once only"),
        (("list.tar.gz",), "list.tar.gz is compressed; expected a plain file, so unpack it first"),
        (("a.png", "--resume", "--retry-failed"), "--resume and --retry-failed exclude each other"),
        (("a.png", "--column", "x:money"), "--column: expected SOURCE[=NAME][:TYPE]"),
        (("-", "--sync", "--yes"), "--sync cannot tell whether standard input was complete"),
        (("a.png", "--job", "x/y"), "--job: 'x/y' cannot name a job"),
    ],
)
def test_what_makes_no_sense_is_refused_before_work_starts(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.tar.gz").write_bytes(b"x")
    picture(1).save(tmp_path / "a.png")
    result = run("ingest", *arguments, "--index", "none", "--url", "http://127.0.0.1:9")
    assert result.code == 1
    assert message in result.err
