"""The clock of the machine goes backwards, between runs and during one: nothing depends on it."""

import json
import os
import subprocess
import sys
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import libfaketime
import pytest
from opensearchpy import OpenSearch

from tests.conftest import Run
from tests.ingest.server import Answer, serving
from tests.ingest.test_ingest import documents
from tests.pictures import encoded, picture, save_pictures

pytestmark = pytest.mark.cluster


def under(clock: Path, *arguments: str | Path) -> tuple[list[dict[str, Any]], float]:
    """Run `lookalike ingest` under a clock that differs from the real one by what a file says; what it printed and how
    long it took, by a clock that only goes forwards."""
    _, preload = libfaketime.get_reload_information()
    environment = {**os.environ, **preload, "FAKETIME_TIMESTAMP_FILE": str(clock)}
    command = [sys.executable, "-m", "lookalike", "ingest", *map(str, arguments), "--json"]
    began = time.monotonic()
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return [json.loads(line) for line in ended.stdout.splitlines()], time.monotonic() - began


def years(client: OpenSearch, index: str) -> dict[str, int]:
    """The year in which each file was ingested, by the clock of then."""
    return {name: int(document["ingested_at"][:4]) for name, document in documents(client, index).items()}


def assert_sensible(summary: dict[str, Any], seconds: float) -> None:
    assert 0 <= summary["seconds"] <= seconds
    assert all(0 <= part <= 64 * seconds for part in summary["seconds_by_stage"].values())


def test_a_clock_set_back_between_runs_changes_nothing(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    folder, clock = tmp_path / "pictures", tmp_path / "clock"
    paths = save_pictures(folder, 12)
    now = time.gmtime().tm_year
    assert run("ingest", folder, "--index", index).code == 0
    assert set(years(client, index).values()) == {now}

    clock.write_text("-1000d")
    (summary,), seconds = under(clock, folder, "--index", index)
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (0, 12, 0)
    assert_sensible(summary, seconds)

    picture(50).save(paths[3])
    paths[5].unlink()
    (summary, deleted), seconds = under(clock, folder, "--index", index, "--sync", "--yes")
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (1, 10, 0)
    assert deleted == {"deleted": 1}
    assert_sensible(summary, seconds)
    found = years(client, index)
    assert found.keys() == {path.name for path in paths} - {paths[5].name}
    assert now - found.pop(paths[3].name) in {2, 3}  # so that the clock was really another one
    assert set(found.values()) == {now}
    assert "nothing to resume" in run("ingest", folder, "--index", index, "--resume").err


def test_a_clock_set_back_during_a_run_changes_nothing(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0")
    modified = formatdate(time.time(), usegmt=True)  # later than the clock will be

    def page(answer: Answer, number: int) -> None:
        if answer.headers["If-Modified-Since"] == modified:
            answer.give(304)
            return
        if number == 20:
            clock.write_text("-1000d")
        if number == 30 and answer.server.asked[answer.path] == 1:
            answer.give(429, Retry_After=formatdate(time.time() + 1, usegmt=True))
            return
        answer.give(200, encoded(picture(number, (64, 48))), Last_Modified=modified)

    with serving() as server:
        for number in range(60):
            server.pages[f"/{number}.jpg"] = lambda answer, number=number: page(answer, number)  # type: ignore[misc]
        listed = tmp_path / "urls.csv"
        listed.write_text("url\n" + "".join(f"{server.url}/{number}.jpg\n" for number in range(60)))
        command = (listed, "--index", index, "--private-addresses", "--batch-size", "4", "--connections", "2")
        (summary,), seconds = under(clock, *command)
        assert (summary["written"], summary["failed"]) == (60, 0)
        assert_sensible(summary, seconds)
        assert seconds < 50  # the server asks to wait for a second, by its own clock
        found = years(client, index)
        now = time.gmtime().tm_year
        assert found["0.jpg"] == now
        assert now - found["59.jpg"] in {2, 3}
        (summary,), seconds = under(clock, *command)
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (0, 60, 0)
    assert server.asked["/59.jpg"] == 2
    assert_sensible(summary, seconds)
