"""Regions from the ingest processor `image_embedding`: those that `lookalike ingest --regions` writes."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.tiles import Tiling
from lookalike.ingest.mapper import DocumentOptions, Mapper
from tests.conftest import process
from tests.pictures import encoded, picture
from tests.plugin.http import Http, base64_of

pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def mapper() -> Mapper:
    return Mapper(EncoderSession(find_artefact(), threads=2))


def half_blank() -> Image.Image:
    """A picture beside as much white."""
    canvas = Image.new("RGB", (640, 240), "white")
    canvas.paste(picture(8), (0, 0))
    return canvas


@dataclass(frozen=True)
class Sent:
    """An image to ingest that lies nowhere."""

    data: bytes
    uri: str = "http://localhost/picture"
    id: str = "1"
    shown_path: str = "picture"
    unreadable: str | None = None
    stamp: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def read(self) -> bytes:
        return self.data


def from_python(mapper: Mapper, data: bytes, data_type: str, tiling: Tiling) -> dict[str, Any]:
    options = DocumentOptions(thumbnails=False, tiling=tiling)
    batch = replace(mapper, data_type=data_type, options=options).map([Sent(data)], {})
    assert not batch.failures
    return batch.documents["1"]


def from_pipeline(http: Http, index: str, data: bytes, **options: Any) -> dict[str, Any]:
    name = f"{index}-regions"
    processor = {"image_embedding": {"thumbnail": False, "regions": True, **options}}
    http("PUT", f"/_ingest/pipeline/{name}", {"processors": [processor]}).ok()
    try:
        http("PUT", f"/{index}/_doc/1?pipeline={name}&refresh=true", {"image": base64_of(data)}).ok()
    finally:
        http("DELETE", f"/_ingest/pipeline/{name}")
    body = {"query": {"ids": {"values": ["1"]}}, "_source": ["*"]}
    (hit,) = http("POST", f"/{index}/_search", body).ok()["hits"]["hits"]
    source: dict[str, Any] = hit["_source"]
    return source


@pytest.mark.parametrize("variant", ["float", "byte"])
@pytest.mark.parametrize(
    ("form", "options", "tiling"),
    [
        ("PNG", {}, Tiling()),
        ("PNG", {"region_levels": 2, "region_overlap": 0.25, "region_side": 60, "region_budget": 50}, None),
        ("JPEG", {"region_levels": 1, "region_overlap": 0, "region_budget": 9}, Tiling(1, 0.0, None, 9)),
    ],
)
def test_regions_are_those_of_python(
    http: Http, index: str, mapper: Mapper, variant: str, form: str, options: dict[str, Any], tiling: Tiling | None
) -> None:
    tiling = tiling or Tiling(2, 0.25, 60, 50)
    # The JPEG is so large that it is decoded at reduced scale, which follows from the smallest region.
    data = encoded(half_blank() if form == "PNG" else picture(9, (2400, 1800)), form)
    assert process("init", index, "--variant", variant, "--url", http.url).returncode == 0
    theirs = from_python(mapper, data, variant, tiling)
    ours = from_pipeline(http, index, data, **options)

    assert ours["tiling"] == theirs["tiling"] == tiling.identity
    boxes = [region["box"] for region in ours["regions"]]
    assert boxes == [region["box"] for region in theirs["regions"]]
    assert 1 < len(boxes) <= len(tiling.boxes(ours["width"], ours["height"]))
    if form == "PNG":
        assert len(boxes) < len(tiling.boxes(640, 240))  # blank ones are left out
    assert ours["regions"][0]["embedding"] == ours["embedding"]
    one, other = (np.array([region["embedding"] for region in each["regions"]], np.float64) for each in (ours, theirs))
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    assert ((one * other).sum(axis=1) / lengths).min() >= (0.9999 if form == "PNG" else 0.999)
    assert (np.abs(one).max() == 127) == (variant == "byte")


def test_regions_are_searched(http: Http, index: str) -> None:
    assert process("init", index, "--url", http.url).returncode == 0
    from_pipeline(http, index, encoded(half_blank(), "PNG"))
    inner = {"lookalike": {"regions.embedding": {"image": base64_of(picture(8)), "k": 1}}}
    query = {"nested": {"path": "regions", "query": inner, "inner_hits": {"_source": ["regions.box"]}}}
    (hit,) = http.search(index, query).ok()["hits"]["hits"]
    box = hit["inner_hits"]["regions"]["hits"]["hits"][0]["_source"]["box"]
    assert box["x"] + box["width"] <= 330


def test_without_the_option_there_are_none(http: Http, index: str) -> None:
    assert process("init", index, "--url", http.url).returncode == 0
    document = from_pipeline(http, index, encoded(picture(1), "PNG"), regions=False, region_levels=2)
    assert "regions" not in document
    assert "tiling" not in document
    assert len(document["embedding"]) == 256


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"regions": "maybe"}, "[regions] property isn't a boolean, but of type [java.lang.String]"),
        ({"region_levels": 0}, "[region_levels] must be a whole number from 1 to 8, found [0]"),
        ({"region_levels": 1.5}, "[region_levels] must be a whole number from 1 to 8, found [1.5]"),
        ({"region_levels": "many"}, "[region_levels] must be a whole number from 1 to 8, found [many]"),
        ({"region_overlap": -0.1}, "[region_overlap] must be a number from 0 to 0.9, found [-0.1]"),
        ({"region_overlap": 0.95}, "[region_overlap] must be a number from 0 to 0.9, found [0.95]"),
        ({"region_overlap": "NaN"}, "[region_overlap] must be a number from 0 to 0.9, found [NaN]"),
        ({"region_overlap": [1]}, "[region_overlap] must be a number from 0 to 0.9, found [[1]]"),
        ({"region_side": 47}, "[region_side] must be a whole number of at least 48, found [47]"),
        ({"region_side": True}, "[region_side] must be a whole number of at least 48, found [true]"),
        ({"region_budget": 0}, "[region_budget] must be a whole number from 1 to 10000, found [0]"),
        ({"region_budget": 10_001}, "[region_budget] must be a whole number from 1 to 10000, found [10001]"),
        ({"region_sides": 1}, "processor [image_embedding] doesn't support one or more provided configuration"),
    ],
)
def test_a_tiling_that_cannot_be(http: Http, options: dict[str, Any], reason: str) -> None:
    answer = http("PUT", "/_ingest/pipeline/test-never", {"processors": [{"image_embedding": options}]})
    assert answer.status == 400
    assert reason in answer.reason


@pytest.mark.parametrize("options", [{"region_side": None}, {"region_levels": "2", "region_overlap": "0.5"}])
def test_numbers_may_come_as_text_and_what_is_null_is_the_default(http: Http, options: dict[str, Any]) -> None:
    pipeline = {"processors": [{"image_embedding": {"regions": True, **options}}]}
    body = {"pipeline": pipeline, "docs": [{"_source": {"image": base64_of(picture(1))}}]}
    (document,) = http("POST", "/_ingest/pipeline/_simulate", body).ok()["docs"]
    levels = options.get("region_levels", "3")
    assert document["doc"]["_source"]["tiling"] == f"levels={levels} overlap=0.5 side=auto budget=256"
