"""What `lookalike doctor` says of a healthy cluster, and of one in which something is wrong."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.cluster.contract import update_record
from lookalike.cluster.process import free_port
from tests.conftest import Node, Run
from tests.pictures import save_pictures
from tests.proxy import PASSWORD, USER, proxy

CHECKS = {"connection", "rights", "versions", "plugin", "model", "mapping", "disk", "memory"}
WATERMARK = "cluster.routing.allocation.disk.watermark"


def findings(run: Run, *arguments: str | Path, code: int = 0) -> list[dict[str, Any]]:
    result = run("doctor", "--json", *arguments)
    assert result.code == code, result.out
    assert result.err == ""
    return [json.loads(line) for line in result.out.splitlines()]


def wrong(found: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """All but what other tests and programs may have left: full memory, an index without its replicas."""
    told = [(item["check"], item["state"], item["found"]) for item in found if item["state"] != "ok"]
    return [item for item in told if item[0] != "memory" and "the cluster is yellow" not in item[2]]


@pytest.fixture
def made(run: Run, connection: object, index: str) -> str:
    """An index without pictures."""
    assert run("init", index).code == 0
    return index


@pytest.mark.cluster
def test_a_healthy_cluster(run: Run, made: str, tmp_path: Path) -> None:
    save_pictures(tmp_path, 2)
    assert run("ingest", tmp_path, "--index", made).code == 0
    found = findings(run, "--index", made)
    assert {item["check"] for item in found} == CHECKS
    assert wrong(found) == []
    shown = run("doctor", "--index", made)
    assert shown.code == 0
    assert f"ok       rights      `lookalike ingest` may use index '{made}'\n" in shown.out
    assert shown.out.splitlines()[-1] in {"nothing to do", "1 warning", "2 warnings"}


@pytest.mark.cluster
def test_looking_writes_nothing(run: Run, client: OpenSearch, made: str) -> None:
    mapping = client.indices.get_mapping(index=made)
    findings(run, "--index", made)
    client.indices.refresh(index=made)
    assert client.count(index=made)["count"] == 0
    assert client.indices.get_mapping(index=made) == mapping


@pytest.mark.cluster
@pytest.mark.parametrize("pattern", ["", "*"])
def test_an_index_that_is_not_there_is_one_problem(run: Run, client: OpenSearch, index: str, pattern: str) -> None:
    ((check, state, found),) = wrong(findings(run, "--index", index + pattern, code=1))
    assert (check, state) == ("mapping", "problem")
    assert found.startswith(f"index '{index}{pattern}' does not exist. ")
    assert not client.indices.exists(index=index)


@pytest.mark.cluster
def test_an_index_of_another_model(run: Run, client: OpenSearch, made: str) -> None:
    update_record(client, made, {"sha256": "0" * 64})
    ((check, state, found),) = wrong(findings(run, "--index", made, code=1))
    assert (check, state) == ("model", "problem")
    assert "holds vectors of model default@000000000000, but this is model default@" in found


@pytest.mark.cluster
@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("write", "written: index [{}] blocked by: [FORBIDDEN/8/index write (api)]"),
        ("read", "searched: index [{}] blocked by: [FORBIDDEN/7/index read (api)]"),
    ],
)
def test_an_index_that_somebody_blocked(run: Run, client: OpenSearch, made: str, block: str, told: str) -> None:
    client.indices.put_settings(index=made, body={f"index.blocks.{block}": True})
    try:
        ((check, state, found),) = wrong(findings(run, "--index", made, code=1))
    finally:
        client.indices.put_settings(index=made, body={f"index.blocks.{block}": None})
    assert (check, state) == ("rights", "problem")
    assert f"index '{made}' cannot be {told.format(made)}" in found


@pytest.mark.cluster
def test_a_load_that_was_broken_off(run: Run, client: OpenSearch, made: str) -> None:
    update_record(client, made, {"loading": {"refresh_interval": None}})
    found = findings(run, "--index", made)
    (state, advice) = next((item["state"], item["advice"]) for item in found if item["check"] == "mapping")
    assert state == "warning"
    assert "--resume" in advice


@pytest.mark.cluster
def test_an_index_made_by_hand_lacks_fields_and_templates(run: Run, client: OpenSearch, index: str) -> None:
    method = {"name": "hnsw", "engine": "lucene"}
    vector = {"type": "knn_vector", "dimension": 3, "space_type": "cosinesimil", "method": method}
    mappings = {"_meta": {"lookalike": {"variant": "float"}}, "properties": {"embedding": vector}}
    client.indices.create(
        index=index, body={"settings": {"index.knn": True, "number_of_replicas": 0}, "mappings": mappings}
    )
    found = wrong(findings(run, "--index", index, code=1))
    assert found[0][:2] == ("model", "problem")
    assert "holds vectors of 3 numbers" in found[0][2]
    texts = " ".join(text for _, _, text in found)
    assert "was made by an older version: it lacks bytes, content_sha256, exif, " in texts
    assert "lookalike-embedding-float-3 is missing" in texts


@pytest.mark.cluster
def test_a_disk_beyond_a_watermark(run: Run, client: OpenSearch, connection: object) -> None:
    marks = {"low": "900tb", "high": "200mb", "flood_stage": "100mb"}  # changed together, or they do not agree
    client.cluster.put_settings(body={"transient": {WATERMARK: marks}})
    try:
        ((check, state, found),) = wrong(findings(run))
    finally:
        client.cluster.put_settings(body={"transient": {f"{WATERMARK}.*": None}})
    assert (check, state) == ("disk", "warning")
    assert "beyond the watermark low (900tb): it takes no new shards" in found


@pytest.fixture
def without_rights(node: Node, made: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A user who may search but not write, and not ask the nodes."""
    refused = {f"/{made}/_bulk": "no permissions for [indices:data/write/bulk]", "/_nodes/plugins": "no permissions"}
    with proxy(node.url, refused) as guarded:
        for name, value in (("URL", guarded.url), ("USER", USER), ("PASSWORD", PASSWORD)):
            monkeypatch.setenv(f"LOOKALIKE_{name}", value)
        monkeypatch.setenv("LOOKALIKE_CA_CERT", str(guarded.ca_cert))
        yield made


