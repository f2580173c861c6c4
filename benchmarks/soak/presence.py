"""Which nodes of a soak are there, and when which one was not."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

__all__ = ["Absence", "Presence"]


@dataclass(frozen=True)
class Absence:
    """The time, of the monotonic clock, from the stop of a node until it was back with every copy in its place."""

    number: int
    began: float
    ended: float


class Presence:
    """Of `count` nodes, one of which at most is away; several threads ask.

    `absences` are those that ended, in order.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._lock = threading.Lock()
        self._away: int | None = None
        self.absences: list[Absence] = []

    @property
    def is_one_away(self) -> bool:
        """Whether a node is away now."""
        return self._away is not None

    def present(self) -> list[int]:
        """The numbers, from 0 on, of the nodes that are there."""
        away = self._away
        return [number for number in range(self._count) if number != away]

    def was_away(self, since: float) -> bool:
        """Whether a node was away at any time after `since`, of the monotonic clock."""
        with self._lock:
            return self._away is not None or any(absence.ended >= since for absence in self.absences)

    @contextmanager
    def absence(self, number: int) -> Iterator[None]:
        """While a node is away. Whatever keeps it from coming back is raised, and it stays away."""
        began = time.monotonic()
        self._away = number
        yield
        with self._lock:
            self._away = None
            self.absences.append(Absence(number, began, time.monotonic()))
