"""The ingest processor `image_embedding`: documents as `lookalike ingest` writes them, and none without its vector."""

import base64
import hashlib
import io
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.quantise import to_bytes
from tests.conftest import process
from tests.pictures import encoded, picture
from tests.plugin.conftest import PHOTOS, Corpus, Embed
from tests.plugin.http import Answer, Http, base64_of, clause
from tests.plugin.indices import make_index, vector_field

pytestmark = pytest.mark.cluster

MODEL = find_artefact().identity
Pipeline = Callable[..., str]


@pytest.fixture
def pipeline(http: Http) -> Iterator[Pipeline]:
    """Makes a pipeline of one processor; gives its name."""
    names: list[str] = []

    def make(on_failure: list[Any] | None = None, then: list[Any] | None = None, **options: Any) -> str:
        name = f"test-{uuid.uuid4().hex[:12]}"
        body: dict[str, Any] = {"processors": [{"image_embedding": options}, *(then or [])]}
        if on_failure:
            body["on_failure"] = on_failure
        http("PUT", f"/_ingest/pipeline/{name}", body).ok()
        names.append(name)
        return name

    yield make
    for name in names:
        http("DELETE", f"/_ingest/pipeline/{name}")


@pytest.fixture
def photos(http: Http, index: str) -> str:
    """An index of floats, empty."""
    return _made(http, index)


def _made(http: Http, index: str, *more: str) -> str:
    made = process("init", index, "--url", http.url, *more)
    assert made.returncode == 0, made.stderr
    return index


def document(http: Http, index: str, key: str) -> dict[str, Any]:
    """A document with its vector."""
    body = {"query": {"ids": {"values": [key]}}, "_source": ["*"]}
    (hit,) = http("POST", f"/{index}/_search", body).ok()["hits"]["hits"]
    source: dict[str, Any] = hit["_source"]
    return source


def put(http: Http, index: str, pipeline: str, body: dict[str, Any], key: str = "1") -> Answer:
    return http("PUT", f"/{index}/_doc/{key}?pipeline={pipeline}&refresh=true", body)


def bulk(http: Http, index: str, pipeline: str, pictures: dict[str, Any]) -> dict[str, Any]:
    """Index pictures by id; the items of the answer by id."""
    lines: list[Any] = []
    for key, image in pictures.items():
        lines += [{"index": {"_id": key}}, {"image": image}]
    answer = http("POST", f"/{index}/_bulk?pipeline={pipeline}&refresh=true", lines)
    assert answer.status == 200, answer.content
    return {
        item["index"].get("_id", key): item["index"] for key, item in zip(pictures, answer.json["items"], strict=True)
    }


def cosine(one: Any, other: Any) -> float:
    first, second = np.asarray(one, np.float64), np.asarray(other, np.float64)
    return float(first @ second / np.linalg.norm(first) / np.linalg.norm(second))


