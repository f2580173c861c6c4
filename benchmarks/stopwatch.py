"""What a command costs: by the clock, and in seconds of processors, which other work on the machine does not change."""

import os
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

import psutil

__all__ = ["Cost", "Stopwatch"]

T = TypeVar("T")


class Cost(NamedTuple):
    """Seconds of the clock and of processors; the node's are among the latter."""

    clock: float
    processors: float

    def __str__(self) -> str:
        """For the table."""
        return f"{self.clock:.0f} / {self.processors:.0f}"


class Stopwatch:
    """Tells the cost of commands that are run and waited for, with what the node does for them."""

    def __init__(self, nodes: Sequence[int]) -> None:
        self._nodes = [psutil.Process(pid) for pid in nodes]

    def of(self, run: Callable[[], T]) -> tuple[T, Cost]:
        """What it yields and what it cost."""
        clock, processors = time.perf_counter(), self._processors()
        answer = run()
        return answer, Cost(time.perf_counter() - clock, self._processors() - processors)

    def _processors(self) -> float:
        own = os.times()
        nodes = [node.cpu_times() for node in self._nodes]
        return own.children_user + own.children_system + sum(times.user + times.system for times in nodes)
