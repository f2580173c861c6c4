import os
from pathlib import Path

import pytest

from lookalike.errors import ImageError, SourceError
from lookalike.ingest.columns import Column, ColumnChoice
from lookalike.ingest.item import item_id
from lookalike.ingest.lines import lines
from lookalike.ingest.listed_image import ListedImage, listed_image
from lookalike.ingest.manifest import Manifest
from lookalike.ingest.paths import file_uri
from lookalike.ingest.remote import RemoteImage


def write(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


def items(file: Path, choice: ColumnChoice | None = None) -> list[ListedImage]:
    manifest = Manifest(file, choice or ColumnChoice())
    found = list(manifest.items(dict(manifest.types.found())))
    assert manifest.count() == len(found)
    return [item for item in found if isinstance(item, ListedImage)]


def columns(item: ListedImage) -> dict[str, object]:
    return dict(item.columns)


def test_each_row_of_a_csv_is_an_image_with_metadata_of_its_columns_types(tmp_path: Path) -> None:
    text = "path;price;colour;sold;taken;code\na.jpg;1;red;true;2024-01-31;007\nsub/b.png;2.5;;false;;008\n"
    first, second = items(write(tmp_path / "list.csv", text))
    assert first.file is not None
    assert first.file.path == tmp_path / "a.jpg"  # relative to the manifest
    assert first.uri == f"file://{tmp_path}/a.jpg"
    assert first.id == item_id(first.uri)
    assert first.metadata == {
        "filename": "a.jpg",
        "price": 1.0,
        "colour": "red",
        "sold": True,
        "taken": "2024-01-31",
        "code": "007",
    }
    assert columns(second) == {"price": 2.5, "sold": False, "code": "008"}
    assert second.shown_path == f"{tmp_path}/sub/b.png"


def test_tabs_quotes_and_a_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "list.tsv").write_bytes(b'\xef\xbb\xbffile\tnote\r\na.jpg\t"two\r\nlines"\r\n')
    (only,) = items(tmp_path / "list.tsv")
    assert only.metadata == {"filename": "a.jpg", "note": "two\r\nlines"}


def test_json_lines_keep_the_types_of_json(tmp_path: Path) -> None:
    first_line = '{"image": "/x/a.jpg", "n": 1, "tags": ["a", "b"], "size": {"w": 2}}'
    text = first_line + '\n\n{"image": "b.jpg", "n": 2, "extra": null}\n'
    first, second = items(write(tmp_path / "list.jsonl", text))
    assert first.uri == "file:///x/a.jpg"
    assert columns(first) == {"n": 1, "tags": ["a", "b"], "size": {"w": 2}}
    assert columns(second) == {"n": 2}


def test_mixed_types_become_strings_so_that_no_document_is_refused(tmp_path: Path) -> None:
    text = '{"path": "a.jpg", "x": 1}\n{"path": "b.jpg", "x": "one"}\n{"path": "c.jpg", "x": true}\n'
    assert [columns(item)["x"] for item in items(write(tmp_path / "list.jsonl", text))] == ["1", "one", "true"]


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from datetime import UTC, date, datetime

    from pyarrow import parquet

    table = pyarrow.table(
        {
            "url": ["file:///x/a%20b.jpg", "c.jpg"],
            "n": pyarrow.array([1, None], pyarrow.int32()),
            "day": [date(2024, 1, 2), None],
            "at": [datetime(2024, 1, 2, 3, tzinfo=UTC), None],
        }
    )
    parquet.write_table(table, tmp_path / "list.parquet")
    first, second = items(tmp_path / "list.parquet")
    assert first.file is not None
    assert first.file.path == Path("/x/a b.jpg")
    assert columns(first) == {"n": 1, "day": "2024-01-02", "at": "2024-01-02T03:00:00+00:00"}
    assert columns(second) == {}
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(SourceError, match=r"bad.parquet is not a usable Parquet file: "):
        items(tmp_path / "bad.parquet")


