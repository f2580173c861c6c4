"""Searching in regions on a real node: three pictures, each a patchwork of four others."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch
from PIL import Image

from lookalike.cluster.process import free_port
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.tiles import Box
from lookalike.search import searcher
from lookalike.search.searcher import Searcher, Wanted
from tests.conftest import Node, Result, Run
from tests.pictures import picture

pytestmark = pytest.mark.cluster

INDEX, PLAIN = "test-regions", "test-without-regions"
SIDE = 400


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """PNG files `0.png` to `2.png`; `n.png` shows pictures 4n to 4n + 3, two in a row."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(3):
        patchwork = Image.new("RGB", (2 * SIDE, 2 * SIDE))
        for place in range(4):
            part = picture(4 * number + place, (SIDE, SIDE))
            patchwork.paste(part, (place % 2 * SIDE, place // 2 * SIDE))
        patchwork.save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module", autouse=True)
def indices(node: Node, pictures: Path) -> Iterator[None]:
    """Both hold the pictures, one with their regions."""
    from tests.conftest import process

    for index, options in ((INDEX, ["--regions"]), (PLAIN, [])):
        result = process("ingest", pictures, "--index", index, "--url", node.url, *options)
        assert result.returncode == 0, result.stderr
    yield
    with OpenSearch(hosts=[node.url]) as client:
        for index in (INDEX, PLAIN):
            client.indices.delete(index=index)
            client.indices.delete_index_template(name=f"lookalike-{index}", ignore=[404])


@pytest.fixture
def ask(run: Run, connection: object) -> Any:
    def call(*arguments: str | Path, index: str = INDEX) -> Result:
        return run("search", *arguments, "--index", index)

    return call


def hits(result: Result) -> list[dict[str, Any]]:
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def share(found: dict[str, int], expected: Box) -> float:
    """Intersection over union."""
    width = min(found["x"] + found["width"], expected.x + expected.width) - max(found["x"], expected.x)
    height = min(found["y"] + found["height"], expected.y + expected.height) - max(found["y"], expected.y)
    common = max(width, 0) * max(height, 0)
    return common / (found["width"] * found["height"] + expected.width * expected.height - common)


def test_a_part_is_found_where_it_is(ask: Any, pictures: Path, tmp_path: Path) -> None:
    picture(6, (SIDE, SIDE)).resize((250, 250)).save(tmp_path / "part.png")
    first = hits(ask(tmp_path / "part.png", "--in", "regions", "--json"))[0]
    assert first["image_url"] == (pictures / "1.png").as_uri()
    assert share(first["box"], Box(0, SIDE, SIDE, SIDE)) >= 0.5
    assert first["places"][0]["box"] == first["box"]
    assert first["similarity"] > 0.8


def test_a_region_of_the_query_alone_counts(ask: Any, pictures: Path) -> None:
    asked = (pictures / "2.png", "--region", f"{SIDE},0,{SIDE},{SIDE}", "--in", "regions", "--json", "-k", "1")
    ((first),) = hits(ask(*asked))
    assert first["image_url"] == (pictures / "2.png").as_uri()
    assert share(first["box"], Box(SIDE, 0, SIDE, SIDE)) >= 0.5


def test_a_turned_and_mirrored_part_is_found_with_its_views(ask: Any, pictures: Path, tmp_path: Path) -> None:
    picture(5, (SIDE, SIDE)).transpose(Image.Transpose.TRANSVERSE).save(tmp_path / "part.png")
    asked = (tmp_path / "part.png", "--in", "regions", "--json", "-k", "1")
    ((with_views),) = hits(ask(*asked, "--view", "flip", "--view", "rotations"))
    ((without),) = hits(ask(*asked))
    assert with_views["image_url"] == (pictures / "1.png").as_uri()
    assert share(with_views["box"], Box(SIDE, 0, SIDE, SIDE)) >= 0.5
    assert with_views["similarity"] > without["similarity"] + 0.05


def test_the_node_and_the_client_answer_alike(ask: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = (pictures / "0.png", "--region", "30,40,300,250", "--view", "rotations", "--in", "regions", "--json")
    by_node = hits(ask(*asked))
    monkeypatch.setattr(searcher, "embeds_pictures", lambda *_: False)
    by_client = hits(ask(*asked))
    assert [hit["id"] for hit in by_node] == [hit["id"] for hit in by_client]
    assert [hit["region"] for hit in by_node] == [hit["region"] for hit in by_client]
    for one, other in zip(by_node, by_client, strict=True):
        assert one["similarity"] == pytest.approx(other["similarity"], abs=1e-3)


def test_a_region_of_an_indexed_picture_is_an_example(ask: Any, pictures: Path) -> None:
    first = hits(ask(pictures / "0.png", "--in", "regions", "--json"))[0]
    like = f"{first['id']}#{first['region']}"
    found = hits(ask("--like", like, "--in", "regions", "--json"))
    assert len(found) == 2, "the picture itself is no answer"
    assert first["id"] not in {hit["id"] for hit in found}
    assert "expected a region of 0 to" in ask("--like", f"{first['id']}#9999").err


def test_examples_move_the_answers(ask: Any, pictures: Path) -> None:
    ids = {Path(hit["image_url"]).stem: hit["id"] for hit in hits(ask(pictures / "0.png", "--json"))}
    plain = {hit["id"]: hit["similarity"] for hit in hits(ask(pictures / "0.png", "--json"))}
    wanted = {
        hit["id"]: hit["similarity"]
        for hit in hits(
            ask(pictures / "0.png", "--json", "--more-like", f"{ids['1']}#1", "--less-like", f"{ids['2']}#1")
        )
    }
    assert wanted.keys() == {ids["0"]}, "examples are no answers"
    assert wanted[ids["0"]] < plain[ids["0"]]
    several = hits(ask("--more-like", ids["0"], "--more-like", ids["1"], "--json"))
    assert [hit["id"] for hit in several] == [ids["2"]]


def test_an_index_without_regions_says_so(ask: Any, pictures: Path) -> None:
    result = ask(pictures / "0.png", "--in", "regions", index=PLAIN)
    assert result.code == 1
    assert "has no regions" in result.err
    assert "--regions" in result.err


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("0,0,0,5", "above zero"),
        ("-1,0,5,5", "above zero"),
        ("nan,0,5,5", "whole pixels"),
        ("1,2,3", "whole pixels"),
        ("700,0,200,100", "inside the picture"),
    ],
)
def test_a_region_that_is_none_is_refused(ask: Any, pictures: Path, region: str, said: str) -> None:
    result = ask(pictures / "0.png", "--region", region)
    assert result.code in {1, 2}
    assert said in " ".join(result.err.replace("│", " ").split())
    assert "Traceback" not in result.err


def test_options_that_do_not_go_together_are_refused(ask: Any, pictures: Path) -> None:
    assert ask("--like", "x", "--region", "0,0,5,5").code == 2
    assert ask("--like", "x", "--verify").code == 2
    assert ask(pictures / "0.png", "--magnification", "5..10").code == 2
    assert ask(pictures / "0.png", "--in", "regions", "--magnification", "10..5").code == 2


@pytest.mark.parametrize("options", [("--region", "0,0,0,5"), ("--in", "regions", "--magnification", "10..5")])
def test_what_is_misspelt_is_said_before_opensearch_is_asked(
    run: Run, pictures: Path, options: tuple[str, ...]
) -> None:
    result = run("search", pictures / "0.png", "--index", "x", "--url", f"http://127.0.0.1:{free_port()}", *options)
    assert result.code == 2
    assert options[-2] in result.err


def test_as_many_answers_as_asked_for_come_back_where_other_magnifications_are_nearer(
    node: Node, monkeypatch: pytest.MonkeyPatch, pictures: Path
) -> None:
    asked: list[int] = []
    search = Searcher.search

    def noted(one: Searcher, request: dict[str, Any]) -> dict[str, Any]:
        asked.append(request["size"])
        return search(one, request)

    monkeypatch.setattr(Searcher, "search", noted)
    own = Searcher(ConnectionSettings(node.url), INDEX)
    document = own.by_image(pictures / "0.png", Wanted(1)).hits[0].id
    asked.clear()
    own.by_id(document, Wanted(100, in_regions=True, magnification=(5.0, 10.0)))
    assert 300 in asked
    asked.clear()
    own.by_id(document, Wanted(9000, in_regions=True, magnification=(5.0, 10.0)))
    assert max(asked) == 10_000


def test_the_gallery_draws_the_places(ask: Any, pictures: Path, tmp_path: Path) -> None:
    page = tmp_path / "gallery.html"
    asked = (pictures / "2.png", "--region", f"{SIDE},0,{SIDE},{SIDE}", "--in", "regions", "--html", page)
    assert ask(*asked).code == 0
    text = page.read_text()
    assert 'style="left: 50.0%; top: 0.0%; width: 50.0%; height: 50.0%"' in text, "the region of the query"
    assert text.count('class="place"') >= 4


def test_ingesting_again_without_change_keeps_the_regions(run: Run, connection: object, pictures: Path) -> None:
    again = run("ingest", pictures, "--index", INDEX, "--regions", "--json")
    assert json.loads(again.out.splitlines()[-1])["unchanged"] == 3
    other = run("ingest", pictures, "--index", INDEX, "--regions", "--region-levels", "2", "--json")
    assert json.loads(other.out.splitlines()[-1])["written"] == 3
