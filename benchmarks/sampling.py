"""Memory of a run and of the node, looked at again and again while documents arrive."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

__all__ = ["Sample", "peak", "sampled"]


@dataclass(frozen=True)
class Sample:
    """Seconds since the start, documents indexed by then, and resident bytes: of the run's processes, of the node's,
    and of the latter those that are not files mapped into memory, as an index's are."""

    seconds: float
    documents: int
    run: int
    node: int
    node_own: int


@contextmanager
def sampled(
    run: int, nodes: Sequence[int], documents: Callable[[], int], tell: Callable[[Sample], None], interval: float = 0.5
) -> Iterator[list[Sample]]:
    """Yield what is filled with a sample each `interval` seconds, of the process `run` with its children and of the
    processes `nodes`.

    `documents` tells how many have been indexed; `tell` is given each sample.
    """
    samples: list[Sample] = []
    stop = threading.Event()
    began = time.perf_counter()

    def watch() -> None:
        while not stop.wait(interval):
            with contextlib.suppress(psutil.NoSuchProcess):  # the run has ended
                found = _memory(run, nodes)
                samples.append(Sample(time.perf_counter() - began, documents(), *found))
                tell(samples[-1])

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def peak(samples: Sequence[Sample], first: int, last: int, of: Callable[[Sample], int]) -> int:
    """The largest value while from `first` to `last` documents had been indexed; 0 if nobody looked meanwhile."""
    return max((of(one) for one in samples if first <= one.documents <= last), default=0)


def _memory(run: int, nodes: Sequence[int]) -> tuple[int, int, int]:
    leader = psutil.Process(run)
    family = sum(process.memory_info().rss for process in [leader, *leader.children(recursive=True)])
    node = [psutil.Process(pid).memory_info() for pid in nodes]
    return family, sum(memory.rss for memory in node), sum(memory.rss - memory.shared for memory in node)
