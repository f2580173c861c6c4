"""What is made of figures that the tests' own node does not show."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import RequestError

from lookalike import __version__
from lookalike.cluster.contract import IndexContract
from lookalike.cluster.settings import ConnectionSettings
from lookalike.doctor import disk, memory, model, plugin, rights, versions
from lookalike.doctor.connection import is_local
from lookalike.doctor.finding import State, Subject
from lookalike.encoder.artefact import find_artefact

GB = 10**9


@pytest.mark.parametrize(
    ("watermark", "wanted"),
    [("85%", 15.0), ("0.85", 15.0), ("90b", 90), ("1kb", 1024), ("1.5gb", 1.5 * 2**30)],
)
def test_a_watermark_is_a_share_or_bytes(watermark: str, wanted: float) -> None:
    assert disk.free_wanted(watermark, 100) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("free", "state", "consequence"),
    [
        (16 * GB, State.OK, "n1: 16.0 of 100.0 GB free"),
        (14 * GB, State.WARNING, "watermark low (85%): it takes no new shards"),
        (9 * GB, State.PROBLEM, "watermark high (90%): shards are moved away from it"),
        (4 * GB, State.PROBLEM, "watermark flood_stage (95%): its indices are read-only"),
    ],
)
def test_a_disk_is_judged_by_the_worst_watermark(free: int, state: State, consequence: str) -> None:
    prefix = "cluster.routing.allocation.disk.watermark."
    settings = {f"{prefix}low": "85%", f"{prefix}high": "90%", f"{prefix}flood_stage": "95%"}
    node = {"name": "n1", "fs": {"total": {"total_in_bytes": 100 * GB, "available_in_bytes": free}}}
    found = disk._of_node(node, settings)
    assert found.state is state
    assert consequence in found.found
    assert bool(found.advice) == (state is not State.OK)


@pytest.mark.parametrize(
    ("found", "state", "text"),
    [
        ({"3.4.0": 2}, State.OK, "OpenSearch 3.4.0 is supported"),
        ({"3.5.0": 1}, State.WARNING, "not tested with OpenSearch 3.5.0"),
        ({"2.19.1": 1}, State.PROBLEM, "OpenSearch 2.19.1 is too old"),
        ({"3.4.0": 1, "3.6.0": 2}, State.WARNING, "several versions: 3.4.0 on 1 nodes, 3.6.0 on 2 nodes"),
    ],
)
def test_versions_of_opensearch(found: dict[str, int], state: State, text: str) -> None:
    judged = versions._of_opensearch(Counter(found))
    assert judged.state is state
    assert text in judged.found


def test_knn_that_is_missing_or_of_another_version() -> None:
    nodes = {"n1": "3.6.0", "n2": "3.6.0"}
    missing = versions._of_knn(nodes, {"n1": "3.6.0.0"})
    assert (missing.state, missing.found) == (State.PROBLEM, "no k-NN plugin on n2")
    other = versions._of_knn(nodes, {"n1": "3.6.0.0", "n2": "3.4.0.0"})
    assert (other.state, other.found) == (State.WARNING, "k-NN is of another version than OpenSearch on n2")


@pytest.mark.parametrize(("variant", "measured"), [("float", 1093), ("4x", 334), ("byte", 325)])
def test_bytes_of_a_vector_are_those_that_were_measured(variant: str, measured: int) -> None:
    """docs/scale.md has the figures."""
    contract = IndexContract("photos", None, variant, 256, "float", "lucene", "cosinesimil", {})
    assert memory.vector_bytes(contract) == pytest.approx(measured, rel=0.05)


@pytest.mark.parametrize(("free", "state"), [(2 * GB, State.OK), (GB // 2, State.WARNING), (GB // 10, State.PROBLEM)])
def test_memory_of_this_machine(monkeypatch: pytest.MonkeyPatch, free: int, state: State) -> None:
    monkeypatch.setattr(memory, "available_memory", lambda: free)
    nothing: Any = None
    (found,) = memory.local_memory(nothing)
    assert found.state is state


class Nodes:
    """Nodes as they would answer."""

    def __init__(self, stats: dict[str, Any]) -> None:
        self.nodes, self._stats = self, stats

    def stats(self, **_: str) -> dict[str, Any]:
        return {"nodes": {"x": self._stats}}


@pytest.mark.parametrize(
    ("used", "tripped", "text"),
    [
        (50, 0, "n1: 50 % of 1.0 GB heap in use after garbage collection"),
        (90, 0, "n1: 90 % of 1.0 GB heap in use after garbage collection"),
        (
            50,
            3,
            "n1: 50 % of 1.0 GB heap in use after garbage collection; circuit breakers have refused requests since it "
            "started: parent 3 times",
        ),
    ],
)
def test_a_full_heap_and_tripped_breakers(used: int, tripped: int, text: str) -> None:
    stats: dict[str, Any] = {
        "name": "n1",
        "jvm": {"mem": {"heap_used_percent": used, "heap_max_in_bytes": GB}},
        "breakers": {"parent": {"tripped": tripped}},
    }
    client: Any = Nodes(stats)
    settings: Any = None
    (found,) = memory.heap(Subject(settings, client, None, "default"))
    assert found.found == text
    stats["jvm"]["mem"]["pools"] = {"old": {"last_gc_stats": {"usage_percent": 7}}}
    (collected,) = memory.heap(Subject(settings, client, None, "default"))
    assert collected.found.startswith("n1: 7 % of 1.0 GB heap in use after garbage collection")
    assert found.state is (State.OK if used == 50 and not tripped else State.WARNING)


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:9200", True),
        ("http://[::1]:9200", True),
        ("http://localhost", True),
        ("http://10.0.0.1", False),
    ],
)
def test_what_is_this_machine(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_memory_of_a_container_is_the_lesser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    assert memory.available_memory() == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_memory() > 1_000_000


class Cluster:
    """A client whose answers are given; a path that is not among them is a 400, as OpenSearch says to unknown ones."""

    def __init__(self, nodes: dict[str, dict[str, str]], answers: dict[str, Any] | None = None) -> None:
        self.nodes = self.transport = self
        self._nodes, self._answers = nodes, answers or {}

    def info(self, **_: str) -> dict[str, Any]:
        return {
            "nodes": {
                name: {
                    "name": name,
                    "version": "3.6.0",
                    "plugins": [{"name": plugin, "version": version} for plugin, version in plugins.items()],
                }
                for name, plugins in self._nodes.items()
            }
        }

    def perform_request(self, _: str, path: str) -> Any:
        if path not in self._answers:
            raise RequestError(400, "no handler found", {})
        return self._answers[path]


def subject(cluster: Any, url: str = "http://127.0.0.1:9200", user: str | None = None) -> Subject:
    return Subject(ConnectionSettings(url, user, "secret" if user else None), cluster, None, "default")


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ({"n1": {"lookalike": __version__}, "n2": {"lookalike": __version__}}, [(State.OK, "is on every node")]),
        ({"n1": {}, "n2": {}}, [(State.WARNING, "is not installed")]),
        ({"n1": {"lookalike": __version__}, "n2": {}}, [(State.PROBLEM, "is missing on n2")]),
        ({"n1": {"lookalike": "0.0.9"}}, [(State.WARNING, "is of version 0.0.9, this `lookalike` of version")]),
        (
            {"n1": {"lookalike": "0.0.9"}, "n2": {}},
            [(State.PROBLEM, "is missing on n2"), (State.WARNING, "is of version 0.0.9")],
        ),
    ],
)
def test_the_plugin_on_all_some_or_no_nodes(
    nodes: dict[str, dict[str, str]], expected: list[tuple[State, str]]
) -> None:
    found = list(plugin.plugin(subject(Cluster(nodes))))
    assert [item.state for item in found] == [state for state, _ in expected]
    for item, (_, text) in zip(found, expected, strict=True):
        assert text in item.found
        assert bool(item.advice) == (item.state is not State.OK)


def models(**by_node: dict[str, Any]) -> Cluster:
    nodes = {name: {"name": name, "models": found} for name, found in by_node.items()}
    return Cluster({}, {"/_plugins/_lookalike/models": {"nodes": nodes}})


def test_models_of_the_plugin_that_differ() -> None:
    sha256 = find_artefact().sha256
    right, other = {"default": {"sha256": sha256}}, {"default": {"sha256": "0" * 64}}
    (same,) = model.plugin_models(subject(models(n1=right, n2=right)))
    assert same.state is State.OK
    broken = {"default": {"unusable": "its hash is another"}}
    found = list(model.plugin_models(subject(models(n1=right, n2=other, n3=broken, n4={}))))
    assert {item.state for item in found} == {State.WARNING}
    assert [item.found for item in found] == [
        f"the plugin on n2 has default@000000000000, but here it is default@{sha256[:12]}",
        "the plugin on n3 cannot use model 'default': its hash is another",
        "the plugin on n4 has no model 'default'",
    ]
    assert list(model.plugin_models(subject(Cluster({})))) == []


def test_who_the_user_is_to_the_security_plugin_or_without_one() -> None:
    answers = {"/_plugins/_security/authinfo": {"user_name": "anna", "roles": ["readall", "own_index"]}}
    (known,) = rights.login(subject(Cluster({}, answers), user="anna"))
    assert known.found == "the security plugin knows 'anna', with the roles readall, own_index"
    (open_,) = rights.login(subject(Cluster({}), "http://search.example.org:9200"))
    assert (open_.state, "may read and delete everything" in open_.found) == (State.WARNING, True)
    (guarded,) = rights.login(subject(Cluster({}), "https://search.example.org", user="anna"))
    assert guarded.state is State.OK


def test_an_open_circuit_breaker_of_knn() -> None:
    def judged(triggered: bool) -> Any:
        nodes = {"n1": {"graph_memory_usage": 2_500_000}}
        answer = {"circuit_breaker_triggered": triggered, "nodes": nodes}
        (found,) = memory.native_memory(subject(Cluster({}, {"/_plugins/_knn/stats": answer})))
        return found

    assert judged(triggered=True).state is State.PROBLEM
    assert judged(triggered=False).found == "k-NN's native graphs take 2.5 GB"
