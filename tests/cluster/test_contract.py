"""Indices that are not what they seem, on the real node."""

from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.mappings import embedding_template
from tests.conftest import Run
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster


def make(client: OpenSearch, index: str, meta: object = None, vector: dict[str, Any] | None = None) -> None:
    """An index with our vectors, `vector` changed, and what `_meta.lookalike` is to hold."""
    template = embedding_template("float", 256)["template"]
    template["mappings"]["_meta"] = {"lookalike": {"variant": "float"} if meta is None else meta, "owner": "anna"}
    template["mappings"]["properties"]["embedding"] |= vector or {}
    client.indices.create(index=index, body=template)


def refusals(run: Run, index: str, folder: Path) -> list[str]:
    (picture,) = save_pictures(folder, 1)
    results = [run("ingest", folder, "--index", index), run("search", picture, "--index", index)]
    assert [result.code for result in results] == [1, 1]
    return [result.err for result in results]


def test_another_distance_is_refused(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    make(client, index, vector={"space_type": "l2"})
    for message in refusals(run, index, tmp_path):
        assert f"index '{index}' compares vectors by l2, expected cosinesimil." in message


@pytest.mark.parametrize("meta", ["text", 7, []])
def test_a_record_that_is_none_is_refused(
    client: OpenSearch, index: str, run: Run, tmp_path: Path, meta: object
) -> None:
    make(client, index, meta)
    for message in refusals(run, index, tmp_path):
        assert f"index '{index}' was not made by Lookalike" in message


def test_vectors_of_an_unknown_model_are_not_claimed(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    make(client, index)
    client.index(index=index, id="1", body={"embedding": [1.0] * 256})
    result = run("ingest", save_pictures(tmp_path, 1)[0], "--index", index)
    assert result.code == 1
    assert f"index '{index}' holds 1 documents, but does not record the model of their vectors" in result.err


def test_what_else_the_mapping_records_is_kept(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    make(client, index)
    assert run("ingest", save_pictures(tmp_path, 1)[0], "--index", index).code == 0
    meta = client.indices.get_mapping(index=index)[index]["mappings"]["_meta"]
    assert meta["owner"] == "anna"
    assert meta["lookalike"]["model"] == "default"


def test_indices_behind_one_name_must_agree(client: OpenSearch, index: str, run: Run, tmp_path: Path) -> None:
    (picture,) = save_pictures(tmp_path, 1)
    other = f"{index}-faiss"
    make(client, index)
    make(client, other, vector={"method": {"name": "hnsw", "engine": "faiss"}})
    try:
        result = run("search", picture, "--index", f"{index}*")
        assert result.code == 1
        assert (
            f"'{index}*' stands for indices that differ in their engine: '{index}' has lucene, '{other}' has faiss"
            in (result.err)
        )
    finally:
        client.indices.delete(index=other)


def test_fields_of_nested_documents_are_not_offered_as_filters(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    (picture,) = save_pictures(tmp_path, 1)
    run("ingest", picture, "--index", index)
    result = run("search", picture, "--index", index, "--filter", "nothing=1")
    assert "metadata.filename" in result.err
    assert "regions" not in result.err


@pytest.mark.parametrize("name", ["x\udcff", "a\nb", ""])
def test_a_name_that_cannot_be_sent_is_refused(client: OpenSearch, run: Run, tmp_path: Path, name: str) -> None:
    for message in refusals(run, name, tmp_path):
        assert "cannot name an index" in message


def test_the_number_of_shards_of_an_index_is_kept(client: OpenSearch, index: str, run: Run) -> None:
    assert run("init", index, "--shards", "2").code == 0
    assert run("init", index).code == 0
    assert run("init", index, "--shards", "2").code == 0
    result = run("init", index, "--shards", "7")
    assert result.code == 1
    assert result.err == (
        f"Error: index '{index}' exists with 2 shards, not 7, and their number cannot change; use another name\n"
    )


def test_a_name_that_is_too_long_leaves_no_template_behind(client: OpenSearch, run: Run) -> None:
    name = "a" * 256
    result = run("init", name)
    assert result.code == 1
    assert "at most 255 bytes" in result.err
    assert not client.indices.exists_index_template(name=f"lookalike-{name}")
