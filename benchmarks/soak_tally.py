"""What a soak has done and what it found wrong; several threads tell it."""

import threading
from collections import Counter

__all__ = ["DOUBLED", "LOST", "WRONG", "Tally"]

LOST, DOUBLED, WRONG = "lost", "doubled", "wrong"


class Tally:
    """`counts` of what was done, `faults` by kind (LOST, DOUBLED, WRONG), each told once, and `failures`: requests that
    failed while every node was there."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.faults: dict[str, list[str]] = {LOST: [], DOUBLED: [], WRONG: []}
        self.failures: list[str] = []
        self._lock = threading.Lock()

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or wrong."""
        return not any(self.faults.values())

    def count(self, what: str, times: int = 1) -> None:
        """Count something that was done."""
        with self._lock:
            self.counts[what] += times

    def fault(self, kind: str, text: str) -> None:
        """Tell a fault; the same one again is no other."""
        with self._lock:
            if text not in self.faults[kind]:
                self.faults[kind].append(text)