def test_images_in_a_table_are_refused_rather_than_taken_for_metadata(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table({"url": ["https://example.org/a.jpg"], "jpg": [b"\xff\xd8"], "key": ["0"]})
    parquet.write_table(table, tmp_path / "00000.parquet")
    with pytest.raises(SourceError, match="the column 'jpg' holds bytes, .* choose other columns with --column, or "):
        items(tmp_path / "00000.parquet")
    chosen = Manifest(tmp_path / "00000.parquet", ColumnChoice(chosen=(Column("key", "key"),)))
    assert [item.metadata["key"] for item in chosen.items({})] == ["0"]


def test_columns_are_chosen_and_ids_are_the_users(tmp_path: Path) -> None:
    file = write(tmp_path / "list.csv", "sku,photo,price,name\nA1,a.jpg,3,x\n,b.jpg,4,y\nA3,c.jpg,free,z\n")
    choice = ColumnChoice("photo", "sku", (Column("price", "cost", "float"),))
    first, second, third = items(file, choice)
    assert (first.id, columns(first)) == (item_id("A1"), {"cost": 3.0})
    assert second.unreadable == "no id in the column 'sku'"
    assert third.unreadable == "column 'price': expected a number, found 'free'"


def test_a_bad_row_is_a_reason_with_its_number_and_the_others_go_on(tmp_path: Path) -> None:
    found = items(write(tmp_path / "list.csv", "path,n\na.jpg,1\nb.jpg\n,3\nftp://x/y.jpg,4\nz.jpg,5\n"))
    assert [item.unreadable for item in found] == [
        None,
        "1 values, but the first line names 2 columns",
        "no path or URL in the column 'path'",
        "ftp: URLs are not read; expected http, https, file, s3, gs, az or a path",
        None,
    ]
    assert found[1].shown_path == f"{tmp_path}/list.csv row 2"
    assert len({item.id for item in found}) == 5
    with pytest.raises(ImageError, match="1 values"):
        found[1].read()
    text = '{"path": "a.jpg"}\n[1]\n{"path"\n{"n": 1}\n'
    reasons = [item.unreadable for item in items(write(tmp_path / "list.jsonl", text))]
    assert reasons[:2] == [None, "expected a JSON object, found list"]
    assert str(reasons[2]).startswith("not JSON: ")
    assert reasons[3] == "no path or URL in the column 'path'"


@pytest.mark.parametrize(
    ("url", "fault", "shown"),
    [
        (
            "https://user:secret@example.org/a.jpg",
            "a URL with a user or password in it, which would be kept in the index",
            "https://example.org/a.jpg",
        ),
        ("http:///a.jpg", "a URL without a host", "http:///a.jpg"),
        ("http://x\ty/a.jpg", "a URL with control characters", "http://x\\ty/a.jpg"),
        ("file:///a%00b.jpg", "a path with a zero byte", "file:///a%00b.jpg"),
        ("http://[::1/a.jpg", "not a URL: Invalid IPv6 URL", "http://[::1/a.jpg"),
    ],
)
def test_a_url_that_cannot_be_fetched_is_a_reason_and_shows_no_password(
    tmp_path: Path, url: str, fault: str, shown: str
) -> None:
    item = listed_image(url, tmp_path, None, {})
    assert (item.unreadable, item.shown_path) == (fault, shown)


def test_a_row_with_a_url_is_remote(tmp_path: Path) -> None:
    manifest = Manifest(
        write(tmp_path / "list.csv", "url,n\nHTTPS://example.org/x/a%20b.jpg?size=1,4\n"), ColumnChoice()
    )
    (only,) = manifest.items(dict(manifest.types.found()))
    assert isinstance(only, RemoteImage)
    assert only.uri == "HTTPS://example.org/x/a%20b.jpg?size=1"
    assert only.metadata == {"filename": "a b.jpg", "n": 4}
    assert only.id == item_id(only.uri)


@pytest.mark.parametrize(
    ("name", "text", "choice", "message"),
    [
        ("a.csv", "", ColumnChoice(), "a.csv is empty; expected a first line with names of columns"),
        ("a.csv", "path,n\n", ColumnChoice(), "no rows in .*a.csv: expected one for each image"),
        ("a.csv", "path,path\nx,y\n", ColumnChoice(), "expected a different name for every column, found path, path"),
        ("a.csv", "where,n\nx,1\n", ColumnChoice(), "no column is named path, .*; found where, n; .* --path-column"),
        ("a.csv", "path,n\nx,1\n", ColumnChoice(path="where"), "a.csv has no column 'where'; found path, n"),
        ("a.csv", "path,n\nx,1\n", ColumnChoice(id="sku"), "a.csv has no column 'sku'; found path, n"),
        ("a.csv", "path,a.b\nx,1\n", ColumnChoice(), "the column 'a.b' as a path .* --column 'a.b=a_b'"),
        ("a.jsonl", "\n", ColumnChoice(), "no rows in .*a.jsonl"),
    ],
)
def test_a_manifest_that_cannot_be_used_says_what_was_expected(
    tmp_path: Path, name: str, text: str, choice: ColumnChoice, message: str
) -> None:
    with pytest.raises(SourceError, match=message):
        items(write(tmp_path / name, text), choice)


def test_a_manifest_of_other_bytes_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"path\n\xff\xfe.jpg\n")
    with pytest.raises(SourceError, match="a.csv is not UTF-8: "):
        items(tmp_path / "a.csv")


def test_the_uri_of_a_file_of_any_name_leads_back_to_it(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9 50% #1?.jpg")
    item = listed_image(file_uri(path), Path("/"), None, {})
    assert isinstance(item, ListedImage)
    assert item.file is not None
    assert item.file.path == path


def test_lines_are_paths_or_json_objects(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    text = ["a.jpg\n", "\n", '{"Path": " b.jpg", "n": 1}\n', '{"n": 2}\n', "{oops\n", '{"path": "c.jpg", "n": "x"}\n']
    choice = ColumnChoice(chosen=(Column("n", "count", "integer"),))
    found = [item for item in lines([*text, '{"path": ""}'], choice) if isinstance(item, ListedImage)]
    assert [item.uri for item in found[:2]] == [f"file://{tmp_path}/a.jpg", f"file://{tmp_path}/b.jpg"]
    assert [columns(item) for item in found[:2]] == [{}, {"count": 1}]
    assert str(found[2].unreadable).startswith("no path or URL in a column named path or ")
    assert str(found[3].unreadable).startswith("not JSON: ")
    assert found[4].unreadable == "column 'n': expected an integer, found 'x'"
    assert found[5].unreadable == "no path or URL in the column 'path'"
    assert [item.shown_path for item in found[2:]] == ["line 4", "line 5", "line 6", "line 7"]
