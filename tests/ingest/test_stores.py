"""Object stores: S3 of moto's server on loopback, fsspec's store in memory, and stores that fail."""

import asyncio
import errno
import json
import pickle
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import fsspec
import pyarrow
import pytest
import tenacity
from aiohttp import ClientPayloadError
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from fsspec.asyn import get_loop
from fsspec.registry import _registry
from opensearchpy import OpenSearch
from pyarrow import parquet

from lookalike.errors import ImageError, SourceError
from lookalike.fetching import retrying
from lookalike.fetching.fetcher import Fetcher, Limits
from lookalike.ingest import object_store, store_listing
from lookalike.ingest.columns import ColumnChoice
from lookalike.ingest.item import Item, Unchanged, item_id
from lookalike.ingest.listed_image import ListedImage, listed_image
from lookalike.ingest.object_store import ObjectStore
from lookalike.ingest.reader import open_sources
from lookalike.ingest.remote import Fetching, StoredImage
from lookalike.ingest.runner import begin_fetching
from tests.conftest import Run
from tests.ingest.s3 import BUCKET, s3_on_loopback
from tests.ingest.test_ingest import counts, documents
from tests.ingest.test_shards import shard
from tests.pictures import encoded, picture


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    with s3_on_loopback(monkeypatch, tmp_path) as client:
        yield client


