"""The clause wherever a query may stand: what searches with it find is what the bare clause finds."""

import base64
import json
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest

from tests.plugin.conftest import BYTES, PHOTOS, REGIONS, Corpus
from tests.plugin.http import Answer, Http, clause
from tests.plugin.indices import make_index, vector_field

pytestmark = pytest.mark.cluster

K = 5


@pytest.fixture
def ours(corpus: Corpus) -> dict[str, Any]:
    """The clause that the tests put somewhere: the five nearest to picture 7, which is a red one."""
    return clause(image=corpus.image(7), k=K)


@pytest.fixture
def nearest(http: Http, ours: dict[str, Any]) -> dict[str, float]:
    """Its answer on its own."""
    return http.search(PHOTOS, ours).hits


def reds(corpus: Corpus, found: dict[str, float]) -> dict[str, float]:
    return {key: score for key, score in found.items() if key in corpus.ids[:20]}


# Inside other clauses


def test_bool_must_adds_scores(http: Http, ours: Any, nearest: dict[str, float]) -> None:
    one = {"constant_score": {"filter": {"term": {"metadata.colour": "red"}}, "boost": 3}}
    found = http.search(PHOTOS, {"bool": {"must": [ours], "should": [one]}}).hits
    assert found.keys() == nearest.keys()
    for key, score in found.items():
        assert score - nearest[key] == pytest.approx(0, abs=1e-5) or score - nearest[key] == pytest.approx(3, abs=1e-5)


def test_bool_should_is_a_hybrid_of_text_and_picture(
    http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]
) -> None:
    text = {"match": {"metadata.title.text": {"query": "boat", "boost": 0.5}}}
    by_text = http.search(PHOTOS, text).hits
    found = http.search(PHOTOS, {"bool": {"should": [ours, text]}}).hits
    expected = {key: nearest.get(key, 0) + by_text.get(key, 0) for key in {**nearest, **by_text}}
    assert found == {key: pytest.approx(score, abs=1e-5) for key, score in expected.items()}
    assert set(by_text) == set(corpus.ids[20:])


def test_bool_filter_gives_no_score(http: Http, ours: Any, nearest: dict[str, float]) -> None:
    assert http.search(PHOTOS, {"bool": {"filter": ours}}).hits == dict.fromkeys(nearest, 0.0)


