"""The clause `lookalike`, parameter by parameter: the same answers as k-NN with the picture's vector."""

import base64
from typing import Any

import numpy as np
import pytest
from PIL.Image import Transpose as Turn

from tests.pictures import encoded, picture
from tests.plugin.conftest import BYTES, PHOTOS, REGIONS, Corpus, Embed
from tests.plugin.http import Http, base64_of, clause
from tests.plugin.indices import make_index, vector_field

pytestmark = pytest.mark.cluster


def knn(vector: list[float], field: str = "embedding", **parameters: Any) -> dict[str, Any]:
    return {"knn": {field: {"vector": vector, **parameters}}}


def assert_same(found: dict[str, float], expected: dict[str, float]) -> None:
    """The same hits in the same order with the same scores."""
    assert expected
    assert list(found) == list(expected)
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-5)


@pytest.mark.parametrize("number", [0, 17, 39])
def test_the_answer_is_that_of_knn_with_pythons_vector(http: Http, corpus: Corpus, encode: Embed, number: int) -> None:
    data = corpus.paths[number].read_bytes()
    found = http.search(PHOTOS, clause(image=base64_of(data), k=10)).hits
    assert len(found) == 10
    assert next(iter(found)) == corpus.ids[number]
    assert found[corpus.ids[number]] == pytest.approx(1, abs=1e-4)
    assert_same(found, http.search(PHOTOS, knn(encode(data), k=10)).hits)


def test_the_answer_is_that_of_knn_with_the_vector_of_the_endpoint(http: Http, corpus: Corpus) -> None:
    stranger = picture(99)
    found = http.search(PHOTOS, clause(image=base64_of(stranger), k=7)).hits
    assert found == http.search(PHOTOS, knn(http.embed(stranger), k=7)).hits


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_every_format_is_a_query(http: Http, corpus: Corpus, encode: Embed, form: str) -> None:
    data = encoded(picture(5), form, **({"lossless": True} if form == "WEBP" else {}))
    found = http.search(PHOTOS, clause(image=base64_of(data), k=5)).hits
    assert next(iter(found)) == corpus.ids[5]
    expected = http.search(PHOTOS, knn(encode(data), k=5)).hits
    assert list(found.values()) == pytest.approx(list(expected.values()), abs=1e-4)


def test_every_spelling_of_base64_is_the_same_picture(http: Http, corpus: Corpus) -> None:
    data = corpus.paths[3].read_bytes()
    text = base64_of(data)
    urlsafe = base64.urlsafe_b64encode(data).decode()
    spellings = [
        text.rstrip("="),
        f"data:image/jpeg;base64,{text}",
        f"data:image/png;base64,{text}",
        f"DATA:image/jpeg;charset=x;BASE64,{text}",
        f"data:application/octet-stream;base64,{text}",
        urlsafe,
        "\r\n".join(text[start : start + 76] for start in range(0, len(text), 76)),
        f"  {text}\n",
    ]
    expected = http.search(PHOTOS, clause(image=text, k=3)).hits
    for spelling in spellings:
        assert http.search(PHOTOS, clause(image=spelling, k=3)).hits == expected, spelling[:60]


def test_like_is_the_stored_vector(http: Http, corpus: Corpus) -> None:
    like = {"_index": PHOTOS, "_id": corpus.ids[12]}
    found = http.search(PHOTOS, clause(like=like, k=6)).hits
    assert next(iter(found)) == corpus.ids[12]
    assert_same(found, http.search(PHOTOS, clause(image=corpus.image(12), k=6)).hits)


def test_like_finds_across_indices_of_floats_and_bytes(http: Http, corpus: Corpus) -> None:
    for source, target in ((PHOTOS, BYTES), (BYTES, PHOTOS), (BYTES, BYTES)):
        found = http.search(target, clause(like={"_index": source, "_id": corpus.ids[33]}, k=3)).hits
        assert next(iter(found)) == corpus.ids[33]
        assert found[corpus.ids[33]] == pytest.approx(1, abs=1e-3)


def test_like_reads_another_field_and_finds_its_route(http: Http, corpus: Corpus, index: str) -> None:
    make_index(http, index, {"cover": {"properties": {"vector": vector_field()}}}, number_of_shards=3)
    stored = http.embed(picture(8))
    http("PUT", f"/{index}/_doc/one?routing=somewhere&refresh=true", {"cover": {"vector": stored}}).ok()
    like = {"_index": index, "_id": "one", "field": "cover.vector", "routing": "somewhere"}
    found = http.search(PHOTOS, clause(like=like, k=3)).hits
    assert_same(found, http.search(PHOTOS, knn(stored, k=3)).hits)
    lost = http.search(PHOTOS, clause(like={**like, "routing": "elsewhere"}, k=3))
    assert lost.status in {200, 400}  # the other route may lead to the same shard
    assert http.search(index, clause("cover.vector", image=base64_of(picture(8)), k=1)).hits == {
        "one": pytest.approx(1, abs=1e-5)
    }


