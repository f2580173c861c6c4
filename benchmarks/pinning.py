"""Two processes on a core each: the node on one, this process and what it starts on another."""

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

__all__ = ["apart", "two_cores"]

Cores = set[int]


@contextmanager
def apart(pids: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the core of this process (with all it starts meanwhile) and that of the processes `pids`.

    Each may run where it might before once this ends, however it ends. Ends the program where there are no two cores,
    or the processes are another user's.
    """
    own, other = two_cores()
    before: dict[int, dict[int, Cores]] = {}
    try:
        for pid, core in [*((pid, other) for pid in pids), (os.getpid(), own)]:
            before[pid] = {}
            _move(pid, core, before[pid])
        yield own, other
    except PermissionError:
        sys.exit("Error: the node runs as another user, so it cannot be moved to another core; run this as that user")
    finally:
        for pid, cores in before.items():
            _move_back(pid, cores)


def two_cores() -> tuple[int, int]:
    """Two of the cores that this process may use, no two threads of one; ends the program if there are not so many."""
    cores = sorted(os.sched_getaffinity(0))
    first = cores[0]
    others = [core for core in cores[1:] if core not in _siblings(first)]
    if not others:
        sys.exit(f"Error: --pin needs two cores (hardware threads of one do not count), found {cores}")
    return first, others[0]


def _move(pid: int, core: int, before: dict[int, Cores]) -> None:
    """Move every thread, because Linux knows no affinity of a process; new ones go where those that start them are."""
    while fresh := [thread for thread in _threads(pid) if thread not in before]:
        for thread in fresh:
            with contextlib.suppress(ProcessLookupError):  # it has ended
                before[thread] = os.sched_getaffinity(thread)
                os.sched_setaffinity(thread, {core})


def _move_back(pid: int, before: dict[int, Cores]) -> None:
    everywhere = before.get(pid, set())  # a process' first thread bears its number
    with contextlib.suppress(psutil.NoSuchProcess):
        for thread in _threads(pid):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread, before.get(thread, everywhere))


def _threads(pid: int) -> list[int]:
    return [thread.id for thread in psutil.Process(pid).threads()]


def _siblings(core: int) -> Cores:
    file = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    if not file.exists():
        return {core}
    found: Cores = set()
    for part in file.read_text().strip().split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found
