"""What a soak looks for is told."""

from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from benchmarks import soak
from benchmarks.soak_shadow import Shadow
from benchmarks.soak_tally import DOUBLED, LOST, WRONG, Tally
from benchmarks.soak_work import SoakWork
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.search.deleting import Deletion
from tests.conftest import Node

PICTURES = 30


@pytest.fixture
def work(node: Node, client: OpenSearch, index: str, tmp_path: Path) -> tuple[SoakWork, Shadow, Tally]:
    tally, shadow = Tally(), Shadow(tmp_path, EncoderSession(find_artefact(DEFAULT_MODEL)))
    work = SoakWork([node.url], index, shadow, tally, lambda since: False)
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


@pytest.mark.cluster
def test_a_wrong_first_answer_is_told(client: OpenSearch, index: str, work: tuple[SoakWork, Shadow, Tally]) -> None:
    soak_work, shadow, tally = work
    vectors = [client.get(index=index, id=key)["_source"]["embedding"] for key in shadow.ids]
    for key, vector in zip(shadow.ids, vectors[1:] + vectors[:1], strict=True):
        client.update(index=index, id=key, body={"doc": {"embedding": vector}}, refresh=True)
    soak_work.round()
    assert any(" found " in text and text.endswith(" first") for text in tally.faults[WRONG])


def test_memory_is_flat_up_to_the_bound() -> None:
    assert soak.flatness([100_000_000, 500_000_000, 114_000_000]).endswith("114 MB in the last: flat")
    assert soak.flatness([100_000_000, 0, 116_000_000]).endswith("116 MB in the last: NOT FLAT")
    assert soak.flatness([1, 2]).endswith("too few values to tell whether it is flat")
