import io
import json
import tarfile
from pathlib import Path

import pytest

from lookalike.errors import ImageError, SourceError
from lookalike.ingest.columns import Column, ColumnChoice
from lookalike.ingest.item import item_id
from lookalike.ingest.reader import open_sources
from lookalike.ingest.shards import Shard, ShardImage


def shard(file: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(file, "w") as archive:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return file


def items(file: Path, choice: ColumnChoice | None = None) -> list[ShardImage]:
    return list(Shard(file).items(choice or ColumnChoice()))


def test_files_with_one_base_name_are_one_sample(tmp_path: Path) -> None:
    described = {"url": "https://example.org/a.jpg", "key": "0001", "width": 3, "caption": "a cat", "error": None}
    file = shard(
        tmp_path / "00000.tar",
        {
            "0001.jpg": b"first",
            "0001.json": json.dumps(described).encode(),
            "0001.txt": b"a cat\n",
            "sub/0002.seg.png": b"second",
            "0003.txt": b"no image",
            "0004.JPG": b"third",
        },
    )
    first, second, third = items(file)
    assert [item.read() for item in (first, second, third)] == [b"first", b"second", b"third"]
    assert first.uri == "https://example.org/a.jpg"
    assert first.metadata == {"filename": "0001.jpg", "caption": "a cat", "key": "0001", "width": 3}
    assert second.uri == f"file://{file}#sub/0002.seg.png"
    assert second.id == item_id(second.uri)
    assert third.shown_path == f"{file}:0004.JPG"
    assert Shard(file).count() == 3


def test_columns_of_the_json_are_chosen_and_identify(tmp_path: Path) -> None:
    file = shard(tmp_path / "a.tar", {"1.png": b"x", "1.json": b'{"uid": 7, "n": "5", "m": 1}'})
    (only,) = items(file, ColumnChoice(id="uid", chosen=(Column("n", "count", "integer"),)))
    assert only.id == item_id("7")
    assert only.metadata == {"filename": "1.png", "count": 5}


@pytest.mark.parametrize(
    ("described", "reason"),
    [(b"{", "its JSON is none: "), (b"[]", "its JSON is no object but list"), (b'{"n": "x"}', "its JSON: expected an")],
)
def test_json_that_is_none_is_a_reason_and_the_image_still_has_an_id(
    tmp_path: Path, described: bytes, reason: str
) -> None:
    (only,) = items(
        shard(tmp_path / "a.tar", {"1.png": b"x", "1.json": described}),
        ColumnChoice(chosen=(Column("n", "n", "integer"),)),
    )
    assert (only.unreadable or reason).startswith(reason)
    assert only.id == item_id(f"file://{tmp_path}/a.tar#1.png")
    with pytest.raises(ImageError, match=reason):
        dict(only.metadata)


def test_a_damaged_header_is_not_taken_for_the_end(tmp_path: Path) -> None:
    file = shard(tmp_path / "a.tar", {f"{number}.png": bytes(400) for number in range(4)})
    data = bytearray(file.read_bytes())
    data[1024 + 100] ^= 0xFF  # in the second header
    file.write_bytes(data)
    found = items(file)
    assert [item.name for item in found] == ["0.png", ""]
    assert str(found[-1].unreadable) == "the archive cannot be read to its end: no end mark where its members end"


@pytest.mark.parametrize("kept", [1024, 1024 + 300])
def test_a_cut_between_members_or_in_a_header_is_noticed(tmp_path: Path, kept: int) -> None:
    file = shard(tmp_path / "a.tar", {f"{number}.png": bytes(400) for number in range(4)})
    file.write_bytes(file.read_bytes()[:kept])
    found = items(file)
    assert [item.name for item in found] == ["0.png", ""]
    assert found[-1].unreadable is not None


def test_a_name_that_is_not_utf_8_is_shown_and_has_a_uri(tmp_path: Path) -> None:
    file = tmp_path / "a.tar"
    with tarfile.open(file, "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as archive:
        archive.addfile(tarfile.TarInfo("caf\xe9.jpg"))
    (only,) = items(file)
    assert only.uri.endswith("a.tar#caf%E9.jpg")
    assert only.metadata == {"filename": "caf\\xe9.jpg"}


def test_an_archive_that_ends_early_yields_what_it_has_and_a_reason(tmp_path: Path) -> None:
    file = shard(tmp_path / "a.tar", {f"{number}.png": bytes(2000) for number in range(5)})
    file.write_bytes(file.read_bytes()[: 3 * 2560 + 700])
    found = items(file)
    assert [item.name for item in found] == ["0.png", "1.png", "2.png", ""]
    assert str(found[-1].unreadable).startswith("the archive cannot be read to its end: ")
    assert found[2].read() == bytes(2000)


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(b"not an archive at all" * 100)
    with pytest.raises(SourceError, match=r"a.tar is not a readable tar archive: "):
        Shard(tmp_path / "a.tar").require()
    (only,) = items(tmp_path / "a.tar")  # found in a folder, where other files go on
    assert str(only.unreadable).startswith("the archive cannot be read to its end: ")


def test_sources_that_are_named_twice_or_lie_in_each_other_count_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    archive = shard(tmp_path / "sub" / "00000.tar", {"1.jpg": b"one", "2.jpg": b"two"})
    (tmp_path / "list.csv").write_text("path\na.jpg\n")
    urls = ["https://example.org/b.jpg"] * 2
    names = [str(tmp_path), str(archive.parent), *[str(archive)] * 2, *[str(tmp_path / "list.csv")] * 2, *urls]
    sources = open_sources(names, [], ColumnChoice())
    found = [f"{archive.as_uri()}#1.jpg", f"{archive.as_uri()}#2.jpg", (tmp_path / "a.jpg").as_uri(), urls[0]]
    assert sorted(item.uri for item in sources) == sorted(found)
    assert sources.count() == 4
