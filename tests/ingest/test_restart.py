"""OpenSearch is stopped and started in the middle of a run: the process itself, not only the way to it."""

import json
import threading
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.ingest.own_node import OwnNodes
from tests.ingest.watched import be_patient, watch
from tests.pictures import save_pictures

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]


def test_a_restart_is_waited_out_and_nothing_is_lost(
    narrow: OwnNodes, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_pictures(tmp_path, 300)
    starting = threading.Thread(target=narrow.up)
    before = narrow.statuses[0].process

    def restart() -> None:
        narrow.down()
        starting.start()

    watch(monkeypatch, restart)
    be_patient(monkeypatch, 240)  # a busy machine starts a node in a minute
    result = run("ingest", tmp_path, "--index", "restarted", "--url", narrow.url, "--json")
    assert result.code == 0, result.err
    starting.join()
    assert narrow.statuses[0].process != before
    summary = json.loads(result.out)
    assert (summary["written"], summary["unchanged"], summary["failed"]) == (300, 0, 0)
    with narrow.client() as client:
        assert client.count(index="restarted")["count"] == 300
        settings = client.indices.get_settings(index="restarted")["restarted"]["settings"]["index"]
    assert (settings.get("refresh_interval"), settings["auto_expand_replicas"]) == (None, "0-1")
