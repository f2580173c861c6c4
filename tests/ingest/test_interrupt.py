"""An interrupt while the run waits for somebody else."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from tests.ingest.test_ingest import _heed_interrupts, counts
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster


def test_the_first_interrupt_ends_a_run_whose_standard_input_is_open_and_silent(
    client: OpenSearch, index: str, connection: object, tmp_path: Path
) -> None:
    paths = save_pictures(tmp_path, 3)
    with subprocess.Popen(
        [sys.executable, "-m", "lookalike", "ingest", "-", "--index", index],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=_heed_interrupts,  # noqa: PLW1509, no other thread runs
    ) as worker:
        assert worker.stdin is not None
        worker.stdin.write("".join(f"{path}\n" for path in paths))
        worker.stdin.flush()
        deadline = time.monotonic() + 60
        while not client.indices.exists(index=index):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(2)  # it has read the lines and waits for more
        worker.send_signal(signal.SIGINT)
        assert worker.wait(30) == 130
        assert worker.stdout is not None
        assert worker.stderr is not None
        out, err = worker.stdout.read(), worker.stderr.read()
    assert "finishing what is under way; interrupt again to stop at once" in err
    assert "ended early, with 3 images done; the same command with --resume goes on" in err
    assert counts(out) == {"written": 3, "unchanged": 0, "failed": 0}