@pytest.fixture
def memory() -> Iterator[Any]:
    store = fsspec.filesystem("memory")
    store.rm("/", recursive=True)
    yield store
    store.rm("/", recursive=True)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often stores were asked for what."""
    counted: Counter[str] = Counter()
    ask = ObjectStore.ask

    def counting(self: ObjectStore, url: str, method: str, *arguments: Any, **options: Any) -> Any:
        counted[method] += 1
        return ask(self, url, method, *arguments, **options)

    monkeypatch.setattr(ObjectStore, "ask", counting)
    return counted


def put(s3: Any, *keys: str) -> None:
    for key in keys:
        s3.put_object(Bucket=BUCKET, Key=key, Body=key.encode())


def found(source: str, *ignore: str) -> list[StoredImage]:
    return [item for item in open_sources([source], ignore, ColumnChoice()) if isinstance(item, StoredImage)]


def read(item: StoredImage, stamp: str = "", limits: Limits | None = None) -> bytes:
    fetching = Fetching(Fetcher(limits or Limits(), 1), 1, 1)
    try:
        item.begin(fetching, stamp)
        return item.read()
    finally:
        fetching.close()


TREE = ("b.JPG", "a.png", "deep/er/c.tiff", "notes.txt", "deep/d.webp", ".hidden.jpg", "x/.git/y.jpg", "@eaDir/a.jpg")


def test_a_bucket_is_walked_as_a_folder_is(s3: Any) -> None:
    put(s3, *TREE, "deep/")  # some tools put an object for a folder
    items = found(f"s3://{BUCKET}")
    assert [(item.uri, item.metadata) for item in items] == [
        ("s3://pictures/a.png", {"filename": "a.png"}),
        ("s3://pictures/b.JPG", {"filename": "b.JPG"}),
        ("s3://pictures/deep/d.webp", {"filename": "d.webp", "folder": "deep"}),
        ("s3://pictures/deep/er/c.tiff", {"filename": "c.tiff", "folder": "deep/er"}),
    ]
    assert items[0].id == item_id("s3://pictures/a.png")
    assert read(items[0]) == b"a.png"
    below = found(f"s3://{BUCKET}/deep/")
    assert [(item.uri, item.metadata.get("folder")) for item in below] == [
        ("s3://pictures/deep/d.webp", None),
        ("s3://pictures/deep/er/c.tiff", "er"),
    ]


def test_other_stores_are_walked_folder_by_folder(memory: Any) -> None:
    for name in TREE:
        memory.pipe(f"/shop/{name}", name.encode())
    items = found("memory://shop")
    assert [(item.uri, item.folder) for item in items] == [
        ("memory://shop/a.png", ""),
        ("memory://shop/b.JPG", ""),
        ("memory://shop/deep/d.webp", "deep"),
        ("memory://shop/deep/er/c.tiff", "deep/er"),
    ]
    assert read(items[2]) == b"deep/d.webp"


@pytest.mark.parametrize(
    ("rules", "left"),
    [
        (["*.png"], ["drafts/c.jpg", "keep/a.jpg"]),
        (["drafts/"], ["keep/a.jpg", "keep/b.png"]),
        (["drafts/", "!drafts/c.jpg"], ["keep/a.jpg", "keep/b.png"]),
        (["/keep/*.jpg"], ["drafts/c.jpg", "drafts/d.png", "keep/b.png"]),
    ],
)
def test_ignore_rules_are_those_of_folders(s3: Any, memory: Any, rules: list[str], left: list[str]) -> None:
    for name in ("keep/a.jpg", "keep/b.png", "drafts/c.jpg", "drafts/d.png"):
        put(s3, f"shop/{name}")
        memory.pipe(f"/shop/{name}", b"x")
    for top in (f"s3://{BUCKET}/shop", "memory://shop"):
        assert [item.uri.removeprefix(f"{top}/") for item in found(top, *rules)] == left


def test_a_glob_may_cross_folders_and_a_name_comes_first(s3: Any) -> None:
    put(s3, "x/1.jpg", "x/y/2.jpg", "x/y/2.txt", "x/z [1].jpg", "x")
    uris = [item.uri for item in found(f"s3://{BUCKET}/x/**/*.jpg")]
    assert uris == ["s3://pictures/x/1.jpg", "s3://pictures/x/y/2.jpg", "s3://pictures/x/z [1].jpg"]
    assert [item.uri for item in found(f"s3://{BUCKET}/x/[0-9].*")] == ["s3://pictures/x/1.jpg"]
    assert [item.uri for item in found(f"s3://{BUCKET}/x/z [1].jpg")] == ["s3://pictures/x/z [1].jpg"]
    assert [item.uri for item in found(f"s3://{BUCKET}/x/y/2.txt")] == ["s3://pictures/x/y/2.txt"]  # named itself


def test_a_long_listing_comes_in_pages(s3: Any, asked: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_listing, "_PAGE", 2)
    put(s3, *(f"{number}.jpg" for number in range(5)))
    sources = open_sources([f"s3://{BUCKET}"], [], ColumnChoice())
    assert asked["call_s3"] == 1  # whether there is an image at all
    assert [item.uri for item in sources] == [f"s3://pictures/{number}.jpg" for number in range(5)]
    assert asked["call_s3"] == 4
    assert sources.count() is None


def test_sources_that_overlap_yield_each_object_once(s3: Any) -> None:
    put(s3, "a.jpg", "sub/b.jpg")
    tops = [f"s3://{BUCKET}", f"s3://{BUCKET}/sub", f"s3://{BUCKET}/sub/b.jpg"]
    assert [item.uri for item in open_sources(tops, [], ColumnChoice())] == [
        "s3://pictures/a.jpg",
        "s3://pictures/sub/b.jpg",
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("s3://other", "s3://other: not found"),
        (f"s3://{BUCKET}/gone.jpg", "gone.jpg: not found"),
        (f"s3://{BUCKET}/*.gif", r"no images in .*\*.gif: found 1 other objects; images are named .bmp, "),
        ("s3://", "s3://: a URL without a bucket; expected s3://BUCKET/…"),
        ("s3://b*/x.jpg", r's3://b\*/x.jpg: .*Invalid bucket name "b\*"'),
        ("s3://key:secret@b/x", "s3://b/x: a URL with a user or password in it, which would be kept in the index"),
        (
            f"simplecache::s3://key:secret@{BUCKET}",
            "^simplecache::s3://pictures: chained URLs are not read; expected one ",
        ),
        ("nonsense://x", "nonsense: URLs are not read; expected http, https, file, s3, gs, az or a path"),
    ],
)
def test_what_cannot_be_a_source_is_refused_before_work_starts(s3: Any, source: str, message: str) -> None:
    put(s3, "a.jpg")
    with pytest.raises(SourceError, match=message) as caught:
        open_sources([source], [], ColumnChoice())
    assert "secret" not in str(caught.value)


def test_without_credentials_a_named_source_is_refused_and_a_row_fails(
    s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(SourceError, match="no credentials are set up for it; set AWS_ACCESS_KEY_ID and .* AWS_PROFILE"):
        found(f"s3://{BUCKET}")
    with pytest.raises(ImageError, match="^no credentials are set up for it$"):
        read(StoredImage(f"s3://{BUCKET}/a.jpg", "a"))


@pytest.mark.parametrize(
    ("url", "package", "extra"),
    [("s3://b/x", "s3fs", "s3"), ("gcs://b/x", "gcsfs", "gs"), ("abfs://b/x", "adlfs", "az")],
)
def test_a_missing_extra_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, url: str, package: str, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(_registry, url.partition(":")[0], raising=False)
    message = rf"needs the package {package}, which is not installed: pip install 'lookalike\[{extra}\]'"
    with pytest.raises(SourceError, match=message):
        found(url)
    with pytest.raises(ImageError, match=message):
        read(StoredImage(url, url))
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(ImageError, match=message):
        read(StoredImage(url, url))


def test_rows_name_objects_and_relative_to_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(url: str) -> str | None:
        return row(url).unreadable

    def row(url: str) -> Item:
        return listed_image(url, tmp_path, None, {"n": 1})

    item = row("s3://b/x/a%20b.jpg")
    assert isinstance(item, StoredImage)
    assert (item.uri, item.metadata) == ("s3://b/x/a%20b.jpg", {"filename": "a%20b.jpg", "n": 1})
    assert [fault(f"{scheme}://b/a@b.jpg") for scheme in ("s3", "gs", "gcs", "az", "abfs", "abfss")] == [None] * 6
    # A row may come from anyone: no other protocols, and no other account that credentials would be sent to.
    for url in ("memory://a.jpg", "sftp://host/a.jpg", "simplecache::s3://b/a.jpg", "zip://a.jpg::s3://b/c.zip"):
        assert str(fault(url)).endswith("URLs are not read; expected http, https, file, s3, gs, az or a path"), url
    secret = row("s3://key:secret@b/a.jpg")
    assert isinstance(secret, ListedImage)
    assert secret.unreadable == "a URL with a user or password in it, which would be kept in the index"
    assert secret.shown_path == "s3://b/a.jpg"
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)
    other = "abfs://box@theirs.dfs.core.windows.net/a.jpg"
    assert fault(other) == "the account theirs is not the one set up; AZURE_STORAGE_ACCOUNT_NAME=theirs allows it"
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "theirs")
    assert fault(other) is None
    assert fault("s3://") == "a URL without a bucket; expected s3://BUCKET/…"
    assert fault("s3://b/\t") == "a URL with control characters"


def test_an_object_is_read_again_only_if_its_stamp_is_another(s3: Any, asked: Counter[str]) -> None:
    put(s3, "a.jpg")
    (item,) = found(f"s3://{BUCKET}/")
    assert read(item) == b"a.jpg"
    (again,) = found(f"s3://{BUCKET}/")
    row = StoredImage(f"s3://{BUCKET}/a.jpg", "a")
    asked.clear()
    with pytest.raises(Unchanged):
        read(again, item.stamp)
    assert not asked  # its listing has told
    with pytest.raises(Unchanged):
        read(row, item.stamp)
    assert asked == {"info": 1}
    s3.put_object(Bucket=BUCKET, Key="a.jpg", Body=b"other")
    assert read(row, item.stamp) == b"other"
    assert row.stamp != item.stamp


def test_an_object_of_too_many_bytes_or_none_and_a_folder(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    s3.put_object(Bucket=BUCKET, Key="large.jpg", Body=bytes(range(250)))
    s3.put_object(Bucket=BUCKET, Key="sub/empty.jpg", Body=b"")
    large, empty = found(f"s3://{BUCKET}")
    with pytest.raises(ImageError, match="250 bytes, more than 200"):
        read(large, limits=Limits(max_bytes=200))
    assert read(empty) == b""
    monkeypatch.setattr(object_store, "_CHUNK", 100)
    assert read(large) == bytes(range(250))
    with pytest.raises(ImageError, match="^a folder, not an image$"):
        read(StoredImage(f"s3://{BUCKET}/sub", "x"))
    with pytest.raises(ImageError, match="^not found$"):
        read(StoredImage(f"s3://{BUCKET}/gone.jpg", "x"))


class Failing:
    """A store whose `info` raises these errors and then answers."""

    async_impl = False

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)

    def info(self, path: str) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return path


def ask(
    monkeypatch: pytest.MonkeyPatch, store: object, limits: Limits | None = None, url: str = "s3://b/path"
) -> object:
    monkeypatch.setattr(object_store, "open_store", lambda url, timeout: (store, "path"))
    monkeypatch.setattr(retrying, "_random_wait", tenacity.wait_none())
    return ObjectStore(limits or Limits()).ask(url, "info")


class AnswerError(Exception):
    """What Google's and Azure's clients raise."""

    def __init__(self, status_code: int, text: str) -> None:
        super().__init__(text)
        self.status_code = status_code


def test_what_may_pass_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (
        OSError(errno.EBUSY, "slow down"),
        AnswerError(503, "busy"),
        ConnectTimeoutError(endpoint_url="http://b"),
        EndpointConnectionError(endpoint_url="http://b"),
        ClientPayloadError(),
    ):
        assert ask(monkeypatch, Failing(error)) == "path", error
    store = Failing(*(TimeoutError("no answer") for _ in range(9)))
    with pytest.raises(ImageError, match="^no answer$"):
        ask(monkeypatch, store)
    assert len(store.errors) == 9 - Limits().attempts
    with pytest.raises(ImageError, match="^no answer$"):
        ask(monkeypatch, store, url="gs://b/path")  # its client has tried it again by itself
    assert len(store.errors) == 9 - Limits().attempts - 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FileNotFoundError("b/path"), "not found"),
        (PermissionError("User: x is not authorized"), "access denied: User: x is not authorized"),
        (AnswerError(403, "no"), "access denied: no"),
        (AnswerError(400, "GET https://b/path?sig=secret&x=1 failed\n at once"), "GET https://b/path failed at once"),
        (OSError(errno.EINVAL, "bad\x1b"), r"bad\\x1b"),
        (KeyError(), "KeyError"),
    ],
)
def test_what_will_not_pass_is_asked_once_and_tells_no_secret(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
) -> None:
    store = Failing(error, RuntimeError("asked again"))
    with pytest.raises(ImageError, match=f"^{reason}$"):
        ask(monkeypatch, store)
    assert len(store.errors) == 1


class Silent:
    """A store that never answers."""

    async_impl = True
    loop = get_loop()

    async def _info(self, path: str) -> None:
        await asyncio.sleep(60)


def test_a_store_that_never_answers_meets_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    began = time.monotonic()
    with pytest.raises(ImageError, match="^not done in 1 s$"):
        ask(monkeypatch, Silent(), Limits(timeout=0.1))
    assert time.monotonic() - began < 5


def test_finding_out_what_a_url_names_keeps_to_the_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "open_store", lambda url, timeout: (Silent(), url))
    with pytest.raises(SourceError, match=f"^s3://{BUCKET}: not done in 1 s$"):
        open_sources([f"s3://{BUCKET}"], [], ColumnChoice(), Limits(timeout=0.1))


def test_a_listing_that_breaks_off_is_an_item_with_the_reason(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.pipe("/shop/a.jpg", b"x")
    memory.pipe("/shop/locked/b.jpg", b"x")
    memory.pipe("/shop/open/c.jpg", b"x")
    real = ObjectStore.ask

    def refusing(self: ObjectStore, url: str, method: str, *arguments: Any, **options: Any) -> Any:
        if arguments == ("/shop/locked",):
            raise ImageError("access denied")
        return real(self, url, method, *arguments, **options)

    monkeypatch.setattr(ObjectStore, "ask", refusing)
    assert [(item.uri, item.unreadable) for item in found("memory://shop")] == [
        ("memory://shop/a.jpg", None),
        ("memory://shop/locked", "cannot be listed: access denied"),
        ("memory://shop/open/c.jpg", None),
    ]


def test_pages_that_break_off_are_an_item_with_the_reason(s3: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(s3, "a.jpg", "b.jpg")
    sources = open_sources([f"s3://{BUCKET}"], [], ColumnChoice())
    monkeypatch.setattr(store_listing, "_PAGE", 1)
    left = iter(sources)
    assert next(left).uri == "s3://pictures/a.jpg"
    s3.delete_object(Bucket=BUCKET, Key="a.jpg")
    s3.delete_object(Bucket=BUCKET, Key="b.jpg")
    s3.delete_bucket(Bucket=BUCKET)
    (broken,) = left
    assert broken.unreadable == "cannot be listed to its end: not found"


def test_shards_in_a_bucket_are_read_as_on_disk(s3: Any, tmp_path: Path, asked: Counter[str]) -> None:
    members = {"1.jpg": b"one", "1.json": b'{"url": "https://example.org/1.jpg", "n": 1}', "2.jpg": b"two"}
    for name in ("00000.tar", "sub/00001.tar"):
        s3.put_object(Bucket=BUCKET, Key=name, Body=shard(tmp_path / "a.tar", members).read_bytes())
    s3.put_object(Bucket=BUCKET, Key="damaged.tar", Body=b"no archive" * 100)
    items = list(open_sources([f"s3://{BUCKET}"], [], ColumnChoice()))
    first, second, damaged, third, fourth = items
    assert (first.uri, first.metadata) == ("https://example.org/1.jpg", {"filename": "1.jpg", "n": 1})
    assert second.uri == "s3://pictures/00000.tar#2.jpg"
    assert fourth.shown_path == "s3://pictures/sub/00001.tar:2.jpg"
    assert [item.read() for item in (first, second, third, fourth)] == [b"one", b"two", b"one", b"two"]
    assert str(damaged.unreadable).startswith("the archive cannot be read to its end: ")
    assert asked["cat_file"] == 3
    # A worker elsewhere has no copy and reads what it needs.
    elsewhere = pickle.loads(pickle.dumps(second))  # noqa: S301, our own
    assert (elsewhere.read(), asked["cat_file"]) == (b"two", 4)
    (alone, _) = open_sources([f"s3://{BUCKET}/00000.tar"], [], ColumnChoice())
    assert alone.uri == first.uri


def test_rows_that_cannot_be_read_do_not_hold_up_a_run(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="list.csv", Body=b"file\n" + "a\u00a0.jpg\n".encode() * 3)
    items = list(open_sources([f"s3://{BUCKET}/list.csv"], [], ColumnChoice()))
    assert [item.unreadable for item in items] == ["a URL with control characters"] * 3
    fetching = Fetching(Fetcher(Limits(), 1), connections=1, ahead=1)
    mapper: Any = SimpleNamespace(origin=lambda item: {})
    beginning = threading.Thread(target=begin_fetching, args=(items, {}, {}, mapper, fetching), daemon=True)
    beginning.start()
    beginning.join(10)
    assert not beginning.is_alive()
    fetching.close()


@pytest.mark.parametrize("name", ["list.csv", "list.jsonl", "list.parquet"])
def test_a_manifest_in_a_bucket_names_what_lies_there(s3: Any, tmp_path: Path, name: str) -> None:
    rows = [{"file": "a.jpg", "n": 1}, {"file": "../b.jpg", "n": 2}, {"file": "ftp://x/c.jpg", "n": 3}]
    if name.endswith("csv"):
        (tmp_path / name).write_text("file,n\n" + "".join(f"{row['file']},{row['n']}\n" for row in rows))
    elif name.endswith("jsonl"):
        (tmp_path / name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / name)
    put(s3, "shop/a.jpg", "b.jpg")
    s3.upload_file(str(tmp_path / name), BUCKET, f"shop/{name}")
    sources = open_sources([f"s3://{BUCKET}/shop/{name}"], [], ColumnChoice())
    first, second, third = sources
    assert sources.count() == 3
    assert isinstance(first, StoredImage)
    assert isinstance(second, StoredImage)
    assert (first.uri, first.metadata) == ("s3://pictures/shop/a.jpg", {"filename": "a.jpg", "n": 1})
    assert (second.uri, read(second)) == ("s3://pictures/b.jpg", b"b.jpg")
    assert str(third.unreadable).startswith("ftp: URLs are not read")


def test_a_manifest_in_a_bucket_that_is_none_is_named(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="list.csv", Body=b"where,n\nx,1\n")
    with pytest.raises(SourceError, match="^s3://pictures/list.csv: no column is named path, "):
        open_sources([f"s3://{BUCKET}/list.csv"], [], ColumnChoice())


@pytest.mark.cluster
def test_a_bucket_is_ingested_and_read_again_only_where_it_changed(
    client: OpenSearch, index: str, run: Run, s3: Any, asked: Counter[str]
) -> None:
    for number in range(4):
        s3.put_object(Bucket=BUCKET, Key=f"shop/{number % 2}/{number}.jpg", Body=encoded(picture(number)))
    s3.put_object(Bucket=BUCKET, Key="shop/bad.jpg", Body=b"no picture")
    command = ("ingest", f"s3://{BUCKET}/shop", "--index", index)
    first = run(*command)
    assert first.code == 3
    assert "s3://pictures/shop/bad.jpg: not a jpeg, png, webp, gif, bmp, tiff image" in first.err
    s3.delete_object(Bucket=BUCKET, Key="shop/bad.jpg")
    stored = documents(client, index)
    assert {name: (one["image_url"], one["metadata"]["folder"]) for name, one in stored.items()} == {
        f"{number}.jpg": (f"s3://pictures/shop/{number % 2}/{number}.jpg", str(number % 2)) for number in range(4)
    }
    assert stored["3.jpg"]["_id"] == item_id("s3://pictures/shop/1/3.jpg")

    asked.clear()
    assert counts(run(*command).out) == {"written": 0, "unchanged": 4, "failed": 0}
    assert asked["cat_file"] == 0
    s3.put_object(Bucket=BUCKET, Key="shop/0/2.jpg", Body=encoded(picture(20)))
    s3.delete_object(Bucket=BUCKET, Key="shop/0/0.jpg")
    synced = run(*command, "--sync", "--yes")
    assert counts(synced.out) == {"written": 1, "unchanged": 2, "failed": 0}
    assert f"{index}: 1 deleted" in synced.out
    assert asked["cat_file"] == 1
    changed = documents(client, index)
    assert changed.keys() == {"1.jpg", "2.jpg", "3.jpg"}
    assert changed["2.jpg"]["content_sha256"] != stored["2.jpg"]["content_sha256"]


@pytest.mark.cluster
def test_rows_of_a_manifest_name_objects(
    client: OpenSearch, index: str, run: Run, s3: Any, tmp_path: Path, asked: Counter[str]
) -> None:
    s3.put_object(Bucket=BUCKET, Key="a.jpg", Body=encoded(picture(1)))
    urls = [f"s3://{BUCKET}/a.jpg", f"s3://{BUCKET}/gone.jpg", "s3://other/b.jpg", "memory://x.jpg"]
    (tmp_path / "list.csv").write_text("url,n\n" + "".join(f"{url},{number}\n" for number, url in enumerate(urls)))
    command = ("ingest", tmp_path / "list.csv", "--index", index, "--json")
    result = run(*command)
    assert result.code == 3
    rows = map(json.loads, result.out.splitlines())
    assert {row["failed"]: row["reason"] for row in rows if "reason" in row} == {
        f"s3://{BUCKET}/gone.jpg": "not found",
        "s3://other/b.jpg": "not found",
        "memory://x.jpg": "memory: URLs are not read; expected http, https, file, s3, gs, az or a path",
    }
    assert documents(client, index)["a.jpg"]["metadata"] == {"filename": "a.jpg", "n": 0}
    assert asked["cat_file"] == 1
    summary = json.loads(run(*command).out.splitlines()[-1])
    assert (summary["unchanged"], summary["failed"]) == (1, 3)
    assert asked["cat_file"] == 1