def camera_picture() -> bytes:
    """A picture that lies on its side, with a camera, a moment and a place."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Canon"
    exif[ExifTags.Base.Model] = "EOS R5"
    exif[ExifTags.Base.DateTime] = "2021:07:03 14:05:09"
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(
        {
            ExifTags.GPS.GPSLatitudeRef: "S",
            ExifTags.GPS.GPSLatitude: (33.0, 51.0, 24.0),
            ExifTags.GPS.GPSLongitudeRef: "E",
            ExifTags.GPS.GPSLongitude: (151.0, 12.0, 54.0),
        }
    )
    return encoded(picture(1, (640, 480)), "JPEG", exif=exif)


# One document


@pytest.mark.parametrize("location", [False, True])
def test_a_document_is_what_lookalike_ingest_writes(
    http: Http, photos: str, pipeline: Pipeline, tmp_path: Path, location: bool
) -> None:
    path = tmp_path / "forum.jpg"
    path.write_bytes(camera_picture())
    options = ["--exif-location"] if location else []
    assert process("ingest", path, "--index", photos, "--url", http.url, *options).returncode == 0
    name = pipeline(exif_location=location)
    own = {"image_url": "http://localhost/forum.jpg", "metadata": {"licence": "CC0"}}
    put(http, photos, name, {**own, "image": base64_of(path.read_bytes())}).ok()
    (key,) = {hit["_id"] for hit in http.search(photos, {"match_all": {}}).ok()["hits"]["hits"]} - {"1"}
    theirs, ours = document(http, photos, key), document(http, photos, "1")

    assert cosine(ours.pop("embedding"), theirs.pop("embedding")) >= 0.9999
    moments = [datetime.fromisoformat(each.pop("ingested_at")) for each in (ours, theirs)]
    assert all(abs((datetime.now(UTC) - moment).total_seconds()) < 60 for moment in moments)
    shown = [Image.open(io.BytesIO(base64.b64decode(each.pop("thumbnail")))) for each in (ours, theirs)]
    assert [(image.format, image.size) for image in shown] == [("JPEG", (240, 320))] * 2
    difference = np.abs(np.asarray(shown[0], np.int16) - np.asarray(shown[1], np.int16))
    assert difference.mean() < 2
    assert {key: ours.pop(key) for key in own} == own
    for name in own:
        del theirs[name]
    assert ours == theirs
    place = {"location": {"lat": -33.8566667, "lon": 151.215}} if location else {}
    assert ours == {
        "model": MODEL,
        "content_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "bytes": path.stat().st_size,
        "width": 480,
        "height": 640,
        "format": "jpeg",
        "exif": {"taken_at": "2021-07-03T14:05:09", "camera": "Canon EOS R5", **place},
    }


def test_bytes_are_pythons_bytes(http: Http, index: str, pipeline: Pipeline, encode: Embed) -> None:
    _made(http, index, "--variant", "byte")
    data = encoded(picture(3), "PNG")
    put(http, index, pipeline(), {"image": base64_of(data)}).ok()
    expected = to_bytes(np.array([encode(data)], np.float32))[0].tolist()
    stored = document(http, index, "1")["embedding"]
    assert max(abs(one - other) for one, other in zip(stored, expected, strict=True)) <= 1
    assert sum(one != other for one, other in zip(stored, expected, strict=True)) <= 3
    assert all(isinstance(number, int) for number in stored)
    assert http.search(index, clause(image=base64_of(data), k=1)).hits == {"1": pytest.approx(1, abs=1e-5)}


def test_options_of_a_pipeline(http: Http, photos: str, pipeline: Pipeline) -> None:
    image = base64_of(picture(4))
    put(http, photos, pipeline(), {"image": image}, "plain").ok()
    plain = document(http, photos, "plain")
    assert "image" not in plain
    assert "thumbnail" in plain
    assert "exif" not in plain
    put(http, photos, pipeline(keep_image=True, thumbnail=False, model="default"), {"image": image}, "kept").ok()
    kept = document(http, photos, "kept")
    assert kept["image"] == image
    assert "thumbnail" not in kept
    assert kept["embedding"] == plain["embedding"]
    put(http, photos, pipeline(field="picture.data"), {"picture": {"data": image, "by": "me"}}, "deep").ok()
    deep = document(http, photos, "deep")
    assert deep["picture"] == {"by": "me"}
    assert deep["embedding"] == plain["embedding"]


def test_target_field(http: Http, pipeline: Pipeline, index: str) -> None:
    make_index(http, index, {"cover": {"properties": {"vector": vector_field(data_type="byte")}}})
    put(http, index, pipeline(target_field="cover.vector"), {"image": base64_of(picture(4))}).ok()
    stored = document(http, index, "1")
    assert "embedding" not in stored
    assert max(abs(number) for number in stored["cover"]["vector"]) == 127
    assert list(http.search(index, clause("cover.vector", image=base64_of(picture(4)), k=1)).hits) == ["1"]


def test_a_data_uri_and_every_format_are_taken(http: Http, photos: str, pipeline: Pipeline) -> None:
    name = pipeline(thumbnail=False)
    forms = {form: encoded(picture(6), form) for form in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")}
    items = bulk(http, photos, name, {form: f"data:image/x;base64,{base64_of(data)}" for form, data in forms.items()})
    assert {item["status"] for item in items.values()} == {201}, items
    for form, data in forms.items():
        stored = document(http, photos, form)
        assert (stored["format"], stored["bytes"]) == (form.lower(), len(data))


@pytest.mark.parametrize("missing", [{}, {"image": None}])
def test_ignore_missing(http: Http, photos: str, pipeline: Pipeline, missing: dict[str, Any]) -> None:
    put(http, photos, pipeline(ignore_missing=True), {"image_url": "x", **missing}).ok()
    assert "embedding" not in document(http, photos, "1")


# What goes wrong


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({}, "field [image] not present as part of path [image]"),
        ({"image": None}, "field [image] is null: expected a picture as base64"),
        ({"image": 1}, "field [image] of type [java.lang.Integer] cannot be cast to [java.lang.String]"),
        ({"image": ["x"]}, "field [image] of type [java.util.ArrayList] cannot be cast to [java.lang.String]"),
        ({"image": {"x": 1}}, "field [image] of type [java.util.HashMap] cannot be cast to [java.lang.String]"),
        ({"image": ""}, "field [image]: [image] empty image: expected base64, found no characters"),
        ({"image": "!"}, "field [image]: [image] not base64: found '!' at position 0"),
        (
            {"image": "http://localhost/x.jpg"},
            "field [image]: [image] not base64: found a URL; the plugin opens no connections: send the bytes as base64",
        ),
        ({"image": "aGVsbG8="}, "field [image]: [image] not a jpeg, png, webp, gif, bmp, tiff image"),
    ],
)
def test_a_document_that_cannot_be_embedded_is_refused(
    http: Http, photos: str, pipeline: Pipeline, body: dict[str, Any], reason: str
) -> None:
    answer = put(http, photos, pipeline(), body)
    assert (answer.status, answer.reason) == (400, reason)
    assert http("GET", f"/{photos}/_count").ok()["count"] == 0


def test_vectors_of_another_model_or_length_are_refused(http: Http, index: str, pipeline: Pipeline) -> None:
    body = {"image": base64_of(picture(1))}
    for record, dimension, reason in (
        ({"model": "older", "sha256": "ab" * 32}, 256, "holds vectors of model [older@abababababab], this node has"),
        ({}, 8, f"holds vectors of [8] numbers, model [{MODEL}] makes [256]"),
    ):
        make_index(http, index, {"embedding": vector_field(dimension=dimension)}, record)
        answer = put(http, index, pipeline(), body)
        assert (answer.status, reason in answer.reason) == (400, True), answer.reason
        http("DELETE", f"/{index}").ok()
    answer = put(http, index, pipeline(model="nobody"), body)
    assert (answer.status, answer.reason) == (400, f"no model [nobody] on this node; installed: [{MODEL}]")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"fields": "x"}, "processor [image_embedding] doesn't support one or more provided configuration parameters"),
        ({"field": 1}, "[field] property isn't a string, but of type [java.lang.Integer]"),
        ({"keep_image": "maybe"}, "[keep_image] property isn't a boolean, but of type [java.lang.String]"),
        ({"model": ["x"]}, "[model] property isn't a string, but of type [java.util.ArrayList]"),
        ({"field": ""}, "[field] must name a field"),
        ({"target_field": ""}, "[target_field] must name a field"),
    ],
)
def test_a_pipeline_that_cannot_be(http: Http, options: dict[str, Any], reason: str) -> None:
    answer = http("PUT", "/_ingest/pipeline/test-never", {"processors": [{"image_embedding": options}]})
    assert answer.status == 400
    assert reason in answer.reason


def test_a_bad_picture_fails_alone(http: Http, photos: str, pipeline: Pipeline) -> None:
    pictures: dict[str, Any] = {str(number): base64_of(picture(number)) for number in range(10)}
    pictures |= {"3": "!", "7": 7}
    items = bulk(http, photos, pipeline(), pictures)
    failed = {key: item["error"]["reason"] for key, item in items.items() if item["status"] == 400}
    assert failed == {
        "3": "field [image]: [image] not base64: found '!' at position 0",
        "7": "field [image] of type [java.lang.Integer] cannot be cast to [java.lang.String]",
    }
    assert vectors(http, photos) == set(pictures) - {"3", "7"}
    assert http("GET", f"/{photos}/_count").ok()["count"] == 8


def vectors(http: Http, index: str) -> set[str]:
    """The ids of documents that have a vector."""
    found = http.search(index, {"exists": {"field": "embedding"}}, size=1000).hits
    return set(found)


def test_on_failure_sees_the_reason(http: Http, photos: str, pipeline: Pipeline) -> None:
    seen = {"set": {"field": "metadata.problem", "value": "{{_ingest.on_failure_message}}"}}
    name = pipeline(on_failure=[seen, {"remove": {"field": "image"}}])
    items = bulk(http, photos, name, {"good": base64_of(picture(1)), "bad": "!"})
    assert {item["status"] for item in items.values()} == {201}
    bad = document(http, photos, "bad")
    assert bad == {"metadata": {"problem": "field [image]: [image] not base64: found '!' at position 0"}}
    assert vectors(http, photos) == {"good"}


def test_ignore_failure_lets_it_through(http: Http, photos: str, pipeline: Pipeline) -> None:
    put(http, photos, pipeline(ignore_failure=True), {"image": "!"}).ok()
    assert document(http, photos, "1") == {"image": "!"}


# Other ways into an index


def test_simulate(http: Http, pipeline: Pipeline) -> None:
    good = {"_index": PHOTOS, "_id": "1", "_source": {"image": base64_of(picture(2))}}
    bad = {"_index": PHOTOS, "_id": "2", "_source": {"image": "!"}}
    for path in ("", "?verbose=true"):
        body = {"docs": [good, bad]}
        first, second = http("POST", f"/_ingest/pipeline/{pipeline()}/_simulate{path}", body).ok()["docs"]
        step = first["processor_results"][0] if path else first
        assert len(step["doc"]["_source"]["embedding"]) == 256
        failed = second["processor_results"][0] if path else second
        assert failed["error"]["reason"] == "field [image]: [image] not base64: found '!' at position 0"


def test_conditions_loops_and_pipelines_in_pipelines(http: Http, photos: str, pipeline: Pipeline) -> None:
    inner = pipeline(thumbnail=False)
    outer = {"processors": [{"pipeline": {"name": inner, "if": "ctx.wanted == true"}}, {"remove": {"field": "wanted"}}]}
    http("PUT", "/_ingest/pipeline/test-outer", outer).ok()
    try:
        for key, wanted in (("yes", True), ("no", False)):
            put(http, photos, "test-outer", {"image": base64_of(picture(2)), "wanted": wanted}, key).ok()
    finally:
        http("DELETE", "/_ingest/pipeline/test-outer").ok()
    assert vectors(http, photos) == {"yes"}


def test_default_pipeline_update_and_reindex(http: Http, photos: str, pipeline: Pipeline, index: str) -> None:
    name = pipeline(thumbnail=False)
    http("PUT", f"/{photos}/_settings", {"index.default_pipeline": name}).ok()
    http("POST", f"/{photos}/_doc/1?refresh=true", {"image": base64_of(picture(1))}).ok()
    first = document(http, photos, "1")
    upsert = {"doc": {"image": base64_of(picture(2))}, "doc_as_upsert": True}
    http("POST", f"/{photos}/_update/2?refresh=true", upsert).ok()
    assert len(document(http, photos, "2")["embedding"]) == 256
    assert cosine(first["embedding"], document(http, photos, "2")["embedding"]) < 0.99
    raw = f"{index}-raw"
    http("PUT", f"/{raw}", {"mappings": {"properties": {"image": {"type": "binary"}}}}).ok()
    try:
        for number in range(5):
            body = {"image": base64_of(picture(number)), "metadata": {"number": number}}
            http("PUT", f"/{raw}/_doc/raw-{number}?refresh=true", body).ok()
        body = {"source": {"index": raw}, "dest": {"index": photos, "pipeline": name}}
        assert http("POST", "/_reindex?refresh=true", body).ok()["failures"] == []
    finally:
        http("DELETE", f"/{raw}").ok()
    assert vectors(http, photos) == {"1", "2", *(f"raw-{number}" for number in range(5))}
    assert document(http, photos, "raw-1")["embedding"] == first["embedding"]


def test_an_alias_is_written_through_to_its_index(http: Http, index: str, pipeline: Pipeline) -> None:
    bytes_, floats = f"{index}-b", f"{index}-f"
    _made(http, bytes_, "--variant", "byte")
    _made(http, floats)
    actions = [
        {"add": {"index": bytes_, "alias": index, "is_write_index": True}},
        {"add": {"index": floats, "alias": index}},
    ]
    http("POST", "/_aliases", {"actions": actions}).ok()
    try:
        put(http, index, pipeline(), {"image": base64_of(picture(1))}).ok()
        assert max(abs(number) for number in document(http, bytes_, "1")["embedding"]) == 127
    finally:
        for name in (bytes_, floats):
            http("DELETE", f"/{name}").ok()
            http("DELETE", f"/_index_template/lookalike-{name}")


# Under load


def test_a_bulk_of_300_loses_no_vector_while_queries_fill_the_queue(
    http: Http, corpus: Corpus, photos: str, pipeline: Pipeline
) -> None:
    name = pipeline(thumbnail=False)
    asked = [part for number in range(250) for part in ({"index": PHOTOS}, {"query": other_query(number), "size": 0})]
    answers: list[Answer] = []
    queries = threading.Thread(
        target=lambda: answers.append(http("POST", "/_msearch?max_concurrent_searches=250", asked))
    )
    queries.start()
    parts = [{f"{part}-{number}": base64_of(picture(number, (64, 48))) for number in range(75)} for part in range(4)]
    with ThreadPoolExecutor(len(parts)) as writers:
        items = list(writers.map(lambda part: bulk(http, photos, name, part), parts))
    queries.join()
    assert {item["status"] for part in items for item in part.values()} == {201}
    assert len(vectors(http, photos)) == 300
    statuses = [answer["status"] for answer in answers[0].json["responses"]]
    assert set(statuses) <= {200, 429}
    assert 200 in statuses


def other_query(number: int) -> dict[str, Any]:
    """A query that the cache does not know."""
    region = {"x": 0, "y": 0, "width": 1 - number / 1000, "height": 1}
    return clause(image=base64_of(picture(7, (64, 48))), k=1, region=region)
