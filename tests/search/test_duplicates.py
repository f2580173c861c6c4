"""`lookalike duplicates` on a real node, over one index of pictures and edited copies of some."""

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch
from PIL import Image

from lookalike.cluster.settings import ConnectionSettings
from lookalike.search.duplicates.decisions import DECISIONS
from lookalike.search.duplicates.finder import DuplicateFinder
from lookalike.search.duplicates.group import Copy, Group
from lookalike.search.duplicates.page import render_page
from lookalike.search.duplicates.picture import Picture
from lookalike.search.duplicates.removal import Removed
from lookalike.search.duplicates.report import write_csv
from lookalike.search.duplicates.stored import documents_at_once
from tests.conftest import Node, Result, Run, process
from tests.pictures import save_pictures
from tests.search.test_gallery import Page

pytestmark = pytest.mark.cluster

INDEX = "test-duplicates"
SINGLE = 24


def save_copies(folder: Path) -> None:
    """Of picture 4 a smaller and a trimmed copy, of picture 7 the same file again and a lossless one."""
    with Image.open(folder / "picture-004.jpg") as fourth:
        fourth.resize((240, 180)).save(folder / "smaller.jpg", quality=90)
        fourth.crop((4, 3, 316, 237)).save(folder / "trimmed.jpg", quality=90)
    with Image.open(folder / "picture-007.jpg") as seventh:
        seventh.save(folder / "lossless.png")
    (folder / "again.jpg").write_bytes((folder / "picture-007.jpg").read_bytes())


