"""The endpoints of the plugin, its settings, its memory and its cache."""

import base64
import time
from typing import Any

import numpy as np
import pytest

from lookalike.encoder.artefact import find_artefact
from tests.pictures import encoded, picture, png_bomb
from tests.plugin.conftest import PHOTOS, REGIONS, Corpus, Embed
from tests.plugin.http import Http, base64_of, clause

pytestmark = pytest.mark.cluster

EMBED, MODELS, STATS = (f"/_plugins/_lookalike/{name}" for name in ("embed", "models", "stats"))
MODEL = find_artefact()


def stats(http: Http) -> dict[str, Any]:
    """What the one node says it has done."""
    (node,) = http("GET", STATS).ok()["nodes"].values()
    assert node["name"] == "lookalike-local"
    counts: dict[str, Any] = node["stats"]
    return counts


# embed


def test_embed_gives_the_vector_and_what_the_picture_was(http: Http, encode: Embed) -> None:
    data = encoded(picture(3, (300, 200)), "JPEG")
    answer = http("POST", EMBED, {"image": base64_of(data)}).ok()
    vector = np.array(answer.pop("embedding"))
    assert answer == {"model": MODEL.identity, "format": "jpeg", "width": 300, "height": 200, "dimension": 256}
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert float(vector @ np.array(encode(data))) >= 0.9999


def test_embed_takes_a_region_and_a_model(http: Http, encode: Embed) -> None:
    image = picture(4)
    region = {"x": 0.5, "y": 0.5, "width": 0.5, "height": 0.5}
    body = {"image": base64_of(image), "region": region, "model": "default"}
    answer = http("POST", EMBED, body).ok()
    assert (answer["width"], answer["height"]) == (320, 240)
    crop = encode(encoded(image.crop((160, 120, 320, 240)), "PNG"))
    assert float(np.array(answer["embedding"]) @ np.array(crop)) >= 0.9999


def test_embed_speaks_yaml_too(http: Http) -> None:
    body = f"image: {base64_of(picture(1))}\nmodel: default\n"
    answer = http("POST", EMBED + "?format=yaml", body, **{"Content-Type": "application/yaml"})
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("application/yaml")
    assert f'model: "{MODEL.identity}"' in answer.content.decode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "Validation Failed: 1: [image] is missing: a picture as base64;"),
        ("[]", '[embed] expected an object, as in {"image": "<base64>"}'),
        ('"x"', '[embed] expected an object, as in {"image": "<base64>"}'),
        ({"image": None}, "[embed] [image] must be text, found null"),
        ({"image": 1}, "[embed] [image] must be text, found [1]"),
        ({"image": ["x"]}, "[embed] [image] must be text, found an array"),
        ({"image": ""}, "[image] empty image: expected base64, found no characters"),
        ({"image": "aGVsbG8="}, "[image] not a jpeg, png, webp, gif, bmp, tiff image"),
        (
            {"image": "AA", "url": "http://localhost/"},
            "[embed] unknown parameter [url], expected one of [image], [model], [region]",
        ),
        ({"image": "AA", "model": "nobody"}, f"no model [nobody] on this node; installed: [{MODEL.identity}]"),
        ({"image": "AA", "model": None}, "[embed] [model] must be text, found null"),
        ({"image": "AA", "region": "left"}, "[embed] [region] must be an object, found [left]"),
        (
            {"image": "AA", "region": {"x": 0, "y": 0, "width": 2, "height": 1}},
            "[embed] [region] must lie inside the picture and have an area: x, y, width and height are fractions of it "
            "between 0 and 1, found x [0.0], y [0.0], width [2.0], height [1.0]",
        ),
        (None, "request body is required"),
    ],
)
def test_embed_refuses(http: Http, body: object, reason: str) -> None:
    answer = http("POST", EMBED, body)
    assert (answer.status, answer.reason) == (400, reason)


