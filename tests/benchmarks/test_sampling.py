import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.node_process import local_node_pids
from benchmarks.sampling import Sample, peak, sampled

MEGABYTE = 1_000_000


def test_memory_of_a_run_is_seen_with_that_of_its_children() -> None:
    child = "b = bytearray(60_000_000); print('up', flush=True); input()"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", parent], **pipes) as run:  # type: ignore[call-overload]
        run.stdout.readline()
        told: list[Sample] = []
        with sampled(run.pid, [os.getpid()], lambda: 7, told.append, interval=0.02) as samples:
            while len(samples) < 3:
                time.sleep(0.02)
        run.stdin.write(b"\n")
    assert samples == told
    assert all(sample.run > 60 * MEGABYTE and sample.documents == 7 for sample in samples)
    assert all(0 < sample.node_own < sample.node for sample in samples)
    assert samples[0].seconds < samples[1].seconds < samples[2].seconds


def test_a_peak_is_that_of_its_part_of_the_documents() -> None:
    samples = [Sample(0, documents, run, 0, 0) for documents, run in ((0, 5), (10, 9), (50, 7), (100, 6))]
    assert peak(samples, 0, 9, lambda sample: sample.run) == 5
    assert peak(samples, 11, 100, lambda sample: sample.run) == 7
    assert peak(samples, 11, 20, lambda sample: sample.run) == 0


def test_a_node_elsewhere_cannot_be_watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_NODE_DIR", str(tmp_path))
    with pytest.raises(SystemExit, match=r"expected a local node at http://search\.example:9200, .* none that runs in"):
        local_node_pids("http://search.example:9200")