@pytest.fixture(scope="module")
def folder(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("duplicates")
    save_pictures(folder, SINGLE)
    save_copies(folder)
    for arguments in (
        ("ingest", folder, "--index", INDEX),
        ("init", f"{INDEX}-byte", "--variant", "byte"),
        ("ingest", folder, "--index", f"{INDEX}-byte"),
    ):
        made = process(*arguments, "--url", node.url)
        assert made.returncode == 0, made.stderr
    yield folder
    with OpenSearch(hosts=[node.url]) as client:
        client.indices.delete(index=f"{INDEX},{INDEX}-byte,{DECISIONS}", ignore_unavailable=True)
        for name in (INDEX, f"{INDEX}-byte"):
            client.indices.delete_index_template(name=f"lookalike-{name}")


@pytest.fixture
def find(run: Run, connection: ConnectionSettings, folder: Path) -> Any:
    def call(*arguments: str | Path, index: str = INDEX) -> Result:
        return run("duplicates", index, *arguments)

    return call


@pytest.fixture
def copied(client: OpenSearch, folder: Path, index: str) -> str:
    """An index of its own with the same documents."""
    mapping = client.indices.get_mapping(index=INDEX)[INDEX]["mappings"]
    client.indices.create(index=index, body={"settings": {"index.knn": True}, "mappings": mapping})
    client.reindex(body={"source": {"index": INDEX}, "dest": {"index": index}}, params={"refresh": "true"})
    return index


def groups(result: Result) -> list[dict[str, Any]]:
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def name(found: dict[str, Any]) -> str:
    return str(found["metadata"]["filename"])


def named(found: list[dict[str, Any]]) -> list[tuple[str, set[str]]]:
    return sorted((name(group["kept"]), {name(copy) for copy in group["copies"]}) for group in found)


EXPECTED = [
    ("lossless.png", {"picture-007.jpg", "again.jpg"}),
    ("picture-004.jpg", {"smaller.jpg", "trimmed.jpg"}),
]


@pytest.mark.parametrize("index", [INDEX, f"{INDEX}-byte"])
def test_the_copies_are_found_and_the_best_original_is_kept(find: Any, index: str) -> None:
    found = groups(find("--json", index=index))
    assert named(found) == EXPECTED
    assert [group["group"] for group in found] == [1, 2]
    for group in found:
        assert set(group) == {"group", "kept", "copies"}
        facts = {"id", "image_url", "width", "height", "bytes", "format", "taken_at", "ingested_at", "metadata"}
        assert set(group["kept"]) == facts
        for copy in group["copies"]:
            assert set(copy) == {*facts, "probability", "similarity"}
            assert copy["probability"] >= 0.95


def test_documents_with_regions_are_read_few_at_a_time(find: Any, copied: str, client: OpenSearch) -> None:
    some = client.search(index=copied, body={"size": 1})["hits"]["hits"][0]["_id"]
    client.update(index=copied, id=some, body={"doc": {"tiling": "squares"}}, refresh=True)
    assert documents_at_once(client, INDEX) == 500
    assert documents_at_once(client, copied) == 10
    assert named(groups(find("--json", index=copied))) == EXPECTED


def test_a_probability_is_the_mean_of_what_search_says_of_both(find: Any, run: Run) -> None:
    group = next(group for group in groups(find("--json")) if name(group["kept"]) == "picture-004.jpg")
    kept, copy = group["kept"]["id"], group["copies"][0]
    said = []
    for one, other in ((kept, copy["id"]), (copy["id"], kept)):
        hits = groups(run("search", "--like", one, "--index", INDEX, "--json"))
        said += [hit["probability"] for hit in hits if hit["id"] == other]
    assert len(said) == 2
    assert copy["probability"] == pytest.approx(sum(said) / 2, abs=1e-4)


def test_a_filter_takes_what_is_compared(find: Any) -> None:
    found = [{kept, *copies} for kept, copies in named(groups(find("--json", "--filter", "format=jpeg")))]
    assert sorted(map(sorted, found)) == [
        ["again.jpg", "picture-007.jpg"],
        sorted(EXPECTED[1][1] | {"picture-004.jpg"}),
    ]
    nothing = find("--filter", "format=png")
    assert (nothing.code, nothing.out) == (0, "no duplicates\n")


def test_people_get_a_table(find: Any) -> None:
    shown = find()
    lines = shown.out.splitlines()
    assert lines[0].split() == ["group", "probability", "size", "bytes", "format", "image", "id"]
    assert sum(" keep " in line for line in lines) == 2
    assert sum(" copy " in line and " %" in line for line in lines) == 4
    assert re.fullmatch(r"2 groups, 4 copies beside the originals, 0\.\d MB of files", lines[-1])


def test_the_csv_has_a_row_for_each_picture(find: Any, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "groups.csv"
    assert find("--csv", file).code == 0
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    assert [row["role"] for row in rows] == ["keep", "copy", "copy"] * 2
    assert {row["image_url"] for row in rows if row["role"] == "keep"} == {
        (folder / "lossless.png").as_uri(),
        (folder / "picture-004.jpg").as_uri(),
    }
    assert all(float(row["probability"]) >= 0.95 for row in rows if row["role"] == "copy")
    assert {(row["width"], row["height"]) for row in rows if row["image_url"].endswith("smaller.jpg")} == {
        ("240", "180")
    }


def test_the_report_shows_every_group_and_loads_nothing(find: Any, folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    told = find("--html", file)
    assert told.out.splitlines()[-1] == f"report: {file.as_uri()}"
    shown = Page(file.read_text())
    assert shown.text.count("keep") >= 2
    images = [value for tag, key, value in shown.attributes if (tag, key) == ("img", "src")]
    assert len(images) == 6
    assert all(value.startswith("data:image/jpeg;base64,") for value in images)
    assert ("a", "href", (folder / "smaller.jpg").as_uri()) in shown.attributes
    assert [value for tag, key, value in shown.attributes if (tag, key) == ("li", "class")] == ["kept"] * 2
    assert "240 × 180" in shown.text
    assert f"lookalike duplicates {INDEX} --not-duplicates -- " in shown.text
    assert not {"script", "link", "iframe", "object"} & set(shown.tags)


def test_deleting_says_what_it_would_do_and_does_it(find: Any, copied: str, client: OpenSearch, folder: Path) -> None:
    before = client.count(index=copied)["count"]
    dry = find("--delete", "--dry-run", index=copied)
    assert dry.out.splitlines()[-1] == (
        f"would delete 4 copies from index {copied}, and keep 2 originals; the files stay where they are"
    )
    refused = find("--delete", index=copied)
    assert (refused.code, refused.err) == (
        1,
        "Error: --delete asks first, and there is no terminal to ask on; give --yes or --dry-run\n",
    )
    assert client.count(index=copied)["count"] == before
    done = find("--delete", "--yes", index=copied)
    assert done.out.splitlines()[-1] == f"{copied}: 4 deleted; the files stay where they are"
    left = client.search(index=copied, body={"size": 100})["hits"]["hits"]
    assert {hit["_source"]["metadata"]["filename"] for hit in left} == {
        "lossless.png",
        *(f"picture-{number:03}.jpg" for number in range(SINGLE) if number != 7),
    }
    assert (folder / "smaller.jpg").exists()
    again = find("--delete", "--yes", "--json", index=copied)
    assert json.loads(again.out) == {"index": copied, "deleted": 0, "left": 0}


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


def test_who_is_asked_decides(find: Any, copied: str, client: OpenSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    before = client.count(index=copied)["count"]
    monkeypatch.setattr("sys.stdin", Terminal("n\n"))
    refused = find("--delete", index=copied)
    assert "Delete 4 copies from index" in refused.err
    assert refused.out.splitlines()[-1].strip() == "nothing is deleted"
    assert client.count(index=copied)["count"] == before
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    assert find("--delete", index=copied).code == 0
    assert client.count(index=copied)["count"] == before - 4


def test_what_changed_since_it_was_found_is_left(
    copied: str, client: OpenSearch, connection: ConnectionSettings
) -> None:
    finder = DuplicateFinder(connection, copied)
    found = finder.find(0.95)
    kept, changed = found[0].kept, found[1].copies[0].picture
    client.delete(index=copied, id=kept.id, refresh=True)
    client.update(index=copied, id=changed.id, body={"doc": {"metadata": {"sold": True}}}, refresh=True)
    assert finder.remove(found) == Removed(deleted=1, left=3)
    assert client.exists(index=copied, id=changed.id)
    assert all(client.exists(index=copied, id=copy.picture.id) for copy in found[0].copies)


def test_copies_of_an_original_that_is_another_picture_by_now_are_left(
    copied: str, client: OpenSearch, connection: ConnectionSettings
) -> None:
    finder = DuplicateFinder(connection, copied)
    found = finder.find(0.95)
    client.update(index=copied, id=found[0].kept.id, body={"doc": {"content_sha256": "0" * 64}}, refresh=True)
    assert finder.remove(found) == Removed(deleted=2, left=2)
    assert all(client.exists(index=copied, id=copy.picture.id) for copy in found[0].copies)


def test_decisions_are_remembered_also_when_pictures_are_ingested_again(
    find: Any, run: Run, copied: str, client: OpenSearch, folder: Path
) -> None:
    client.indices.put_alias(index=copied, name=f"{copied}-alias")
    group = next(group for group in groups(find("--json", index=copied)) if name(group["kept"]) == "picture-004.jpg")
    ids = [group["kept"]["id"], *(copy["id"] for copy in group["copies"])]
    said = find("--not-duplicates", *ids, index=f"{copied}-alias")
    assert said.out == f"{copied}: remembered that 3 pictures are no duplicates of each other\n"
    assert find("--not-duplicates", *reversed(ids), index=copied).code == 0
    assert client.count(index=DECISIONS)["count"] == 1
    assert named(groups(find("--json", index=copied))) == EXPECTED[:1]
    assert named(groups(find("--json"))) == EXPECTED  # another index

    client.delete(index=copied, id=ids[1], refresh=True)
    assert run("ingest", folder, "--index", copied).code == 0
    assert named(groups(find("--json", index=copied))) == EXPECTED[:1]
    assert find("--forget", ids[0], index=copied).out == f"{copied}: 1 decision forgotten\n"
    assert named(groups(find("--json", index=copied))) == EXPECTED
    client.indices.delete_index_template(name=f"lookalike-{copied}", ignore=[404])


def test_even_the_same_file_may_be_no_duplicate(find: Any, copied: str) -> None:
    group = next(group for group in groups(find("--json", index=copied)) if name(group["kept"]) == "lossless.png")
    apart = [copy["id"] for copy in group["copies"]]
    assert find("--not-duplicates", *apart, index=copied).code == 0
    found = [copies for kept, copies in named(groups(find("--json", index=copied))) if kept == "lossless.png"]
    assert found in ([{"again.jpg"}], [{"picture-007.jpg"}])


def test_more_copies_of_a_file_than_a_search_tells(find: Any, copied: str, client: OpenSearch) -> None:
    same = client.search(index=copied, body={"query": {"term": {"metadata.filename": "again.jpg"}}})["hits"]["hits"][0]
    lines = [line for number in range(120) for line in ({"index": {"_id": f"same-{number}"}}, same["_source"])]
    assert not client.bulk(index=copied, body=lines, params={"refresh": "true"})["errors"]
    largest = groups(find("--json", index=copied))[0]
    assert name(largest["kept"]) == "lossless.png"
    assert len(largest["copies"]) == 122


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--probability", "1"), 1, "--probability 1.0: no pair of pictures reaches it"),
        (("--probability", "0.3"), 2, "--probability"),
        (("--filter", "colour=red"), 1, "has no field 'colour' to filter on"),
        (("abc",), 2, "ids belong to --not-duplicates"),
        (("--dry-run",), 2, "give --delete"),
        (("--not-duplicates", "--forget", "abc"), 2, "give either"),
        (("--not-duplicates", "--delete", "--yes", "a", "b"), 2, "need a command of their own"),
        (("--not-duplicates", "nonsense", "other"), 1, f"index {INDEX!r} has no picture with the id 'nonsense'"),
        (("--not-duplicates",), 1, "--not-duplicates: expected two ids or more"),
        (("--forget",), 1, "--forget: expected ids"),
        (("--model", "no-such-model"), 1, "no-such-model"),
        (("--csv", "/no/such/folder/x.csv"), 1, "--csv: cannot write /no/such/folder/x.csv: No such file"),
        (("--html", "/no/such/folder/x.html"), 1, "--html: cannot write /no/such/folder/x.html: No such file"),
    ],
)
def test_wrong_input_is_said(find: Any, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = find(*arguments)
    assert result.code == code
    assert message in " ".join(result.err.replace("│", " ").split())


def test_one_index_is_looked_through(find: Any, copied: str) -> None:
    missing = find(index="no-such-index")
    assert (missing.code, "index 'no-such-index' does not exist" in missing.err) == (1, True)
    several = find(index=f"{INDEX},{copied}")
    assert several.code == 1
    both = ", ".join(sorted((copied, INDEX)))
    assert f"stands for 2 indices, {both}; duplicates are looked for in one, so name one" in several.err


def test_what_is_in_the_index_cannot_add_markup_or_formulas(tmp_path: Path) -> None:
    hostile = '"><script>alert(1)</script>'
    bad = Picture("-x; rm", f"javascript:{hostile}", metadata={hostile: hostile, "filename": hostile})
    formula = Picture("=1+1", "=cmd|' /C calc'!A0")
    found = [Group(1, bad, [Copy(formula, 0.99, 0.9)])]
    shown = Page(render_page("photos", found, {"-x; rm": hostile}))
    assert "script" not in shown.tags
    assert not [value for tag, key, value in shown.attributes if (tag, key) == ("a", "href") and "java" in value]
    assert "lookalike duplicates photos --not-duplicates -- '-x; rm' =1+1" in shown.text
    write_csv(tmp_path / "x.csv", found)
    rows = list(csv.reader(io.StringIO((tmp_path / "x.csv").read_text())))
    assert not [cell for row in rows[1:] for cell in row if cell.startswith(("=", "-"))]
