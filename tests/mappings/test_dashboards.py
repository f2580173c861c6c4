"""The saved objects for Dashboards: as its sources want them, and true of an index that was really filled."""

import base64
import copy
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from opensearchpy import OpenSearch
from PIL import Image

from lookalike.mappings import document_template, failures_index
from tests.conftest import Node, process
from tests.mappings.saved_objects import objects
from tests.pictures import picture

SCHEMA = json.loads((Path(__file__).parent / "saved_objects.schema.json").read_text())
OBJECTS = objects()
SOURCE_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"


def of_type(kind: str) -> list[dict[str, Any]]:
    return [item for item in OBJECTS if item["type"] == kind]


def kinds(properties: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Types of the fields of a mapping by their full names."""
    found: dict[str, str] = {}
    for name, field in properties.items():
        found[prefix + name] = field.get("type", "object")
        found |= kinds(field.get("properties", {}), f"{prefix}{name}.")
    return found


FIELDS = {
    "photos": kinds(document_template()["template"]["mappings"]["properties"]),
    "photos-failures": kinds(failures_index()["mappings"]["properties"]),
}


def index_of(item: dict[str, Any]) -> str:
    """The title of the index pattern that a visualization or search reads."""
    (pattern,) = (ref["id"] for ref in item["references"] if ref["name"] == SOURCE_INDEX)
    title: str = next(found["attributes"]["title"] for found in OBJECTS if found["id"] == pattern)
    return title


@pytest.mark.parametrize("item", OBJECTS, ids=lambda item: item["id"])
def test_an_object_is_as_dashboards_wants_it(item: dict[str, Any]) -> None:
    jsonschema.validate(item, SCHEMA)


@pytest.mark.parametrize(
    ("kind", "break_it"),
    [
        ("visualization", lambda item: item["attributes"].update(color="red")),
        ("visualization", lambda item: item["attributes"]["visState"]["params"].clear()),
        ("dashboard", lambda item: item["attributes"]["panelsJSON"][0].pop("panelRefName")),
        ("search", lambda item: item["attributes"].update(sort=["ingested_at", "desc"])),
        ("index-pattern", lambda item: item["migrationVersion"].update(search="7.9.3")),
    ],
)
def test_the_schema_refuses_what_dashboards_would(kind: str, break_it: Any) -> None:
    item = copy.deepcopy(next(item for item in of_type(kind) if item["id"] != "lookalike-photos-total"))
    break_it(item)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(item, SCHEMA)


def test_the_dashboard_has_what_it_is_for() -> None:
    panels = {ref["id"] for ref in of_type("dashboard")[0]["references"]}
    assert panels == {item["id"] for item in OBJECTS if item["type"] in {"visualization", "search"}}
    suffixes = {name.removeprefix("lookalike-photos-") for name in panels}
    assert suffixes >= {"ingested", "formats", "widths", "files", "cameras", "failures", "reasons", "pictures"}


def test_every_reference_is_to_an_object_of_the_file() -> None:
    known = {(item["type"], item["id"]) for item in OBJECTS}
    assert len(known) == len(OBJECTS)
    for item in OBJECTS:
        assert {(ref["type"], ref["id"]) for ref in item["references"]} <= known
    for dashboard in of_type("dashboard"):
        panels = dashboard["attributes"]["panelsJSON"]
        assert [panel["panelRefName"] for panel in panels] == [ref["name"] for ref in dashboard["references"]]


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in of_type("dashboard")[0]["attributes"]["panelsJSON"]:
        place = panel["gridData"]
        assert place["x"] + place["w"] <= 48
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert not cells & taken
        taken |= cells


def test_every_index_has_objects_of_its_own() -> None:
    assert not {item["id"] for item in objects("cats", "cats-failures")} & {item["id"] for item in OBJECTS}
    assert "__" not in json.dumps(objects("cats", "cats-failures"))


def test_every_field_that_is_shown_is_in_the_mapping() -> None:
    for pattern in of_type("index-pattern"):
        fields = FIELDS[pattern["attributes"]["title"]]
        assert fields[pattern["attributes"]["timeFieldName"]] == "date"
        assert set(pattern["attributes"]["fieldFormatMap"]) <= set(fields)
    suitable = {
        "terms": {"keyword"},
        "date_histogram": {"date"},
        "range": {"integer", "long"},
        "sum": {"long"},
    }
    for item in of_type("visualization"):
        for agg in item["attributes"]["visState"]["aggs"]:
            if agg["type"] != "count":
                assert FIELDS[index_of(item)][agg["params"]["field"]] in suitable[agg["type"]], item["id"]
    for item in of_type("search"):
        assert set(item["attributes"]["columns"]) <= set(FIELDS[index_of(item)])


@pytest.fixture(scope="module")
def filled(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An index of two pictures with camera and date, and beside it the failures of a third, which is none."""
    folder, index = tmp_path_factory.mktemp("pictures"), "test-dashboards"
    for number in range(2):
        exif = Image.Exif()
        exif[0x010F], exif[0x0110], exif[0x0132] = "Acme", "Box 1", "2021:05:06 07:08:09"
        picture(number).save(folder / f"{number}.jpg", exif=exif)
    (folder / "none.jpg").write_text("none")
    done = process("ingest", folder, "--index", index, "--failed-index", f"{index}-failures", "--url", node.url)
    assert done.returncode == 3, done.stderr
    with OpenSearch(hosts=[node.url]) as client:
        client.indices.refresh(index=f"{index}*")
        yield index
        client.indices.delete(index=f"{index},{index}-failures")
        client.indices.delete_index_template(name=f"lookalike-{index}")


def as_aggregation(agg: dict[str, Any]) -> dict[str, Any]:
    """What Dashboards asks OpenSearch for."""
    params = agg["params"]
    if agg["type"] == "terms":
        return {"terms": {"field": params["field"], "size": params["size"]}}
    if agg["type"] == "range":
        return {"range": {"field": params["field"], "ranges": params["ranges"], "keyed": True}}
    return {"date_histogram": {"field": params["field"], "calendar_interval": "1y"}}


@pytest.mark.cluster
def test_every_panel_has_something_to_show(client: OpenSearch, filled: str) -> None:
    """Its aggregations asked of a real index, as Dashboards would."""
    for item in of_type("visualization"):
        index = index_of(item).replace("photos", filled)
        for agg in item["attributes"]["visState"]["aggs"]:
            if agg["type"] in {"count", "sum"}:
                continue
            body = {"size": 0, "aggs": {"it": as_aggregation(agg)}}
            buckets = client.search(index=index, body=body)["aggregations"]["it"]["buckets"]
            counts = [bucket["doc_count"] for bucket in (buckets.values() if isinstance(buckets, dict) else buckets)]
            assert sum(counts) == client.count(index=index)["count"] > 0, item["id"]


@pytest.mark.cluster
def test_the_formatter_makes_a_picture_of_a_stored_thumbnail(client: OpenSearch, filled: str) -> None:
    """As the `url` format does: the template with the raw value is what stands in `src`."""
    pattern = next(item for item in of_type("index-pattern") if item["attributes"]["title"] == "photos")
    form = pattern["attributes"]["fieldFormatMap"]["thumbnail"]
    assert (form["id"], form["params"]["type"]) == ("url", "img")
    excluded = [item["value"] for item in pattern["attributes"]["sourceFilters"]]
    hit = client.search(index=filled, body={"size": 1, "_source": {"excludes": excluded}})["hits"]["hits"][0]
    assert "embedding" not in hit["_source"]
    src = form["params"]["urlTemplate"].replace("{{rawValue}}", hit["_source"]["thumbnail"])
    head, _, data = src.partition(",")
    assert head == "data:image/jpeg;base64"
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (320, 240)
    caps = client.field_caps(index=filled, fields="thumbnail")["fields"]["thumbnail"]
    assert list(caps) == ["binary"]  # which Dashboards calls unknown, and its `url` format takes