def test_an_alias_stands_for_its_index_in_like(http: Http, corpus: Corpus) -> None:
    http("PUT", f"/{PHOTOS}/_alias/test-plugin-like").ok()
    like = {"_index": "test-plugin-like", "_id": corpus.ids[2]}
    found = http.search(PHOTOS, clause(like=like, k=2)).hits
    http("DELETE", f"/{PHOTOS}/_alias/test-plugin-like").ok()
    assert next(iter(found)) == corpus.ids[2]


def test_a_region_is_what_a_crop_would_be(http: Http, corpus: Corpus, encode: Embed) -> None:
    image = picture(2)
    region = {"x": 0.25, "y": 0.5, "width": 0.5, "height": 0.25}
    crop = image.crop((80, 120, 240, 180))
    found = http.search(PHOTOS, clause(image=base64_of(image), k=10, region=region)).hits
    assert_same(found, http.search(PHOTOS, knn(encode(encoded(crop, "PNG")), k=10)).hits)


def test_a_region_finds_the_region_that_it_is(http: Http, corpus: Corpus) -> None:
    region = {"x": 0.5, "y": 0, "width": 0.5, "height": 1}
    inner = clause("regions.embedding", image=base64_of(picture(4)), k=6, region=region)
    found = http.search(REGIONS, {"nested": {"path": "regions", "query": inner, "score_mode": "max"}}).hits
    assert next(iter(found)) == "4"
    assert found["4"] == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(
    ("views", "turns"),
    [
        ("flip", [Turn.FLIP_LEFT_RIGHT]),
        (["rotations"], [Turn.ROTATE_90, Turn.ROTATE_180, Turn.ROTATE_270]),
        (["flip", "rotations"], list(Turn)),
    ],
)
def test_views_find_what_is_mirrored_and_turned(http: Http, corpus: Corpus, views: Any, turns: list[Turn]) -> None:
    square = picture(50, (240, 240))  # for otherwise a turned picture is also a squeezed one
    alone = http.search(PHOTOS, clause(image=base64_of(square), k=40)).hits
    for turn in turns:
        stored = {"embedding": http.embed(square.transpose(turn))}
        http("PUT", f"/{PHOTOS}/_doc/view?refresh=true", stored).ok()
        found = http.search(PHOTOS, clause(image=base64_of(square), k=41, views=views)).hits
        http("DELETE", f"/{PHOTOS}/_doc/view?refresh=true").ok()
        assert next(iter(found)) == "view", turn
        assert found["view"] == pytest.approx(1, abs=1e-4), turn
        assert all(found[key] >= score - 1e-6 for key, score in alone.items())


def test_views_keep_the_best_score_of_each_hit(http: Http, corpus: Corpus) -> None:
    square = picture(51, (240, 240))
    views = [square, square.transpose(Turn.FLIP_LEFT_RIGHT)]
    best: dict[str, float] = {}
    for view in views:
        for key, score in http.search(PHOTOS, knn(http.embed(view), k=40)).hits.items():
            best[key] = max(score, best.get(key, 0))
    found = http.search(PHOTOS, clause(image=base64_of(square), k=40, views=["flip"])).hits
    assert found == {key: pytest.approx(score, abs=1e-5) for key, score in best.items()}


@pytest.mark.parametrize("k", [1, 5, 40, 10_000])
def test_k(http: Http, corpus: Corpus, k: int) -> None:
    assert len(http.search(PHOTOS, clause(image=corpus.image(0), k=k)).hits) == min(k, 40)


def test_k_may_come_as_text_as_templates_write_it(http: Http, corpus: Corpus) -> None:
    assert len(http.search(PHOTOS, clause(image=corpus.image(0), k="3")).hits) == 3


@pytest.mark.parametrize("limit", ["min_score", "max_distance"])
def test_radial_search(http: Http, corpus: Corpus, limit: str) -> None:
    everything = http.search(PHOTOS, clause(image=corpus.image(0), k=40)).hits
    least = list(everything.values())[9]
    # For cosinesimil a distance is 1 - cosine and a score (1 + cosine) / 2.
    radius: dict[str, Any] = {limit: least - 1e-6 if limit == "min_score" else 2 - 2 * least + 1e-6}
    found = http.search(PHOTOS, clause(image=corpus.image(0), **radius)).hits
    assert_same(found, dict(list(everything.items())[:10]))


def test_max_distance_is_squared_for_l2(http: Http, corpus: Corpus, index: str) -> None:
    make_index(http, index, {"embedding": vector_field(space_type="l2")})
    vectors = [np.array(http.embed(picture(number))) for number in range(5)]
    lines: list[Any] = []
    for number, vector in enumerate(vectors):
        lines += [{"index": {"_id": str(number)}}, {"embedding": vector.tolist()}]
    http("POST", f"/{index}/_bulk?refresh=true", lines).ok()
    squared = {str(number): float(np.sum((vector - vectors[0]) ** 2)) for number, vector in enumerate(vectors)}
    nearest = sorted(squared, key=lambda key: squared[key])[:3]
    limit = squared[nearest[-1]] + 1e-4
    found = http.search(index, clause(image=base64_of(picture(0)), max_distance=limit)).hits
    assert list(found) == nearest
    assert list(found.values()) == pytest.approx([1 / (1 + squared[key]) for key in nearest], abs=1e-4)


