"""What a soak looks for is told."""

import time
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from benchmarks.soak.memory import Sample, lives
from benchmarks.soak.presence import Absence, Presence
from benchmarks.soak.report import Ended, verdicts
from benchmarks.soak.shadow import Shadow
from benchmarks.soak.tally import DOUBLED, LOST, WRONG, Tally
from benchmarks.soak.work import ANSWERED_MEANWHILE, SoakWork
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.search.answers import Hit
from lookalike.search.deleting import Deletion
from tests.conftest import Node

PICTURES = 30


@pytest.fixture
def work(node: Node, client: OpenSearch, index: str, tmp_path: Path) -> tuple[SoakWork, Shadow, Tally]:
    tally, shadow = Tally(), Shadow(tmp_path, EncoderSession(find_artefact(DEFAULT_MODEL)))
    work = SoakWork([node.url], index, shadow, tally, Presence(1))
    work.fill(PICTURES)
    work.round()
    assert (tally.faults, tally.failures) == ({LOST: [], DOUBLED: [], WRONG: []}, [])
    return work, shadow, tally


@pytest.mark.cluster
def test_every_kind_of_fault_is_told(
    client: OpenSearch, index: str, work: tuple[SoakWork, Shadow, Tally], monkeypatch: pytest.MonkeyPatch
) -> None:
    soak_work, shadow, tally = work
    lost, hashed, moved, copied, *_ = shadow.ids
    documents: dict[str, Any] = {key: client.get(index=index, id=key)["_source"] for key in shadow.ids}
    client.delete(index=index, id=lost)
    client.update(index=index, id=hashed, body={"doc": {"content_sha256": "0"}})
    client.index(index=index, id=moved, body={**documents[moved], "embedding": documents[copied]["embedding"]})
    client.index(index=index, id="stranger", body=documents[copied])
    soak_work.check()
    assert tally.faults[LOST] == [f"{lost} is not in the index"]
    assert tally.faults[DOUBLED] == ["stranger is in the index and was deleted, or never there"]
    by_hash, by_vector = sorted(tally.faults[WRONG], key=lambda text: "vector" in text)
    assert by_hash.startswith(f"{hashed}: expected content_sha256 ")
    assert by_vector.startswith(f"{moved}: expected its picture's vector, found one with the cosine ")

    monkeypatch.setattr(Deletion, "run", lambda deletion: 0)
    soak_work.round()
    assert any(text.endswith(" was found after it had been deleted") for text in tally.faults[WRONG])

    vectors = [client.get(index=index, id=key)["_source"]["embedding"] for key in shadow.ids]
    for key, vector in zip(shadow.ids, vectors[1:] + vectors[:1], strict=True):
        client.update(index=index, id=key, body={"doc": {"embedding": vector}}, refresh=True)
    soak_work.round()
    assert any(" found " in text and text.endswith(" first") for text in tally.faults[WRONG])


def test_an_answer_that_is_wrong_is_told(tmp_path: Path) -> None:
    tally, shadow = Tally(), Shadow(tmp_path, EncoderSession(find_artefact(DEFAULT_MODEL)))
    asked, other, moving = shadow.add(3)

    def hit(key: str, similarity: float) -> Hit:
        return Hit(1, key, (1 + similarity) / 2, similarity, None, "")

    expected = shadow.similarity(asked, other)
    right = [hit(asked, 1), hit(other, expected), hit(moving, 0.5), hit("gone", 0.4)]
    shadow.judge(asked, right, {moving, "gone"}, tally)
    assert tally.faults == {LOST: [], DOUBLED: [], WRONG: []}
    shadow.judge(asked, [hit(asked, 1), hit(asked, 1), hit(other, 0.123), hit("gone", 0.4)], {moving}, tally)
    shadow.judge(other, [], (), tally)
    assert tally.faults[DOUBLED] == [f"a search by {asked} found {asked} 2 times"]
    assert tally.faults[WRONG] == [
        f"a search by {asked} found {other}: expected the similarity {expected:.4f}, found 0.1230",
        f"a search by {asked} found gone, which was deleted or never there",
        f"a search by {other} found nothing first",
    ]


def samples(name: str, pid: int, values: list[int], every: float = 60) -> list[Sample]:
    return [Sample(name, pid, number * every, value, value) for number, value in enumerate(values)]


def ended(tally: Tally, watched: list[Sample], reserved: int = 0) -> Ended:
    return Ended(0, 600, tally, [Absence(0, 10, 20)], watched, reserved)


def broken(soak: Ended) -> list[str]:
    return [f"{verdict.text}: {verdict.value}" for verdict in verdicts(soak, True) if not verdict.holds]


def test_what_does_not_hold_is_told() -> None:
    tally = Tally()
    tally.count(ANSWERED_MEANWHILE)
    flat = samples("node 1", 1, [50, 60, 70, 100, 100, 100, 115, 115, 115])
    assert broken(ended(tally, flat)) == []
    tally.fault(LOST, "a")
    tally.fault(LOST, "a")
    tally.failure("search: too late", is_excused=False)
    tally.failure("search: nobody there", is_excused=True)
    assert broken(ended(tally, flat, reserved=7)) == [
        "documents or answers lost: 1",
        "requests that failed while every node was there: 1",
        "bytes reserved for pictures at the end: 7",
    ]
    assert broken(Ended(0, 600, Tally(), [], flat, 0)) == [
        "restarts after which every copy was in its place again: 0",
        "searches answered meanwhile, at least one: 0",
    ]


def test_memory_that_grows_is_told_by_process() -> None:
    tally = Tally()
    tally.count(ANSWERED_MEANWHILE)
    growing = samples("node 1", 1, [100] * 6 + [116] * 3)
    after_a_restart = samples("node 1", 2, [200] * 9)
    told = broken(ended(tally, growing + after_a_restart))
    assert [text.rpartition(": ")[2] for text in told] == ["1.16 at most, of 2 processes"] * 2
    assert len(lives(growing + after_a_restart)) == 2
    young = samples("node 1", 1, [100] * 6 + [200] * 3, every=30)
    assert [text.rpartition(": ")[2] for text in broken(ended(tally, young))] == ["no process was that old"] * 2


def test_a_node_was_away_until_it_is_back() -> None:
    presence = Presence(3)
    assert not presence.was_away(0)
    with presence.absence(1):
        assert (presence.present(), presence.is_one_away, presence.was_away(time.monotonic())) == ([0, 2], True, True)
    (absence,) = presence.absences
    assert (absence.number, presence.present()) == (1, [0, 1, 2])
    assert presence.was_away(absence.ended)
    assert not presence.was_away(absence.ended + 1)
