import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from benchmarks.pinning import apart

CORES = os.sched_getaffinity(0)
THREADED = (
    "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start(); print('up', flush=True); "
    "input()"
)
needs_two_cores = pytest.mark.skipif(len(CORES) < 2, reason="needs two cores")


@pytest.fixture
def other() -> Iterator[int]:
    """A process with two threads."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", THREADED], **pipes) as process:  # type: ignore[call-overload]
        process.stdout.readline()
        yield process.pid
        process.kill()


def cores_of(pid: int) -> list[set[int]]:
    return [os.sched_getaffinity(thread.id) for thread in psutil.Process(pid).threads()]


@needs_two_cores
def test_every_thread_is_moved_and_moved_back(other: int) -> None:
    with apart([other]) as (own_core, other_core):
        assert own_core != other_core
        assert cores_of(other) == [{other_core}, {other_core}]
        assert os.sched_getaffinity(0) == {own_core}
        inherited = subprocess.run(
            [sys.executable, "-c", "import os; print(os.sched_getaffinity(0))"], capture_output=True, check=True
        )
        assert inherited.stdout.decode().strip() == str({own_core})
    assert cores_of(other) == [CORES, CORES]
    assert os.sched_getaffinity(0) == CORES


@needs_two_cores
def test_an_error_moves_everything_back(other: int) -> None:
    with pytest.raises(RuntimeError, match="in between"), apart([other]):
        raise RuntimeError("in between")
    assert cores_of(other) == [CORES, CORES]
    assert os.sched_getaffinity(0) == CORES


@needs_two_cores
def test_a_process_that_has_ended_meanwhile_is_no_error(other: int) -> None:
    with apart([other]):
        psutil.Process(other).kill()
        psutil.Process(other).wait()
    assert os.sched_getaffinity(0) == CORES


def test_one_core_is_not_enough() -> None:
    os.sched_setaffinity(0, {min(CORES)})
    try:
        with pytest.raises(SystemExit, match=r"--pin needs two cores .*, found \[\d+\]"), apart([]):
            pass
    finally:
        os.sched_setaffinity(0, CORES)