def test_bool_must_not_leaves_them_out(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    found = http.search(PHOTOS, {"bool": {"must_not": ours}}).hits
    assert found.keys() == set(corpus.ids) - nearest.keys()


def test_two_clauses_in_one_search(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    other = clause(image=corpus.image(30), k=K)
    second = http.search(PHOTOS, other).hits
    found = http.search(PHOTOS, {"bool": {"should": [ours, other]}}).hits
    expected = {key: nearest.get(key, 0) + second.get(key, 0) for key in {**nearest, **second}}
    assert found == {key: pytest.approx(score, abs=1e-5) for key, score in expected.items()}
    best = http.search(PHOTOS, {"dis_max": {"queries": [ours, other]}}).hits
    expected = {key: max(nearest.get(key, 0), second.get(key, 0)) for key in {**nearest, **second}}
    assert best == {key: pytest.approx(score, abs=1e-5) for key, score in expected.items()}


def test_function_score_constant_score_boosting_script_score_and_wrapper(
    http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]
) -> None:
    doubled = {key: pytest.approx(2 * score, abs=1e-5) for key, score in nearest.items()}
    functions = {"function_score": {"query": ours, "functions": [{"weight": 2}]}}
    assert http.search(PHOTOS, functions).hits == doubled
    script = {"script_score": {"query": ours, "script": {"source": "_score * 2"}}}
    assert http.search(PHOTOS, script).hits == doubled
    assert http.search(PHOTOS, {"constant_score": {"filter": ours, "boost": 4}}).hits == dict.fromkeys(nearest, 4.0)
    boosting = {"boosting": {"positive": {"match_all": {}}, "negative": ours, "negative_boost": 0.25}}
    found = http.search(PHOTOS, boosting).hits
    assert found == {key: 0.25 if key in nearest else 1.0 for key in corpus.ids}
    wrapped = {"wrapper": {"query": base64.b64encode(json.dumps(ours).encode()).decode()}}
    assert http.search(PHOTOS, wrapped).hits == nearest
    function = {"filter": ours, "weight": 7}
    weighed = http.search(PHOTOS, {"function_score": {"query": {"match_all": {}}, "functions": [function]}}).hits
    assert weighed == {key: 7.0 if key in nearest else 1.0 for key in corpus.ids}


def test_nested_with_inner_hits_says_which_region(http: Http, corpus: Corpus) -> None:
    region = {"x": 0.5, "y": 0, "width": 0.5, "height": 1}
    inner = clause("regions.embedding", image=corpus.image(3), k=K, region=region)
    nested = {"path": "regions", "query": inner, "score_mode": "max", "inner_hits": {"_source": ["regions.box"]}}
    first = http.search(REGIONS, {"nested": nested}).ok()["hits"]["hits"][0]
    assert first["_id"] == "3"
    (region_hit,) = first["inner_hits"]["regions"]["hits"]["hits"]
    assert region_hit["_nested"] == {"field": "regions", "offset": 1}
    assert region_hit["_source"]["box"] == {"x": 160, "y": 0, "width": 160, "height": 240}


# Inside other parts of a search


def test_post_filter(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    red = {"term": {"metadata.colour": "red"}}
    found = http.search(PHOTOS, red, post_filter=ours, aggs={"all": {"value_count": {"field": "format"}}})
    assert found.hits.keys() == reds(corpus, nearest).keys()
    assert found.json["aggregations"]["all"]["value"] == 20
    assert http.search(PHOTOS, ours, post_filter=red).hits == reds(corpus, nearest)


def test_aggregations(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    red = {"term": {"metadata.colour": "red"}}
    aggregations = {
        "one": {"filter": ours, "aggs": {"colours": {"terms": {"field": "metadata.colour"}}}},
        "several": {"filters": {"filters": {"alike": ours, "red": red}}},
        "matrix": {"adjacency_matrix": {"filters": {"alike": ours, "red": red}}},
    }
    found = http.search(PHOTOS, {"match_all": {}}, aggs=aggregations).ok()["aggregations"]
    red_ones = len(reds(corpus, nearest))
    counts = {bucket["key"]: bucket["doc_count"] for bucket in found["one"]["colours"]["buckets"]}
    assert found["one"]["doc_count"] == K
    assert counts == {name: count for name, count in (("red", red_ones), ("blue", K - red_ones)) if count}
    assert found["several"]["buckets"] == {"alike": {"doc_count": K}, "red": {"doc_count": 20}}
    assert {bucket["key"]: bucket["doc_count"] for bucket in found["matrix"]["buckets"]} == {
        "alike": K,
        "alike&red": red_ones,
        "red": 20,
    }
    own = http.search(PHOTOS, ours, aggs={"colours": {"terms": {"field": "metadata.colour"}}}).ok()
    assert sum(bucket["doc_count"] for bucket in own["aggregations"]["colours"]["buckets"]) == K


def test_rescore_phase(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    rescore = {"window_size": 40, "query": {"rescore_query": ours, "rescore_query_weight": 10}}
    found = http.search(PHOTOS, {"match_all": {}}, rescore=rescore).hits
    assert list(found)[:K] == list(nearest)
    assert list(found.values())[:K] == pytest.approx([1 + 10 * score for score in nearest.values()], abs=1e-4)
    text = {"rescore_query": {"term": {"metadata.colour": "blue"}}, "rescore_query_weight": 5}
    again = http.search(PHOTOS, ours, rescore={"window_size": K, "query": text}).hits
    assert again.keys() == nearest.keys()


def test_sorts_collapse_pages_and_total(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    ordered = http.search(PHOTOS, ours, sort=[{"metadata.filename": "desc"}]).ok()["hits"]["hits"]
    names = [corpus.paths[corpus.ids.index(hit["_id"])].name for hit in ordered]
    assert names == sorted(names, reverse=True)
    assert len(names) == K
    pages = [http.search(PHOTOS, ours, size=2, **{"from": start}) for start in (0, 2, 4)]
    assert [key for page in pages for key in page.hits] == list(nearest)
    assert {page.json["hits"]["total"]["value"] for page in pages} == {K}
    collapsed = http.search(PHOTOS, ours, collapse={"field": "metadata.colour"}).ok()["hits"]["hits"]
    assert collapsed[0]["_id"] == next(iter(nearest))
    assert len({hit["fields"]["metadata.colour"][0] for hit in collapsed}) == len(collapsed)


def test_explain_and_profile(http: Http, ours: Any, nearest: dict[str, float]) -> None:
    answer = http.search(PHOTOS, ours, explain=True, profile=True)
    assert answer.hits == nearest
    for hit in answer.json["hits"]["hits"]:
        assert hit["_explanation"]["value"] == pytest.approx(hit["_score"])
    (search,) = answer.json["profile"]["shards"][0]["searches"]
    assert "KnnFloatVectorQuery" in json.dumps(search["query"])


# Other endpoints


def test_msearch_answers_each_for_itself(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    lines = [
        {"index": PHOTOS},
        {"query": ours, "size": 100},
        {"index": PHOTOS},
        {"query": clause(image="!", k=1)},
        {"index": BYTES},
        {"query": clause(image=corpus.image(33), k=1)},
    ]
    first, second, third = http("POST", "/_msearch", lines).ok()["responses"]
    assert {hit["_id"]: hit["_score"] for hit in first["hits"]["hits"]} == nearest
    assert (second["status"], second["error"]["reason"]) == (400, "[image] not base64: found '!' at position 0")
    assert third["hits"]["hits"][0]["_id"] == corpus.ids[33]


def test_count(http: Http, corpus: Corpus, ours: Any) -> None:
    assert http("POST", f"/{PHOTOS}/_count", {"query": ours}).ok()["count"] == K
    assert http("POST", f"/{BYTES}/_count", {"query": clause(image=corpus.image(1), k=3)}).ok()["count"] == 3


@pytest.mark.parametrize("index", [PHOTOS, BYTES])
def test_validate(http: Http, ours: Any, index: str) -> None:
    kind = "Float" if index == PHOTOS else "Byte"
    for more in ("", "?explain=true", "?explain=true&rewrite=true"):
        answer = http("POST", f"/{index}/_validate/query{more}", {"query": ours}).ok()
        assert answer["valid"] is True
        if more:
            assert f"Knn{kind}VectorQuery:embedding" in answer["explanations"][0]["explanation"]
    wrong = http("POST", f"/{index}/_validate/query?explain=true", {"query": clause(image="!", k=1)}).ok()
    assert wrong["valid"] is False
    assert wrong["explanations"][0]["error"] == "[image] not base64: found '!' at position 0"
    incomplete = http("POST", f"/{index}/_validate/query?explain=true", {"query": clause(image="!")}).ok()
    assert incomplete["valid"] is False
    assert "needs exactly one of [k], [min_score] and [max_distance], found 0" in incomplete["error"]


@pytest.mark.parametrize("index", [PHOTOS, BYTES])
def test_explain_one_document(http: Http, corpus: Corpus, index: str) -> None:
    query = {"query": clause(image=corpus.image(33), k=1)}
    hit = http("POST", f"/{index}/_explain/{corpus.ids[33]}", query).ok()
    assert hit["matched"] is True
    assert hit["explanation"]["value"] == pytest.approx(1, abs=1e-4)
    assert http("POST", f"/{index}/_explain/{corpus.ids[34]}", query).ok()["matched"] is False


def test_search_templates(http: Http, corpus: Corpus, nearest: dict[str, float]) -> None:
    source = (
        '{"size": 100, "_source": false, "query": {"lookalike": {"embedding": {"image": "{{picture}}", "k": "{{k}}"'
        '{{#colour}}, "filter": {"term": {"metadata.colour": "{{colour}}"}}{{/colour}}}}}}'
    )
    http("PUT", "/_scripts/test-plugin-template", {"script": {"lang": "mustache", "source": source}}).ok()
    given = {"picture": corpus.image(7), "k": K}
    try:
        found = http("POST", f"/{PHOTOS}/_search/template", {"id": "test-plugin-template", "params": given})
        assert found.hits == nearest
        red = {"id": "test-plugin-template", "params": {**given, "colour": "red"}}
        assert http("POST", f"/{PHOTOS}/_search/template", red).hits.keys() <= set(corpus.ids[:20])
    finally:
        http("DELETE", "/_scripts/test-plugin-template").ok()


def test_point_in_time(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    for index, expected in ((PHOTOS, nearest), (BYTES, http.search(BYTES, ours).hits)):
        pit = http("POST", f"/{index}/_search/point_in_time?keep_alive=1m").ok()["pit_id"]
        body = {"pit": {"id": pit, "keep_alive": "1m"}, "query": ours, "_source": False, "size": 100}
        assert http("POST", "/_search", body).hits == expected
        wrong = http("POST", "/_search", {**body, "query": clause("format", image=corpus.image(7), k=1)})
        assert (wrong.status, wrong.reason) == (400, f"no field [format] of type [knn_vector] in [{index}]")
        http("DELETE", "/_search/point_in_time", {"pit_id": [pit]}).ok()


def test_scroll(http: Http, ours: Any, nearest: dict[str, float]) -> None:
    page = http("POST", f"/{PHOTOS}/_search?scroll=1m&size=2", {"query": ours, "_source": False})
    found: dict[str, float] = {}
    while page.hits:
        found |= page.hits
        scroll = page.json["_scroll_id"]
        page = http("POST", "/_search/scroll", {"scroll": "1m", "scroll_id": scroll})
    http("DELETE", "/_search/scroll", {"scroll_id": page.json["_scroll_id"]})
    assert found == nearest


def test_rank_eval_and_by_query(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    rating = {"_index": PHOTOS, "_id": corpus.ids[7], "rating": 1}
    body = {
        "requests": [{"id": "x", "request": {"query": ours}, "ratings": [rating]}],
        "metric": {"precision": {"k": K}},
    }
    assert http("POST", f"/{PHOTOS}/_rank_eval", body).ok()["metric_score"] == pytest.approx(1 / K)
    copy = "test-plugin-copy"
    http("POST", "/_reindex?refresh=true", {"source": {"index": PHOTOS, "query": ours}, "dest": {"index": copy}}).ok()
    try:
        assert set(http.search(copy, {"match_all": {}}).hits) == set(nearest)
    finally:
        http("DELETE", f"/{copy}").ok()


# Several indices


def test_floats_and_bytes_at_once(http: Http, corpus: Corpus) -> None:
    query = clause(image=corpus.image(33), k=40)
    found = http.search(f"{PHOTOS},{BYTES}", query).ok()["hits"]["hits"]
    assert [(hit["_index"], hit["_id"]) for hit in found[:2]] == [(BYTES, corpus.ids[33]), (PHOTOS, corpus.ids[33])]
    assert len(found) == 50
    alone = http.search(PHOTOS, query).hits
    both = {hit["_id"]: hit["_score"] for hit in found if hit["_index"] == PHOTOS}
    assert both == {key: pytest.approx(score, abs=2e-3) for key, score in alone.items()}


@pytest.mark.parametrize(
    "pattern", ["test-plugin-p*", "test-plugin-*,-test-plugin-b*,-test-plugin-r*", "<test-plugin-photos>"]
)
def test_patterns(http: Http, ours: Any, nearest: dict[str, float], pattern: str) -> None:
    assert http.search(quote(pattern, safe="*,"), ours).hits == nearest


def test_all_indices(http: Http, ours: Any) -> None:
    for path in ("/_search", "/_all/_search", "/*/_search"):
        found = http("POST", path, {"query": ours, "_source": False, "size": 100}).ok()["hits"]["hits"]
        assert {hit["_index"] for hit in found} >= {PHOTOS, BYTES}


def test_a_pattern_of_nothing_is_empty_and_missing_indices_may_be_ignored(
    http: Http, ours: Any, nearest: dict[str, float]
) -> None:
    assert http.search("test-nowhere*", ours).hits == {}
    answer = http("POST", f"/test-nowhere,{PHOTOS}/_search?ignore_unavailable=true&size=100", {"query": ours})
    assert answer.hits == nearest
    refused = http("POST", "/test-nowhere*/_search?allow_no_indices=false", {"query": ours})
    assert (refused.status, refused.reason) == (404, "no such index [test-nowhere*]")


def test_an_index_without_the_field_fails_as_it_does_with_knn(http: Http, ours: Any, index: str) -> None:
    http("PUT", f"/{index}", {"mappings": {"properties": {"word": {"type": "keyword"}}}}).ok()
    bare = {"knn": {"embedding": {"vector": [1] + [0] * 255, "k": K}}}
    answers = [http.search(f"{PHOTOS},{index}", query) for query in (ours, bare)]
    assert [failure(answer) for answer in answers] == [
        "failed to create query: Field 'embedding' is not knn_vector type.",
    ] * 2
    assert [len(answer.json["hits"]["hits"]) for answer in answers] == [K] * 2
    # What searches many indices says so itself, for instance:
    only = {"bool": {"filter": {"term": {"_index": PHOTOS}}, "must": ours}}
    assert http.search(f"{PHOTOS},{index}", only).status == 200


def failure(answer: Answer) -> str:
    assert answer.status == 200
    assert answer.json["_shards"]["failed"] == 1
    reason: str = answer.json["_shards"]["failures"][0]["reason"]["reason"]
    return reason


def test_aliases(http: Http, corpus: Corpus, ours: Any, nearest: dict[str, float]) -> None:
    actions = [
        {"add": {"index": PHOTOS, "alias": "test-plugin-plain"}},
        {"add": {"indices": [PHOTOS, BYTES], "alias": "test-plugin-both"}},
        {"add": {"index": PHOTOS, "alias": "test-plugin-red", "filter": {"term": {"metadata.colour": "red"}}}},
    ]
    http("POST", "/_aliases", {"actions": actions}).ok()
    try:
        assert http.search("test-plugin-plain", ours).hits == nearest
        found = http.search("test-plugin-both", clause(image=corpus.image(33), k=1)).ok()["hits"]["hits"]
        assert {(hit["_index"], hit["_id"]) for hit in found} == {(PHOTOS, corpus.ids[33]), (BYTES, corpus.ids[33])}
        # An alias's filter leaves hits out after the search, as it does with knn.
        assert http.search("test-plugin-red", ours).hits == reds(corpus, nearest)
    finally:
        for name in ("plain", "both", "red"):
            http("DELETE", f"/_all/_alias/test-plugin-{name}").ok()


@pytest.fixture
def other_cluster(http: Http) -> Iterator[str]:
    """The node's own cluster as another one, for what a node knows of another does not depend on which it is."""
    (node,) = http("GET", "/_nodes/transport").ok()["nodes"].values()
    seeds = "cluster.remote.elsewhere.seeds"
    with http.setting(seeds, [node["transport"]["publish_address"]]):
        yield "elsewhere"


@pytest.mark.parametrize("roundtrips", ["true", "false"])
def test_other_clusters(http: Http, corpus: Corpus, other_cluster: str, roundtrips: str) -> None:
    query = clause(image=corpus.image(33), k=3)
    like = clause(like={"_index": PHOTOS, "_id": corpus.ids[33]}, k=3)
    for here in ("", f"{PHOTOS},", f"{BYTES},"):
        for there in (PHOTOS, BYTES):
            path = f"/{here}{other_cluster}:{there}/_search?size=100&ccs_minimize_roundtrips={roundtrips}"
            for asked in (query, like):
                found = http("POST", path, {"query": asked, "_source": False}).ok()["hits"]["hits"]
                indices = {f"{other_cluster}:{there}", *here.strip(",").split(",")} - {""}
                assert {hit["_index"] for hit in found if hit["_id"] == corpus.ids[33]} == indices
                assert len(found) == 3 * len(indices)
                expected = http.search(there, query).hits
                remote = {hit["_id"]: hit["_score"] for hit in found if hit["_index"].startswith(other_cluster)}
                assert remote == {key: pytest.approx(score, abs=2e-3) for key, score in expected.items()}


def test_the_filter_of_an_alias_cannot_be_a_picture(http: Http, ours: Any) -> None:
    answer = http("PUT", f"/{PHOTOS}/_alias/test-plugin-never", {"filter": ours})
    assert answer.status == 400
    assert answer.json["error"]["caused_by"]["reason"] == (
        "[lookalike] is embedded where a search arrives and cannot stand in what shards keep, such as the filter of an "
        "alias or a percolator's query"
    )


def test_a_percolator_cannot_keep_a_picture(http: Http, ours: Any, index: str) -> None:
    make_index(http, index, {"query": {"type": "percolator"}, "embedding": vector_field()})
    answer = http("PUT", f"/{index}/_doc/1", {"query": ours})
    assert answer.status == 400
    assert "cannot stand in what shards keep" in json.dumps(answer.json["error"])


def test_a_field_alias_is_followed(http: Http, corpus: Corpus, index: str) -> None:
    make_index(http, index, {"embedding": vector_field(), "picture": {"type": "alias", "path": "embedding"}})
    stored = {"embedding": http.embed(corpus.paths[0].read_bytes())}
    http("PUT", f"/{index}/_doc/1?refresh=true", stored).ok()
    bare = http.search(index, {"knn": {"picture": {"vector": stored["embedding"], "k": 1}}})
    ours = http.search(index, clause("picture", image=corpus.image(0), k=1))
    assert ours.hits == bare.hits


def test_a_new_index_is_seen_at_once_and_a_deleted_one_forgotten(http: Http, corpus: Corpus, index: str) -> None:
    query = clause(image=corpus.image(0), k=1)
    for dimension, status in ((256, 200), (8, 400), (256, 200)):
        make_index(http, index, {"embedding": vector_field(dimension=dimension)})
        assert http.search(index, query).status == status
        http("DELETE", f"/{index}").ok()
    assert http.search(index, query).status == 404


def test_a_cancelled_or_timed_out_search_leaves_nothing_behind(http: Http, corpus: Corpus, ours: Any) -> None:
    http("POST", f"/{PHOTOS}/_search?timeout=1ms&cancel_after_time_interval=1ms", {"query": ours})
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        tasks = http("GET", "/_tasks?actions=*search*").json["nodes"]
        if not tasks:
            break
        time.sleep(0.1)
    assert not tasks
