"""`lookalike reembed` on a real node."""

import json
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from opensearchpy import OpenSearch

from lookalike.encoder.artefact import read_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from tests.conftest import Run
from tests.ingest.s3 import BUCKET, s3_on_loopback
from tests.ingest.server import serving
from tests.pictures import encoded, picture, save_pictures

pytestmark = pytest.mark.cluster

MODEL = Path(__file__).parents[1] / "golden" / "model"


@pytest.fixture
def new(client: OpenSearch, index: str) -> Iterator[str]:
    """The name that the new index gets by itself, which is deleted after the test."""
    artefact = read_artefact(MODEL)
    name = f"{index}-{artefact.name}-{artefact.sha256[:12]}"
    yield name
    client.indices.delete(index=name, ignore_unavailable=True)
    client.indices.delete_index_template(name=f"lookalike-{name}", ignore=[404])


def documents(client: OpenSearch, index: str) -> dict[str, dict[str, Any]]:
    client.indices.refresh(index=index)
    hits = client.search(index=index, body={"size": 1000, "_source": ["*"]})["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in hits}


def test_an_alias_means_the_new_index_in_the_end_with_the_same_ids_and_metadata(
    client: OpenSearch, index: str, run: Run, new: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pictures"
    first, *_ = save_pictures(folder, 6)
    (folder / os.fsdecode(b"latin-\xe9.png")).write_bytes(encoded(picture(42), "PNG"))
    with tarfile.open(tmp_path / "shard.tar", "w") as archive:
        archive.add(first, "in a #shard.png")
    manifest = tmp_path / "listed.csv"
    manifest.write_text(f"path,id,price,code\n{first},one,1.5,007\n")
    old = f"{index}-old"
    with serving() as server, s3_on_loopback(monkeypatch, tmp_path) as s3:
        s3.put_object(Bucket=BUCKET, Key="stored/one.png", Body=encoded(picture(41), "PNG"))
        s3.put_object(Bucket=BUCKET, Key="stored/shard.tar", Body=(tmp_path / "shard.tar").read_bytes())
        server.pages["/far.png"] = lambda answer: answer.give(200, encoded(picture(40), "PNG"))
        sources = (folder, tmp_path / "shard.tar", manifest, f"{server.url}/far.png", f"s3://{BUCKET}/stored")
        try:
            options = ("--index", old, "--id-column", "id", "--private-addresses")
            assert run("ingest", *sources, *options).code == 0
            client.indices.put_alias(index=old, name=index)
            before = documents(client, old)
            assert len(before) == 12

            result = run("reembed", index, "--model", MODEL, "--private-addresses")
            assert result.code == 0, result.err
            assert f"{index} means {new} now; {old} is kept until you delete it" in result.out
            assert client.indices.get_alias(name=index).keys() == {new}
            after = documents(client, index)
            assert after.keys() == before.keys()
            for key, document in after.items():
                assert document["metadata"] == before[key]["metadata"]
                assert document["image_url"] == before[key]["image_url"]
                assert document["content_sha256"] == before[key]["content_sha256"]
            kinds = [
                client.indices.get_mapping(index=name)[name]["mappings"]["properties"]["metadata"]
                for name in (old, new)
            ]
            assert kinds[0] == kinds[1]

            session = EncoderSession(read_artefact(MODEL))
            pixels = decode(first.read_bytes(), session.artefact.native_size).pixels
            same = [doc for doc in after.values() if doc["image_url"] == first.as_uri()]
            assert len(same) == 2  # the folder's and the manifest's
            np.testing.assert_allclose(same[0]["embedding"], session.embed(pixels[np.newaxis])[0], atol=1e-5)

            again = run("reembed", index, "--model", MODEL)
            assert again.code == 1
            assert f"'{index}' holds vectors of model {session.artefact.identity} already" in again.err
        finally:
            client.indices.delete(index=old, ignore_unavailable=True)


def test_what_is_gone_keeps_the_alias_where_it_is_until_that_is_allowed(
    client: OpenSearch, index: str, run: Run, new: str, tmp_path: Path
) -> None:
    paths = save_pictures(tmp_path, 4)
    old = f"{index}-old"
    try:
        assert run("ingest", tmp_path, "--index", old).code == 0
        client.indices.put_alias(index=old, name=index)
        hidden = paths[0].rename(tmp_path / "hidden")
        result = run("reembed", index, "--model", MODEL)
        assert result.code == 3
        assert f"failed: {paths[0].as_uri()}: No such file or directory" in result.err
        assert f"{index} still means {old}: {new} holds 3 of 4 images" in result.err
        assert client.indices.get_alias(name=index).keys() == {old}

        hidden.rename(paths[0])
        retried = run("reembed", index, "--model", MODEL, "--retry-failed", "--delete-old")
        assert retried.code == 1
        assert "--delete-old asks before it deletes, and there is no terminal to ask on; give --yes" in retried.err
        retried = run("reembed", index, "--model", MODEL, "--retry-failed", "--delete-old", "--yes", "--json")
        assert retried.code == 0, retried.err
        summary, swapped = map(json.loads, retried.out.splitlines())
        assert (summary["written"], summary["skipped"]) == (1, 3)
        assert swapped == {"index": new, "alias": index, "deleted": [old]}
        assert not client.indices.exists(index=old)
        assert client.count(index=index)["count"] == 4
    finally:
        client.indices.delete(index=old, ignore_unavailable=True)


def test_an_index_keeps_its_name_unless_it_is_deleted_for_an_alias(
    client: OpenSearch, index: str, run: Run, new: str, tmp_path: Path
) -> None:
    paths = save_pictures(tmp_path, 3)
    assert run("ingest", tmp_path, "--index", index).code == 0
    client.index(index=index, id="somebody-elses", body={"image_url": paths[0].as_uri()}, refresh=True)
    client.index(index=index, id="nowhere", body={"metadata": {"filename": "x"}}, refresh=True)
    result = run("reembed", index, "--model", MODEL, "--allow-missing")
    assert result.code == 3
    assert "document nowhere: its document does not say where it lies (image_url)" in result.err
    assert f"{index} is an index, not an alias" in result.out
    assert documents(client, new).keys() == documents(client, index).keys() - {"nowhere"}
    assert client.indices.exists_alias(name=index) is False

    client.delete(index=index, id="nowhere", refresh=True)
    replaced = run("reembed", index, "--model", MODEL, "--delete-old", "--yes")
    assert replaced.code == 0, replaced.err
    assert f"{index} means {new} now; {index} deleted" in replaced.out
    assert client.indices.get_alias(name=index).keys() == {new}
    assert run("search", paths[1], "--index", index, "--model", MODEL).code == 0
    client.indices.delete_alias(index=new, name=index)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "default"), "holds vectors of model .* already; give another one with --model"),
        (("--model", "nothing"), "no model 'nothing'"),
        (("--model", MODEL, "--into", "INDEX"), "--into: .* is what is to be replaced; expected another name"),
        (("--model", MODEL, "--variant", "odd"), "unknown variant 'odd'"),
    ],
)
def test_what_makes_no_sense_is_refused_before_work_starts(
    client: OpenSearch, index: str, run: Run, new: str, options: tuple[str, ...], message: str
) -> None:
    assert run("init", index).code == 0
    result = run("reembed", index, *(index if option == "INDEX" else option for option in options))
    assert result.code == 1
    assert re.search(message, result.err)
    assert not client.indices.exists(index=new)


def test_a_filtered_alias_is_refused(client: OpenSearch, index: str, run: Run, new: str) -> None:
    assert run("init", index).code == 0
    client.indices.put_alias(index=index, name=f"{index}-red", body={"filter": {"term": {"metadata.colour": "red"}}})
    result = run("reembed", f"{index}-red", "--model", MODEL)
    assert result.code == 1
    assert f"the alias '{index}-red' has a filter or a routing on '{index}'; expected a plain one" in result.err