def test_other_methods_and_paths_are_refused(http: Http) -> None:
    for method in ("GET", "PUT", "DELETE"):
        answer = http(method, EMBED)
        assert answer.status == 405
        assert answer.json["error"] == (
            f"Incorrect HTTP method for uri [{EMBED}] and method [{method}], allowed: [POST]"
        )
    assert http("POST", STATS, {}).status == 405
    unknown = http("GET", STATS + "?colour=red")
    assert unknown.status == 400
    assert "unrecognized parameter: [colour]" in unknown.reason
    assert http("GET", "/_plugins/_lookalike/nothing").status == 400


# models and stats


def test_models_are_those_of_every_node(http: Http) -> None:
    answer = http("GET", MODELS).ok()
    assert answer["_nodes"] == {"total": 1, "successful": 1, "failed": 0}
    (node,) = answer["nodes"].values()
    assert node["models"] == {
        "default": {
            "version": MODEL.version,
            "sha256": MODEL.sha256,
            "dimension": MODEL.dimension,
            "native_size": MODEL.native_size,
        }
    }


def test_stats_count_what_is_done(http: Http, corpus: Corpus) -> None:
    before = stats(http)
    new = base64_of(encoded(picture(301), "PNG"))
    http("POST", EMBED, {"image": new}).ok()
    for _ in range(3):
        http.search(PHOTOS, clause(image=new, k=1)).ok()
    assert http("POST", EMBED, {"image": "!"}).status == 400
    assert http.search(PHOTOS, clause(image="aGVsbG8=", k=1)).status == 400
    after = stats(http)
    moved = {key: after[key] - before[key] for key in ("embedded", "cache_hits", "cache_misses", "rejected")}
    assert moved == {"embedded": 2, "cache_hits": 2, "cache_misses": 2, "rejected": 0}
    kinds = {kind: count - before["failures"][kind] for kind, count in after["failures"].items()}
    assert kinds == {kind: int(kind in {"not_base64", "not_an_image"}) for kind in kinds}
    assert set(kinds) == {
        "not_base64",
        "empty",
        "too_many_bytes",
        "not_an_image",
        "too_many_pixels",
        "damaged",
        "unsupported",
        "timeout",
    }
    assert after["pool"]["completed"] - before["pool"]["completed"] == 4
    assert (after["pool"]["active"], after["pool"]["queue"], after["ingest_waiting"]) == (0, 0, 0)
    for stage in ("queue", "decode", "embed"):
        latency = after["latency_ms"][stage]
        assert 0 <= latency["p50"] <= latency["p95"] <= latency["p99"] < 60_000


def test_stats_may_be_asked_of_some_nodes_and_shortened(http: Http) -> None:
    filtered = http("GET", STATS + "?filter_path=nodes.*.stats.embedded").ok()
    (node,) = filtered["nodes"].values()
    assert list(node["stats"]) == ["embedded"]
    assert http("GET", STATS + "?node_id=_local").ok()["_nodes"]["total"] == 1
    assert http("GET", STATS + "?node_id=nobody").ok()["nodes"] == {}


# thumbnail


def test_a_thumbnail_is_a_jpeg(http: Http, corpus: Corpus) -> None:
    key = corpus.ids[3]
    stored = http("GET", f"/{PHOTOS}/_doc/{key}").ok()["_source"]["thumbnail"]
    answer = http("GET", f"/_plugins/_lookalike/{PHOTOS}/thumbnail/{key}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content == base64.b64decode(stored)
    assert answer.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("index", "key", "reason"),
    [
        ("test-nowhere", "1", "no such index [test-nowhere]"),
        (PHOTOS, "nobody", f"no document [{PHOTOS}/nobody]"),
        (REGIONS, "1", f"document [{REGIONS}/1] has no [thumbnail]: it was indexed without"),
    ],
)
def test_a_thumbnail_that_is_not_there(http: Http, corpus: Corpus, index: str, key: str, reason: str) -> None:
    answer = http("GET", f"/_plugins/_lookalike/{index}/thumbnail/{key}")
    assert (answer.status, answer.reason) == (404, reason)
    assert answer.headers["Content-Type"].startswith("application/json")


