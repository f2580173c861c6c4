"""The worker is killed at random moments, again and again: what it leaves is resumed, without loss or duplicates."""

import hashlib
import itertools
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.encoder.artefact import find_artefact
from lookalike.ingest.folders import ImageFile
from tests.conftest import Run
from tests.ingest.test_ingest import loading_settings, settled, visible
from tests.pictures import encoded, picture

pytestmark = pytest.mark.cluster

KILLS, IMAGES = 20, 260


@dataclass(frozen=True)
class Killed:
    """A worker's end: after how many seconds, whether the signal found it alive, how many documents there were."""

    seconds: float
    alive: bool
    documents: int


def start(folder: Path, index: str, *options: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "lookalike", "ingest", str(folder), "--index", index, "--workers", "1"]
    return subprocess.Popen([*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def life(folder: Path, index: str) -> float:
    """How many seconds a worker takes that nobody kills."""
    began = time.monotonic()
    with start(folder, index) as worker:
        _, err = worker.communicate()
    assert worker.returncode == 0, err
    return time.monotonic() - began


def kill_after(seconds: float, client: OpenSearch, index: str, folder: Path, *options: str) -> Killed:
    with start(folder, index, "--resume", *options) as worker:
        try:
            worker.wait(seconds)
        except subprocess.TimeoutExpired:
            worker.send_signal(signal.SIGKILL)
        _, err = worker.communicate()
    assert worker.returncode in {0, -signal.SIGKILL}, err
    return Killed(seconds, worker.returncode != 0, visible(client, index))


def expected(folder: Path) -> dict[str, str]:
    """The hash of each picture by the id of its document."""
    paths = sorted(folder.iterdir())
    return {ImageFile(path, "").id: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def found(client: OpenSearch, index: str) -> list[dict[str, Any]]:
    """Every document, its vector included."""
    body = {"size": 10 * IMAGES, "_source": ["content_sha256", "embedding", "image_url"], "query": {"match_all": {}}}
    hits: list[dict[str, Any]] = client.search(index=index, body=body)["hits"]["hits"]
    return hits


@pytest.mark.timeout(600)
def test_a_worker_killed_twenty_times_at_random_leaves_an_index_that_equals_the_source(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(IMAGES):
        (pictures / f"{number:03}.jpg").write_bytes(encoded(picture(number, (160, 120))))
    whole = life(pictures, f"{index}-whole")
    client.indices.delete(index=f"{index}-whole")
    kills: list[Killed] = []
    for _ in range(KILLS):
        # Once all is done there would be nothing left to be killed in; --force embeds and writes it again.
        options = ["--force"] if kills and kills[-1].documents == IMAGES else []
        kills.append(kill_after(chance.uniform(0, whole), client, index, pictures, *options))
    told = f"seed {seed}, {whole:.1f} s a run: {kills}"
    assert sum(kill.alive for kill in kills) > KILLS / 2, told
    counts = [0, *(kill.documents for kill in kills)]
    assert all(before <= after for before, after in itertools.pairwise(counts)), told

    settled(client, index)
    result = run("ingest", pictures, "--index", index, "--resume", "--json")
    assert result.code == 0, (told, result.err)
    summary = json.loads(result.out)
    assert summary["failed"] == 0, told
    assert summary["written"] + summary["unchanged"] + summary["skipped"] == IMAGES, told
    assert loading_settings(client, index) == (None, "0-1", False), told
    hits = found(client, index)
    assert len(hits) == IMAGES, told
    assert {hit["_id"]: hit["_source"]["content_sha256"] for hit in hits} == expected(pictures), told
    assert {len(hit["_source"]["embedding"]) for hit in hits} == {find_artefact().dimension}, told
    again = json.loads(run("ingest", pictures, "--index", index, "--json").out)
    assert (again["written"], again["unchanged"], again["failed"]) == (0, IMAGES, 0), told
