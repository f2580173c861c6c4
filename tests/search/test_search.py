"""`lookalike search` on a real node, over one index of thirty pictures."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch, TransportError
from PIL import Image

from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.artefact import find_artefact
from lookalike.ingest.folders import list_images
from lookalike.ingest.mapper import DocumentOptions, Mapper
from lookalike.ingest.target import open_target
from lookalike.search import searcher
from tests.conftest import Node, Result, Run
from tests.pictures import picture, png_bomb, save_pictures

pytestmark = pytest.mark.cluster

INDEX = "test-search"
TOTAL = 30


@pytest.fixture(scope="module")
def pictures(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Ten pictures each of three shelves; prices 0 to 29; taken in 2020 but for shelf c."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, shelf in enumerate("abc"):
        save_pictures(folder / shelf, 10, first_seed=10 * number)
    target = open_target(ConnectionSettings(node.url), INDEX, "default", None, 1, False)
    session, writer = target.session(threads=2), target.writer()
    for file in list_images([str(folder)]):
        price = int(file.path.stem.removeprefix("picture-"))
        metadata = {"price": price, "sold": price % 2 == 1, "shelf": file.metadata["folder"]}
        assert writer.write(Mapper(session, options=DocumentOptions(metadata)).map([file], {}).documents) == {}
    writer.refresh()
    yield folder
    with OpenSearch(hosts=[node.url]) as client:
        client.indices.delete(index=INDEX)
        client.indices.delete_index_template(name=f"lookalike-{INDEX}")


@pytest.fixture
def ask(run: Run, connection: object) -> Any:
    def call(*arguments: str | Path) -> Result:
        return run("search", *arguments, "--index", INDEX)

    return call


def hits(result: Result) -> list[dict[str, Any]]:
    assert result.code == 0, result.err
    return [json.loads(line) for line in result.out.splitlines()]


def test_a_picture_finds_itself_first(ask: Any, pictures: Path) -> None:
    for path in sorted(pictures.rglob("*.jpg"))[::6]:
        found = hits(ask(path, "--json"))
        assert len(found) == 10
        assert [hit["rank"] for hit in found] == list(range(1, 11))
        assert found[0]["image_url"] == path.as_uri()
        assert found[0]["similarity"] == pytest.approx(1, abs=1e-4)
        assert found[0].keys() == {"rank", "id", "score", "similarity", "probability", "image_url", "metadata"}
        scores = [hit["score"] for hit in found]
        assert scores == sorted(scores, reverse=True)
        assert all(hit["score"] == pytest.approx((1 + hit["similarity"]) / 2, abs=1e-5) for hit in found)


def test_the_answers_are_the_same_whether_the_node_or_the_client_embeds(
    ask: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = (pictures / "b" / "picture-013.jpg", "--json", "--filter", "price=5..25")
    by_node = hits(ask(*question))
    with monkeypatch.context() as without_plugin:
        without_plugin.setattr(searcher, "embeds_pictures", lambda *_: False)
        by_client = hits(ask(*question))
    assert [hit["id"] for hit in by_node] == [hit["id"] for hit in by_client]
    assert [hit["score"] for hit in by_node] == pytest.approx([hit["score"] for hit in by_client], abs=1e-4)


def test_where_the_node_has_the_plugin_the_client_computes_nothing(
    ask: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def embed(*_: object) -> None:
        raise AssertionError("embedded on the client")

    monkeypatch.setattr("lookalike.encoder.session.EncoderSession.embed", embed)
    assert len(hits(ask(pictures / "b" / "picture-013.jpg", "--json"))) == 10


def test_a_large_picture_is_made_small_before_the_node_embeds_it(
    ask: Any, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = tmp_path / "large.png"
    Image.effect_noise((900, 600), 40).save(large)
    assert large.stat().st_size > 300_000
    sent: list[Any] = []
    search = OpenSearch.search

    def noted(client: OpenSearch, *arguments: Any, **options: Any) -> Any:
        sent.append(options["body"]["query"])
        return search(client, *arguments, **options)

    monkeypatch.setattr(OpenSearch, "search", noted)
    by_node = hits(ask(large, "--json"))
    assert len(sent[0]["lookalike"]["embedding"]["image"]) < 200_000
    monkeypatch.setattr(searcher, "embeds_pictures", lambda *_: False)
    by_client = hits(ask(large, "--json"))
    assert [hit["id"] for hit in by_node] == [hit["id"] for hit in by_client]
    assert [hit["score"] for hit in by_node] == pytest.approx([hit["score"] for hit in by_client], abs=1e-6)


def test_a_picture_that_the_node_refuses_is_embedded_by_the_client(
    ask: Any, pictures: Path, client: OpenSearch
) -> None:
    path = pictures / "b" / "picture-013.jpg"
    setting = {"lookalike.max_image_bytes": "1kb"}
    client.cluster.put_settings(body={"persistent": setting})
    try:
        found = hits(ask(path, "--json"))
    finally:
        client.cluster.put_settings(body={"persistent": dict.fromkeys(setting)})
    assert found[0]["image_url"] == path.as_uri()


def test_an_edited_copy_finds_its_original(ask: Any, pictures: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.png"
    original = picture(7)
    original.crop((16, 12, 304, 228)).save(copy)
    assert hits(ask(copy, "--json"))[0]["image_url"] == (pictures / "a" / "picture-007.jpg").as_uri()


def test_like_takes_the_stored_vector_and_leaves_its_picture_out(ask: Any, pictures: Path) -> None:
    by_image = hits(ask(pictures / "b" / "picture-015.jpg", "--json", "-k", "6"))
    by_id = hits(ask("--like", by_image[0]["id"], "--json", "-k", "5"))
    assert [hit["id"] for hit in by_id] == [hit["id"] for hit in by_image[1:]]
    assert by_id[0]["score"] == pytest.approx(by_image[1]["score"], abs=1e-4)


def test_k_beyond_the_index_yields_the_whole_index(ask: Any, pictures: Path) -> None:
    assert len(hits(ask(pictures / "a" / "picture-000.jpg", "--json", "-k", "1000"))) == TOTAL
    own = hits(ask(pictures / "a" / "picture-000.jpg", "--json"))[0]["id"]
    assert len(hits(ask("--like", own, "--json", "-k", "99"))) == TOTAL - 1


@pytest.mark.parametrize("k", ["0", "-1", "10001", "many"])
def test_an_impossible_k_is_a_usage_error(ask: Any, pictures: Path, k: str) -> None:
    result = ask(pictures / "a" / "picture-000.jpg", "-k", k)
    assert result.code == 2
    assert "Invalid value for '-k'" in result.err


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        (["shelf=b"], 10),
        (["metadata.shelf=b"], 10),
        (["price=5..14"], 10),
        (["price=25.."], 5),
        (["price=..2"], 3),
        (["price=7"], 1),
        (["sold=true"], 15),
        (["shelf=c", "sold=false", "price=22..25"], 2),
        (['{"terms": {"metadata.shelf": ["a", "c"]}}'], 20),
        (['{"bool": {"must_not": {"term": {"metadata.shelf": "a"}}}}', "sold=true"], 10),
        (["filename.text=picture-003.jpg"], 1),
        (["ingested_at=2020..", "format=jpeg"], 30),
        (["shelf=nowhere"], 0),
    ],
)
def test_filters_hold_for_every_answer_and_none_is_missing(
    ask: Any, pictures: Path, filters: list[str], count: int
) -> None:
    options = [part for text in filters for part in ("--filter", text)]
    assert len(hits(ask(pictures / "a" / "picture-000.jpg", "--json", "-k", "40", *options))) == count


def test_an_unknown_field_is_an_error_that_lists_the_known_ones(ask: Any, pictures: Path) -> None:
    result = ask(pictures / "a" / "picture-000.jpg", "--filter", "shelv=b")
    assert (result.code, result.out) == (1, "")
    assert "Error: --filter: the index has no field 'shelv' to filter on. Did you mean shelf? It has: " in result.err
    assert "metadata.price" in result.err


def test_a_json_filter_that_opensearch_refuses_is_an_error_with_its_reason(ask: Any, pictures: Path) -> None:
    result = ask(pictures / "a" / "picture-000.jpg", "--filter", '{"nonsense": {}}')
    assert result.code == 1
    assert result.err.startswith("Error: OpenSearch at http://127.0.0.1:")
    assert "answered 400: " in result.err
    assert "[nonsense]" in result.err


def test_probabilities_fall_with_rank_and_do_not_depend_on_how_many_are_shown(ask: Any, pictures: Path) -> None:
    path = pictures / "b" / "picture-016.jpg"
    found = [hit["probability"] for hit in hits(ask(path, "--json", "-k", "25"))]
    assert all(0 <= probability <= 1 for probability in found)
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.99
    assert found[10] < 0.5
    assert [hit["probability"] for hit in hits(ask(path, "--json", "-k", "2"))] == found[:2]


def test_a_model_without_calibration_tells_no_probability(
    ask: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = replace(find_artefact(), calibration=None)
    monkeypatch.setattr(searcher, "find_artefact", lambda model: plain)
    path = pictures / "b" / "picture-016.jpg"
    assert [hit["probability"] for hit in hits(ask(path, "--json", "-k", "2"))] == [None, None]
    assert ask(path, "-k", "2").out.splitlines()[0].split() == ["rank", "similarity", "score", "image", "metadata"]


def test_min_score_drops_the_rest(ask: Any, pictures: Path) -> None:
    path = pictures / "a" / "picture-004.jpg"
    every = hits(ask(path, "--json", "-k", "30"))
    limit = every[3]["score"] - 1e-6
    assert [hit["id"] for hit in hits(ask(path, "--json", "-k", "30", "--min-score", str(limit)))] == [
        hit["id"] for hit in every[:4]
    ]
    nothing = ask(path, "--filter", "shelf=b", "--min-score", "0.999")
    assert (nothing.code, nothing.out) == (0, "picture-004.jpg: no picture satisfies this\n")
    assert ask(path, "--min-score", "2").code == 2


def test_the_table_is_complete_in_a_pipe(ask: Any, pictures: Path) -> None:
    path = pictures / "c" / "picture-021.jpg"
    lines = ask(path, "-k", "3").out.splitlines()
    assert lines[0].split() == ["rank", "probability", "similarity", "score", "image", "metadata"]
    assert len(lines) == 4
    rank, verdict, probability, percent, similarity, score, url, *metadata = lines[1].split()
    assert (rank, verdict, percent, similarity, score, url) == ("1", "copy", "%", "1.000", "1.0000", path.as_uri())
    assert float(probability) >= 99
    assert " ".join(metadata) == "folder=c, price=21, shelf=c, sold=true"


def test_html_writes_a_gallery_with_thumbnails(ask: Any, pictures: Path, tmp_path: Path) -> None:
    file = tmp_path / "answers.html"
    result = ask(pictures / "a" / "picture-001.jpg", "-k", "4", "--html", file)
    assert result.code == 0
    assert result.out.splitlines()[-1] == f"gallery: {file.as_uri()}"
    html = file.read_text()
    assert html.count("data:image/jpeg;base64,") == 5
    assert "picture-001.jpg" in html
    quiet = ask(pictures / "a" / "picture-001.jpg", "-k", "4", "--html", file, "--json")
    assert len(hits(quiet)) == 4
    failed = ask(pictures / "a" / "picture-001.jpg", "--html", tmp_path / "gone" / "x.html")
    assert failed.code == 1
    assert "Error: --html: cannot write" in failed.err


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file (0 bytes)"),
        (b"words", "not a jpeg, png, webp, gif, bmp, tiff image"),
        (png_bomb(), "more than 100,000,000 pixels"),
    ],
    ids=["empty", "text", "bomb"],
)
def test_a_query_that_is_no_picture_says_why(
    ask: Any, pictures: Path, tmp_path: Path, content: bytes, reason: str
) -> None:
    query = tmp_path / "query.jpg"
    query.write_bytes(content)
    result = ask(query)
    assert (result.code, result.out) == (1, "")
    assert result.err == f"Error: cannot search by {query}: {reason}\n"


def test_a_query_that_is_missing_or_a_folder_says_so(ask: Any, pictures: Path, tmp_path: Path) -> None:
    assert ask(tmp_path / "gone.jpg").err == f"Error: cannot read {tmp_path / 'gone.jpg'}: No such file or directory\n"
    assert ask(tmp_path).err == f"Error: cannot search by {tmp_path}: a folder, not an image\n"


def test_an_unknown_id_says_where_ids_stand(ask: Any, pictures: Path) -> None:
    result = ask("--like", "nobody")
    assert result.code == 1
    assert "index 'test-search' has no picture with the id 'nobody'; ids stand in the answers of" in result.err


def test_either_a_picture_or_an_id_is_needed(ask: Any, pictures: Path) -> None:
    for arguments in ([], [pictures / "a" / "picture-000.jpg", "--like", "x"]):
        result = ask(*arguments)
        assert result.code == 2
        assert "give either a picture or --like ID" in result.err


def test_an_index_that_does_not_exist_names_those_that_do(run: Run, pictures: Path, connection: object) -> None:
    result = run("search", pictures / "a" / "picture-000.jpg", "--index", "photo")
    assert result.code == 1
    assert "Error: index 'photo' does not exist. Indices of Lookalike here: " in result.err
    assert INDEX in result.err
    assert "Make it with `lookalike ingest FOLDER --index photo`." in result.err


def test_an_alias_over_two_indices_searches_both(
    run: Run, client: OpenSearch, index: str, pictures: Path, tmp_path: Path
) -> None:
    (own,) = save_pictures(tmp_path, 1, first_seed=77)
    assert run("ingest", own, "--index", index).code == 0
    client.indices.update_aliases(body={"actions": [{"add": {"indices": [INDEX, index], "alias": "test-everything"}}]})
    for path in (own, pictures / "b" / "picture-012.jpg"):
        found = hits(run("search", path, "--index", "test-everything", "--json"))
        assert found[0]["image_url"] == path.as_uri()


@pytest.mark.parametrize(("refused", "code"), [(3, 0), (99, 1)])
def test_a_node_that_is_busy_is_asked_again_but_not_for_ever(
    ask: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch, refused: int, code: int
) -> None:
    asked = 0
    search = OpenSearch.search

    def busy_at_first(client: OpenSearch, *arguments: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        if asked <= refused:
            raise TransportError(429, "circuit_breaking_exception", "[parent] Data too large")
        return search(client, *arguments, **options)

    monkeypatch.setattr(OpenSearch, "search", busy_at_first)
    result = ask(pictures / "a" / "picture-000.jpg", "--json")
    assert result.code == code, result.err
    assert asked == (5 if code == 0 else 6)  # once for the node to embed it, the rest for the vector
    if code:
        assert "answered 429" in result.err
        assert "Data too large" in result.err


def test_a_busy_node_is_asked_again_for_an_indexed_picture_too(
    ask: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = hits(ask(pictures / "a" / "picture-000.jpg", "--json"))[0]["id"]
    search, refusals = OpenSearch.search, iter([429])

    def busy_once(client: OpenSearch, *arguments: Any, **options: Any) -> Any:
        if next(refusals, None):
            raise TransportError(429, "circuit_breaking_exception", "[parent] Data too large")
        return search(client, *arguments, **options)

    monkeypatch.setattr(OpenSearch, "search", busy_once)
    assert len(hits(ask("--like", own, "--json"))) == 10


def test_a_picture_that_is_in_two_indices_of_an_alias_is_two_answers(
    run: Run, client: OpenSearch, index: str, pictures: Path
) -> None:
    shared = pictures / "c" / "picture-025.jpg"
    assert run("ingest", shared, "--index", index, "--metadata", "copy=second").code == 0
    client.indices.update_aliases(body={"actions": [{"add": {"indices": [INDEX, index], "alias": "test-both"}}]})
    first, second, third = hits(run("search", shared, "--index", "test-both", "--json"))[:3]
    assert first["id"] == second["id"] != third["id"]
    assert sorted(hit["metadata"].get("copy", "first") for hit in (first, second)) == ["first", "second"]


def test_documents_of_others_neither_break_an_answer_nor_move_the_cursor(
    run: Run, client: OpenSearch, index: str, tmp_path: Path
) -> None:
    paths = save_pictures(tmp_path, 1)
    assert run("ingest", tmp_path, "--index", index).code == 0
    vector = [1.0] + [0.0] * 255
    odd: list[dict[str, Any]] = [
        {"image_url": None, "metadata": None},
        {"image_url": ["a", "b"], "metadata": [{"x": 1}, {"x": 2}]},
        {"image_url": "http://[evil", "metadata": {"y": "\ud800"}},
        {"image_url": "a/\x1b]0;PWN\x07b", "metadata": {"\x1b[2J": "\x1b[2J"}},
    ]
    for number, document in enumerate(odd):
        body = json.dumps({**document, "embedding": vector})
        client.transport.perform_request("PUT", f"/{index}/_doc/{number}", params={"refresh": "true"}, body=body)
    for number in range(len(odd)):
        for options in ([], ["--json"], ["--html", tmp_path / "x.html"], ["--min-score", "1"]):
            result = run("search", "--like", str(number), "--index", index, *options)
            assert result.code == 0, result.err
            assert not {"\x1b", "\x07"} & set(result.out + result.err)
    assert len(hits(run("search", paths[0], "--index", index, "--json"))) == 5