def test_a_thumbnail_that_is_no_base64_and_one_with_a_route(http: Http, index: str) -> None:
    body = {
        "settings": {"number_of_shards": 5},
        "mappings": {"properties": {"thumbnail": {"enabled": False, "type": "object"}}},
    }
    http("PUT", f"/{index}", body).ok()
    http("PUT", f"/{index}/_doc/1?routing=a&refresh=true", {"thumbnail": "!"}).ok()
    answer = http("GET", f"/_plugins/_lookalike/{index}/thumbnail/1?routing=a")
    assert (answer.status, answer.reason) == (404, f"[thumbnail] of document [{index}/1] is not base64")


def test_a_thumbnail_of_an_index_that_keeps_no_source(http: Http, index: str) -> None:
    http("PUT", f"/{index}", {"mappings": {"_source": {"enabled": False}}}).ok()
    http("PUT", f"/{index}/_doc/1?refresh=true", {"thumbnail": "/9j/"}).ok()
    answer = http("GET", f"/_plugins/_lookalike/{index}/thumbnail/1")
    assert (answer.status, answer.reason) == (404, f"document [{index}/1] has no [thumbnail]: it was indexed without")


# settings


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (
            "max_image_bytes",
            "10b",
            "failed to parse value [10b] for setting [lookalike.max_image_bytes], must be >= [1kb]",
        ),
        (
            "max_image_bytes",
            "1gb",
            "failed to parse value [1gb] for setting [lookalike.max_image_bytes], must be <= [200mb]",
        ),
        ("max_image_pixels", "0", "Failed to parse value [0] for setting [lookalike.max_image_pixels] must be >= 1"),
        ("max_image_pixels", "many", "Failed to parse value [many] for setting [lookalike.max_image_pixels]"),
        ("decode_timeout", "0s", "failed to parse value [0s] for setting [lookalike.decode_timeout], must be >= [1ms]"),
        (
            "decode_timeout",
            "soon",
            "failed to parse setting [lookalike.decode_timeout] with value [soon] as a time value",
        ),
        ("query_cache.size", "150%", "percentage should be in [0-100], got [150]"),
        (
            "ingest.max_wait",
            "-1",
            "failed to parse value [-1] for setting [lookalike.ingest.max_wait], must be >= [0ms]",
        ),
    ],
)
def test_a_setting_that_cannot_be(http: Http, name: str, value: str, reason: str) -> None:
    answer = http("PUT", "/_cluster/settings", {"transient": {f"lookalike.{name}": value}})
    assert answer.status == 400
    error = answer.json["error"]
    assert any(reason in part for part in (error["reason"], error.get("caused_by", {}).get("reason", "")))


def test_settings_take_effect_at_once(http: Http) -> None:
    image = {"image": base64_of(encoded(picture(1), "BMP"))}
    with http.setting("lookalike.max_image_bytes", "100kb"):
        assert http("POST", EMBED, image).reason == "[image] image of 230,454 bytes, more than 102,400"
    with http.setting("lookalike.max_image_pixels", 70_000):
        assert http("POST", EMBED, image).reason == "[image] 320 x 240 is 76,800 pixels, more than 70,000"
    large = {"image": base64_of(encoded(picture(1, (3000, 3000)), "PNG"))}
    with http.setting("lookalike.decode_timeout", "1ms"):
        assert http("POST", EMBED, large).reason == "[image] decoding took longer than 1 ms"
    http("POST", EMBED, image).ok()


