"""The plain JSON: every file parses, holds Contract 2, and works when a person sends it with curl."""

import base64
import json
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.encoder.artefact import find_artefact
from lookalike.mappings import VARIANTS, document_template, embedding_template
from tests.conftest import Run
from tests.pictures import encoded, picture, save_pictures

FILES = sorted(item.name for item in files("lookalike.mappings").iterdir() if item.name.endswith(".json"))


def content(name: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(files("lookalike.mappings").joinpath(name).read_text())
    return parsed


def curl(url: str, method: str, file: str | None = None) -> dict[str, Any]:
    body = ["-H", "Content-Type: application/json", "--data", f"@{files('lookalike.mappings') / file}"] if file else []
    answer = subprocess.run(["curl", "-s", "-X", method, url, *body], capture_output=True, check=True, timeout=60)
    parsed: dict[str, Any] = json.loads(answer.stdout)
    return parsed


def test_there_is_a_file_for_every_variant_and_no_other() -> None:
    assert (
        sorted(
            [
                "decisions.json",
                "document.json",
                "failures.json",
                "pipeline.json",
                "template.json",
                *(f"embedding-{variant}.json" for variant in VARIANTS),
            ]
        )
        == FILES
    )


def test_the_document_has_the_fields_of_the_contract() -> None:
    properties = document_template()["template"]["mappings"]["properties"]
    kinds = {name: field.get("type", "object") for name, field in properties.items()}
    assert kinds == {
        "image_url": "keyword",
        "model": "keyword",
        "content_sha256": "keyword",
        "bytes": "long",
        "width": "integer",
        "height": "integer",
        "format": "keyword",
        "magnification": "float",
        "tiling": "keyword",
        "exif": "object",
        "thumbnail": "binary",
        "metadata": "object",
        "ingested_at": "date",
    }
    exif = {name: field["type"] for name, field in properties["exif"]["properties"].items()}
    assert exif == {"taken_at": "date", "camera": "keyword", "location": "geo_point"}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_names_its_engine_and_fits_the_shipped_model(variant: str) -> None:
    artefact = find_artefact()
    as_shipped = content(f"embedding-{variant}.json")
    assert as_shipped == embedding_template(variant, artefact.dimension)
    properties = as_shipped["template"]["mappings"]["properties"]
    for vector in (properties["embedding"], properties["regions"]["properties"]["embedding"]):
        assert vector["dimension"] == artefact.dimension
        assert vector["space_type"] == artefact.distance
        assert vector["method"]["engine"] == ("faiss" if variant == "faiss" else "lucene")
    assert properties["regions"]["type"] == "nested"


def test_another_dimension_reaches_both_vectors() -> None:
    properties = embedding_template("float", 64)["template"]["mappings"]["properties"]
    assert properties["embedding"]["dimension"] == 64
    assert properties["regions"]["properties"]["embedding"]["dimension"] == 64


@pytest.mark.cluster
@pytest.mark.parametrize("file", [name for name in FILES if name.startswith(("document", "embedding"))])
def test_opensearch_takes_every_component_as_it_stands(client: OpenSearch, file: str) -> None:
    url = client.transport.get_connection().host
    name = "test-" + file.removesuffix(".json")
    try:
        assert curl(f"{url}/_component_template/{name}", "PUT", file) == {"acknowledged": True}
    finally:
        curl(f"{url}/_component_template/{name}", "DELETE")


@pytest.mark.cluster
def test_the_pipeline_embeds_a_picture_as_it_stands(client: OpenSearch) -> None:
    url = client.transport.get_connection().host
    try:
        assert curl(f"{url}/_ingest/pipeline/test-pictures", "PUT", "pipeline.json") == {"acknowledged": True}
        document = {"_source": {"image": base64.b64encode(encoded(picture(1))).decode(), "title": "shapes"}}
        answer = client.ingest.simulate(id="test-pictures", body={"docs": [document]})
        made = answer["docs"][0]["doc"]["_source"]
        assert made["title"] == "shapes"
        assert len(made["embedding"]) == find_artefact().dimension
        assert "image" not in made
    finally:
        client.ingest.delete_pipeline(id="test-pictures", ignore=[404])


@pytest.mark.cluster
def test_an_index_made_with_curl_alone_takes_pictures_and_learns_their_model(
    client: OpenSearch, run: Run, tmp_path: Path
) -> None:
    """These are the commands of the README."""
    url = client.transport.get_connection().host
    index = "lookalike-by-curl"
    save_pictures(tmp_path / "pictures", 3)
    try:
        for path, file in (
            ("_component_template/lookalike-document", "document.json"),
            ("_component_template/lookalike-embedding-float-256", "embedding-float.json"),
            ("_index_template/lookalike", "template.json"),
        ):
            assert curl(f"{url}/{path}", "PUT", file) == {"acknowledged": True}
        assert curl(f"{url}/{index}", "PUT")["acknowledged"] is True
        before = client.indices.get_mapping(index=index)[index]["mappings"]
        assert before["_meta"]["lookalike"] == {"variant": "float"}
        assert before["properties"]["embedding"]["type"] == "knn_vector"

        done = run("ingest", tmp_path / "pictures", "--index", index)
        assert done.code == 0, done.err
        after = client.indices.get_mapping(index=index)[index]["mappings"]
        artefact = find_artefact()
        assert after["_meta"]["lookalike"] == {
            "variant": "float",
            "model": artefact.name,
            "sha256": artefact.sha256,
        }
        assert client.count(index=index)["count"] == 3
    finally:
        client.indices.delete(index=index, ignore_unavailable=True)
        client.indices.delete_index_template(name="lookalike", ignore=[404])
