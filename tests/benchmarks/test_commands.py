"""Each command once, with little: that it runs and tells every figure; not how large they are."""

import os
import re
import sys
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from benchmarks import (
    duplicates,
    duplicates_large,
    growth,
    ingest,
    ingest_large,
    ingest_peers,
    refining,
    start_and_stages,
)
from benchmarks.bounds import bounds_in
from tests.conftest import Node
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster


@pytest.fixture(autouse=True)
def _local_node(node: Node, client: OpenSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_NODE_DIR", str(node.folder))


def called_with(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", *map(str, arguments)])


def indices(client: OpenSearch) -> list[str]:
    return [name for name in client.indices.get(index="*") if name.startswith("lookalike-benchmark")]


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="needs two cores")
def test_ingest_with_the_node_on_another_core(
    client: OpenSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pictures(tmp_path / "pictures", 5)
    called_with(monkeypatch, tmp_path / "pictures", "--rounds", "1", "--pin")
    ingest.main()
    captured = capsys.readouterr()
    assert "count 5 of 5 files" in captured.err
    told = captured.out
    assert re.search(r"ingest and decode \+ embed on core \d+, the node on core \d+\n", told)
    assert "| 5 images, 1 thread, median of 1 rounds | |" in told
    ratio = re.search(r"\| ingest / alone \| (\d\.\d\d) ", told)
    assert ratio is not None
    assert bounds_in(told) == [
        ("ingest / decode + embed alone at least 0.90", ratio[1], float(ratio[1]) >= ingest.PINNED)
    ]
    assert indices(client) == []


def test_a_large_run(
    client: OpenSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pictures(tmp_path / "pictures", 5)
    called_with(monkeypatch, tmp_path / "crops", tmp_path / "pictures", "--images", "12")
    ingest_large.main()
    told = capsys.readouterr().out
    assert "images/s; every image is in the index |" in told
    assert "MB by the kernel's count |" in told
    assert [bound.text for bound in bounds_in(told)] == [
        "every image is in the index",
        "worker resident at most 1,500 MB",
    ]
    assert "| of it the vectors and their graph | 1,0" in told
    assert told.count("itself first 12 of 12 times") == 2
    assert "bytes a document, of 12: with thumbnail / without" in told
    assert indices(client) == []


def test_growth(
    client: OpenSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(growth, "SYNCHRONISED", 0)  # what it waits for makes the figures steady, not right
    monkeypatch.setattr(growth, "KEPT", tmp_path / "kept")
    save_pictures(tmp_path / "pictures", 30)
    called_with(
        monkeypatch, tmp_path / "pictures", "--sizes", "300", "1500", "--queries", "25", "--variants", "4x", "byte",
        "--plot", tmp_path / "growth.png",
    )  # fmt: skip
    growth.main()
    told = capsys.readouterr().out
    assert "- held: k answers, or as many as match: 0 of 2,340 searches brought fewer\n" in told
    assert "- held: recall@10 of `4x` at every size and filter at least 0.97: " in told
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("|")]
    rows = [row for row in rows if row[0] in {"4x", "byte"}]  # not the heads of the tables
    built = {(row[0], row[1]): int(row[6].replace(",", "")) for row in rows if len(row) == 9}
    assert 1280 <= built["4x", "1,500"] < 1400  # 256 floats and as many bytes, and some graph
    assert 256 <= built["byte", "1,500"] < 350
    ways = {tuple(row[:3]): float(row[3]) for row in rows if len(row) == 5}
    assert ways["4x", "1,500", "exact"] == 1
    assert ways["4x", "1,500", "not rescored"] > 0.75  # with 7 bits that reach from the least to the largest number
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")
    assert indices(client) == []


def test_duplicates_in_a_large_index(
    client: OpenSearch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called_with(monkeypatch, "--documents", "400")
    duplicates_large.main()
    told = capsys.readouterr().out
    assert "| documents | 400 |" in told
    assert "| planted pairs found | 20 of 20 |" in told
    assert "| other pairs found | 0 |" in told
    assert bounds_in(told)[0] == ("every planted pair and no other", "20 of 20 and 0 others", True)
    assert indices(client) == []


def test_duplicates_without_the_peers_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called_with(monkeypatch, tmp_path, "--peers", tmp_path / "python")
    with pytest.raises(SystemExit, match=r"there is no .*python; `make bench-duplicates` makes the environment"):
        duplicates.main()


def test_refining(
    client: OpenSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for first, kind in ((0, "one"), (50, "other")):
        save_pictures(tmp_path / kind, refining.FEWEST, first)
    called_with(monkeypatch, tmp_path, "--queries", "3")
    refining.main()
    told = capsys.readouterr().out
    assert "3 queries of 2 kinds among 28 pictures of 2 kinds" in told
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in told.splitlines() if line.startswith("|")][2:]
    assert [name for name, _, _ in rows] == list(refining.VARIANTS)
    values = [float(precision.split()[0]) for _, precision, _ in rows]
    assert all(0 < value <= 1 for value in values)
    assert rows[0][2] == ""
    gains = [float(gain.split()[0]) for _, _, gain in rows[1:]]
    assert gains == pytest.approx([value - values[0] for value in values[1:]], abs=0.0011)
    assert indices(client) == []


def test_refining_of_too_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save_pictures(tmp_path / "kind", 3)
    called_with(monkeypatch, tmp_path)
    with pytest.raises(SystemExit, match=r"expected sub-folders of at least 14 pictures, found none or only one"):
        refining.main()


def test_where_time_goes(
    client: OpenSearch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    save_pictures(tmp_path, 8)
    monkeypatch.setattr(start_and_stages, "LARGE", (800, 600))
    called_with(monkeypatch, tmp_path, "--pictures", "8", "--large", "4", "--rounds", "1", "--starts", "1")
    start_and_stages.main()
    told = capsys.readouterr().out
    rows = {line.split("|")[1].strip(): line.split("|")[2:-1] for line in told.splitlines() if line.startswith("|")}
    shares = [int(share) for share in rows["8 small pictures"][2:]]
    assert 98 <= sum(shares) <= 102
    assert all(float(rows["by small pictures"][column]) > 0 for column in (0, 1, -2, -1))
    assert float(rows["`search`"][0]) > float(rows["`--help`"][0]) > 0
    assert re.search(r"held\**: `lookalike --help` takes less than 0.3 s, the fastest of 1: \d", told)
    assert indices(client) == []


def test_peers_without_their_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called_with(monkeypatch, tmp_path, "--peers", tmp_path / "python")
    with pytest.raises(SystemExit, match=r"there is no .*python; `make bench-ingest-peers` makes the environment"):
        ingest_peers.main()