def test_the_number_of_threads_can_be_changed(http: Http, corpus: Corpus) -> None:
    name = "cluster.thread_pool.lookalike.size"
    usual = stats(http)["pool"]["threads"]
    for wrong in (0, -1, "many"):
        assert http("PUT", "/_cluster/settings", {"transient": {name: wrong}}).status == 400
    try:
        http("PUT", "/_cluster/settings", {"transient": {name: 3}}).ok()
        asked: list[Any] = []
        for number in range(12):
            asked += [{"index": PHOTOS}, {"query": clause(image=base64_of(picture(number, (64, 48))), k=1)}]
        answers = http("POST", "/_msearch", asked).json["responses"]
        assert {answer["status"] for answer in answers} == {200}
        assert stats(http)["pool"]["threads"] == 3
    finally:
        for value in (usual, None):  # None alone would leave the pool at three
            http("PUT", "/_cluster/settings", {"transient": {name: value}}).ok()


# memory and cache


def test_memory_is_a_breaker_that_is_empty_when_nothing_runs(http: Http) -> None:
    def breaker() -> dict[str, Any]:
        (node,) = http("GET", "/_nodes/stats/breaker").json["nodes"].values()
        found: dict[str, Any] = node["breakers"]["lookalike"]
        return found

    http("POST", EMBED, {"image": base64_of(picture(1))}).ok()
    assert http("POST", EMBED, {"image": "!"}).status == 400
    (jvm,) = http("GET", "/_nodes/jvm").json["nodes"].values()
    assert breaker()["limit_size_in_bytes"] == pytest.approx(jvm["jvm"]["mem"]["heap_max_in_bytes"] / 3, rel=0.01)
    deadline = time.monotonic() + 5
    while breaker()["estimated_size_in_bytes"] and time.monotonic() < deadline:
        time.sleep(0.05)
    assert breaker()["estimated_size_in_bytes"] == 0


def test_a_picture_that_no_memory_holds_is_a_400_that_names_the_setting(http: Http) -> None:
    with http.setting("lookalike.max_image_pixels", 500_000_000):
        answer = http("POST", EMBED, {"image": base64_of(png_bomb(20_000, 20_000))})
    assert answer.status == 400
    assert answer.reason.startswith("[image] the picture would need [")
    assert answer.reason.endswith("] for pictures: send a smaller one, or raise breaker.lookalike.limit")


def test_the_same_picture_is_embedded_once(http: Http, corpus: Corpus) -> None:
    query = clause(image=base64_of(encoded(picture(302), "PNG")), k=3)
    first = http.search(PHOTOS, query).hits
    before = stats(http)
    for _ in range(5):
        assert http.search(PHOTOS, query).hits == first
    after = stats(http)
    assert (after["embedded"] - before["embedded"], after["cache_hits"] - before["cache_hits"]) == (0, 5)
    # Another part or view of it is another query.
    other = clause(image=base64_of(encoded(picture(302), "PNG")), k=3, views=["flip"])
    http.search(PHOTOS, other).ok()
    assert stats(http)["embedded"] - after["embedded"] == 1
    assert stats(http)["cache_bytes"] > 0


def test_a_smaller_cache_forgets_and_none_still_answers(http: Http, corpus: Corpus) -> None:
    images = [base64_of(picture(number, (64, 48))) for number in range(8)]
    expected = [http.search(PHOTOS, clause(image=image, k=1)).hits for image in images]
    with http.setting("lookalike.query_cache.size", "3kb"):
        assert stats(http)["cache_bytes"] == 0
        for image in images:
            http.search(PHOTOS, clause(image=image, k=1)).ok()
        assert 0 < stats(http)["cache_bytes"] <= 3 * 1024
    with http.setting("lookalike.query_cache.size", "0b"):
        before = stats(http)
        for _ in range(2):
            assert [http.search(PHOTOS, clause(image=image, k=1)).hits for image in images] == expected
        after = stats(http)
        assert after["cache_bytes"] == 0
        assert (after["embedded"] - before["embedded"], after["cache_hits"] - before["cache_hits"]) == (16, 0)