@pytest.mark.cluster
def test_missing_rights_are_named_and_stop_no_other_check(run: Run, without_rights: str) -> None:
    found = findings(run, "--index", without_rights)
    assert {item["check"] for item in found} == CHECKS
    lacks = (
        f"`lookalike ingest` lacks permissions on '{without_rights}': indices:data/write/index in indices:data/write"
    )
    assert [(check, state) for check, state, _ in wrong(found)] == [
        ("rights", "warning"),
        ("versions", "warning"),
        ("plugin", "warning"),
    ]
    texts = [text for _, _, text in wrong(found)]
    assert texts[0].startswith(lacks)
    assert texts[1:] == ["cannot look at versions: no permissions", "cannot look at plugin: no permissions"]


@pytest.mark.cluster
def test_a_damaged_model_is_told_and_the_rest_goes_on(run: Run, connection: object, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text("{}")
    found = findings(run, "--model", tmp_path, code=1)
    assert {item["check"] for item in found} == CHECKS
    assert {(check, state) for check, state, _ in wrong(found)} == {("model", "problem")}
    assert "is not a usable model description" in wrong(found)[0][2]


def test_without_opensearch_this_machine_is_still_looked_at(run: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    found = findings(run, "--url", url, code=1)
    assert [(item["check"], item["state"]) for item in found] == [
        ("connection", "problem"),
        ("model", "ok"),
        ("memory", "ok"),
    ]
    assert found[0]["found"].startswith(f"nothing listens at {url}")
    assert run("doctor", "--url", url).out.endswith("\n1 problem\n")


def test_a_fault_of_a_check_is_a_finding(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.doctor.examine._LOCAL", [("memory", lambda _: iter([1 / 0]))])
    found = findings(run, "--url", f"http://127.0.0.1:{free_port()}", code=1)
    assert "ZeroDivisionError: division by zero" in found[-1]["found"]
