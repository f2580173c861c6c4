"""What the processes of a soak hold over time, and whether that is flat."""

import statistics
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import psutil
from opensearchpy import OpenSearch, OpenSearchException

from benchmarks.node_process import NodeProcess
from benchmarks.soak.presence import Presence

__all__ = ["JUDGED_AFTER", "OWN", "Life", "Sample", "Watch", "lives", "thirds"]

OWN = "client"
JUDGED_AFTER = 300  # seconds: a younger process still warms up
Thirds = tuple[float, float, float]


@dataclass(frozen=True)
class Sample:
    """Bytes that a process held at a moment of the monotonic clock; of the client no heap is known."""

    name: str
    pid: int
    moment: float
    heap: int | None
    resident: int


@dataclass(frozen=True)
class Life:
    """The samples of one process, in order."""

    samples: Sequence[Sample]

    @property
    def name(self) -> str:
        """Whose process it is."""
        return self.samples[0].name

    @property
    def seconds(self) -> float:
        """From the first sample to the last."""
        return self.samples[-1].moment - self.samples[0].moment

    @property
    def is_judged(self) -> bool:
        """Whether it was long enough to tell growth from warming up."""
        return self.seconds >= JUDGED_AFTER and len(self.samples) >= 9

    @property
    def heap(self) -> Thirds | None:
        """Bytes in each third."""
        values = [sample.heap for sample in self.samples if sample.heap is not None]
        return thirds(values) if values else None

    @property
    def resident(self) -> Thirds:
        """Bytes in each third."""
        return thirds([sample.resident for sample in self.samples])


def lives(samples: Iterable[Sample]) -> list[Life]:
    """The processes, as they came up."""
    found: dict[tuple[str, int], list[Sample]] = {}
    for sample in samples:
        found.setdefault((sample.name, sample.pid), []).append(sample)
    return [Life(of_one) for of_one in found.values()]


def thirds(values: Sequence[int]) -> Thirds:
    """The medians of the first, the middle and the last third of values in order; there is at least one."""
    third = max(1, len(values) // 3)
    return (
        statistics.median(values[:third]),
        statistics.median(values[third:-third] or values),
        statistics.median(values[-third:]),
    )


class Watch:
    """Looks at the nodes at `urls` and at this process, at most each `every` seconds; `samples` are what it saw."""

    def __init__(self, urls: Sequence[str], presence: Presence, every: float) -> None:
        self._clients = [OpenSearch(hosts=[url], timeout=60, max_retries=0) for url in urls]
        self._presence, self._every = presence, every
        self._due = 0.0
        self.samples: list[Sample] = []

    def look(self) -> None:
        """Look, if it is time to. Raises what keeps from it, unless that is a node that went away."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + self._every
        own = psutil.Process()
        held = own.memory_info()
        self.samples.append(Sample(OWN, own.pid, now, None, held.rss - held.shared))
        for number in self._presence.present():
            try:
                process = self._process(number)
                memory = process.memory()
            except (OpenSearchException, subprocess.CalledProcessError, psutil.Error):
                if not self._presence.was_away(now):
                    raise
                continue
            self.samples.append(Sample(f"node {number + 1}", process.pid, now, memory.heap, memory.anonymous))

    def reserved(self) -> int:
        """Bytes that the nodes have reserved for pictures; all have to be there."""
        return sum(self._process(number).memory().reserved for number in self._presence.present())

    def _process(self, number: int) -> NodeProcess:
        return NodeProcess(lambda path: self._clients[number].transport.perform_request("GET", path))