def test_radial_search_of_bytes_is_refused_as_knn_refuses_it(http: Http, corpus: Corpus) -> None:
    vector = http.search(BYTES, {"match_all": {}}, _source=["embedding"]).ok()["hits"]["hits"][0]["_source"]
    bare = http.search(BYTES, knn(vector["embedding"], min_score=0.9))
    ours = http.search(BYTES, clause(image=corpus.image(33), min_score=0.9))
    assert ours.status == bare.status
    if bare.status != 200:
        assert ours.root_reason == bare.root_reason


def test_filter_holds_for_every_hit_and_none_is_missing(http: Http, corpus: Corpus) -> None:
    for filter_, numbers in (
        ({"term": {"metadata.colour": "red"}}, range(20)),
        ({"match": {"metadata.title.text": "boat"}}, range(20, 40)),
        ({"bool": {"must_not": {"ids": {"values": corpus.ids[1:]}}}}, range(1)),
        ({"term": {"metadata.colour": "green"}}, range(0)),
    ):
        found = http.search(PHOTOS, clause(image=corpus.image(30), k=40, filter=filter_)).hits
        assert set(found) == {corpus.ids[number] for number in numbers}


def test_a_filter_may_be_a_lookalike_itself(http: Http, corpus: Corpus) -> None:
    inner = clause(image=corpus.image(7), k=5)
    expected = set(http.search(PHOTOS, inner).hits)
    found = http.search(PHOTOS, clause(image=corpus.image(0), k=40, filter=inner))
    assert (found.status, set(found.hits)) == (200, expected)


@pytest.mark.parametrize("parameters", [{"rescore": True}, {"rescore": {"oversample_factor": 2.5}}, {"rescore": False}])
def test_rescore_and_method_parameters_reach_knn(
    http: Http, corpus: Corpus, index: str, parameters: dict[str, Any]
) -> None:
    make_index(http, index, {"embedding": vector_field(mode="on_disk", compression_level="4x")})
    lines: list[Any] = []
    for number in range(10):
        lines += [{"index": {"_id": str(number)}}, {"embedding": http.embed(picture(number))}]
    http("POST", f"/{index}/_bulk?refresh=true", lines).ok()
    both = {"k": 5, "method_parameters": {"ef_search": 50}, **parameters}
    found = http.search(index, clause(image=base64_of(picture(6)), **both)).hits
    assert next(iter(found)) == "6"
    assert found == http.search(index, knn(http.embed(picture(6)), **both)).hits


@pytest.mark.parametrize("expand", [False, True])
def test_expand_nested_docs_shows_all_regions(http: Http, corpus: Corpus, expand: bool) -> None:
    half = {"x": 0, "y": 0, "width": 0.5, "height": 1}
    inner = clause("regions.embedding", image=base64_of(picture(1)), k=3, region=half, expand_nested_docs=expand)
    nested = {"nested": {"path": "regions", "query": inner, "inner_hits": {}, "score_mode": "max"}}
    hits = http.search(REGIONS, nested).ok()["hits"]["hits"]
    assert hits[0]["_id"] == "1"
    shown = [len(hit["inner_hits"]["regions"]["hits"]["hits"]) for hit in hits]
    assert shown == [2 if expand else 1] * len(hits)


@pytest.mark.parametrize("views", [[], ["flip", "rotations"]])
def test_boost_and_name(http: Http, corpus: Corpus, views: list[str]) -> None:
    plain = http.search(PHOTOS, clause(image=corpus.image(9), k=5, views=views)).hits
    answer = http.search(PHOTOS, clause(image=corpus.image(9), k=5, views=views, boost=2.5, _name="pictures"))
    assert answer.hits == {key: pytest.approx(2.5 * score, abs=1e-5) for key, score in plain.items()}
    assert all(hit["matched_queries"] == ["pictures"] for hit in answer.json["hits"]["hits"])


def test_the_model_may_be_named(http: Http, corpus: Corpus) -> None:
    found = http.search(PHOTOS, clause(image=corpus.image(9), k=5, model="default")).hits
    assert found == http.search(PHOTOS, clause(image=corpus.image(9), k=5)).hits


def test_bytes_are_asked_with_the_same_bytes_that_python_stores(http: Http, corpus: Corpus) -> None:
    found = http.search(BYTES, clause(image=corpus.image(35), k=3)).hits
    assert next(iter(found)) == corpus.ids[35]
    assert found[corpus.ids[35]] == pytest.approx(1, abs=1e-6)
