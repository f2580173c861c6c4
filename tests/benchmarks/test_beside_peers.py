"""The benchmarks beside clients that embed and beside what the machine allows, once, with little."""

import re
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from benchmarks import latency_peers, memory_bandwidth, physical_limit
from tests.benchmarks.test_commands import called_with, indices
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster


def rows(told: str) -> dict[str, list[str]]:
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("|")]
    return {name: others for name, *others in cells}


def test_latency_of_the_plugin_and_of_a_client_that_embeds(
    client: OpenSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pictures(tmp_path, 12)
    called_with(monkeypatch, tmp_path, "--requests", "5", "--warm-up", "2", "--no-torch")
    latency_peers.main()
    table = rows(capsys.readouterr().out)
    assert table[latency_peers.BARE][2:] == ["1.0", "1.0"]
    for name in (latency_peers.NEW, "`lookalike`, same picture", latency_peers.CLIENT):
        assert all(float(value) > 0 for value in table[name])
    assert indices(client) == []


def test_latency_without_the_peers_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called_with(monkeypatch, tmp_path, "--peers", tmp_path / "python")
    with pytest.raises(SystemExit, match=r"there is no .*python; `make bench-latency-peers` makes the environment"):
        latency_peers.main()


def test_shares_of_what_the_machine_allows(
    client: OpenSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pictures(tmp_path, 23)
    monkeypatch.setattr(memory_bandwidth, "SIZE", 1 << 22)
    called_with(monkeypatch, tmp_path, "--vectors", "300", "--requests", "3", "--rounds", "1")
    physical_limit.main()
    table = rows(capsys.readouterr().out)
    alone = [float(value) for name in ("decode", "embed", "decode + embed") for value in table[f"{name}, images/s"]]
    assert all(value > 0 for value in alone)
    measured, limit, share = table["ingest"]
    assert float(share) == pytest.approx(float(measured.split()[0]) / float(limit.split()[0]), rel=0.1)
    measured, limit, share = table["exact search of 300 vectors, p50"]
    assert limit.endswith("all vectors read once, 1 thread")
    assert 0 <= float(share) < 1
    assert re.fullmatch(
        r"[\d.]+ ms, of which [\d.]+ for any request; recall@10 1\.000", table["the same by their graph (HNSW), p50"][0]
    )
    assert indices(client) == []
