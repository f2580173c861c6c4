"""`lookalike delete` on a real node."""

import json
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from tests.conftest import Run
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster


@pytest.fixture
def filled(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> str:
    for shelf in "ab":
        save_pictures(tmp_path / shelf, 3, first_seed=10 * ord(shelf))
        assert run("ingest", tmp_path / shelf, "--index", index, "--metadata", f"shelf={shelf}").code == 0
    return index


def ids(client: OpenSearch, index: str) -> list[str]:
    return sorted(hit["_id"] for hit in client.search(index=index, body={"size": 100})["hits"]["hits"])


def test_pictures_are_deleted_by_id(client: OpenSearch, filled: str, run: Run) -> None:
    before = ids(client, filled)
    result = run("delete", *before[:2], "--index", filled, "--yes")
    assert (result.code, result.out) == (0, f"{filled}: 2 deleted\n")
    assert ids(client, filled) == before[2:]


def test_more_ids_than_an_answer_holds(client: OpenSearch, filled: str, run: Run) -> None:
    known = ids(client, filled)
    result = run("delete", *known, *(f"nobody-{number}" for number in range(10_000)), "--index", filled, "--yes")
    assert result.code == 1
    assert f"index {filled!r} has no picture with the id 'nobody-0', nor 9999 others" in result.err
    assert ids(client, filled) == known


def test_pictures_are_deleted_by_filter(client: OpenSearch, filled: str, run: Run) -> None:
    result = run("delete", "--index", filled, "--filter", "shelf=a", "--yes", "--json")
    assert json.loads(result.out) == {"index": filled, "deleted": 3}
    assert client.count(index=filled)["count"] == 3
    again = run("delete", "--index", filled, "--filter", "shelf=a", "--yes")
    assert (again.code, again.out) == (0, f"{filled}: 0 deleted\n")


def test_ids_of_which_some_are_in_several_indices(client: OpenSearch, filled: str, run: Run, tmp_path: Path) -> None:
    other = f"{filled}-other"
    try:
        assert run("ingest", tmp_path / "a", "--index", other).code == 0
        (shared, *_) = ids(client, other)
        save_pictures(tmp_path / "c", 1, first_seed=7)
        assert run("ingest", tmp_path / "c", "--index", other).code == 0
        (own,) = set(ids(client, other)) - set(ids(client, filled))
        result = run("delete", shared, own, "--index", f"{filled}*", "--yes")
        assert (result.code, result.out) == (0, f"{filled}*: 3 deleted\n"), result.err
    finally:
        client.indices.delete(index=other, ignore_unavailable=True)
        client.indices.delete_index_template(name=f"lookalike-{other}", ignore=[404])


def test_nothing_is_deleted_by_mistake(client: OpenSearch, filled: str, run: Run) -> None:
    known = ids(client, filled)[0]
    for arguments, message in (
        ((), "nothing to delete: give ids or --filter"),
        ((known, "nonsense", "--yes"), f"index {filled!r} has no picture with the id 'nonsense'; ids stand in"),
        (("--filter", "colour=red", "--yes"), "colour"),
        ((known,), "1 pictures would be deleted, and there is no terminal to ask on; give --yes"),
    ):
        result = run("delete", *arguments, "--index", filled)
        assert result.code == 1
        assert message in result.err
    assert run("delete", "x", "--index", "no-such-index", "--yes").code == 1
    assert client.count(index=filled)["count"] == 6
