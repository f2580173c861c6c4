"""What is made of figures that the tests' own node does not show."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lookalike.cluster.contract import IndexContract
from lookalike.doctor import disk, memory, versions
from lookalike.doctor.connection import is_loopback
from lookalike.doctor.finding import State, Subject

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
    subject: Any = None
    (found,) = memory.local_memory(subject)
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
        (50, 0, "n1: 50 % of 1.0 GB heap used"),
        (90, 0, "n1: 90 % of 1.0 GB heap used"),
        (
            50,
            3,
            "n1: 50 % of 1.0 GB heap used; circuit breakers have refused requests since it started: parent 3 times",
        ),
    ],
)
def test_a_full_heap_and_tripped_breakers(used: int, tripped: int, text: str) -> None:
    stats = {
        "name": "n1",
        "jvm": {"mem": {"heap_used_percent": used, "heap_max_in_bytes": GB}},
        "breakers": {"parent": {"tripped": tripped}},
    }
    client: Any = Nodes(stats)
    settings: Any = None
    (found,) = memory.heap(Subject(settings, client, None, "default"))
    assert found.found == text
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
    assert is_loopback(url) is local


def test_memory_of_a_container_is_the_lesser(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("400\n")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    assert memory.available_memory() == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available_memory() > 1_000_000
