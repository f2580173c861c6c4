"""What a soak has done and what it found wrong; several threads tell it."""

import threading
import time
from collections import Counter, defaultdict

__all__ = ["DOUBLED", "LOST", "SLOT", "WRONG", "Tally"]

LOST, DOUBLED, WRONG = "lost", "doubled", "wrong"
SLOT = 20  # seconds


class Tally:
    """`counts` of what was done, and by slot of SLOT seconds of the monotonic clock in `slots`.

    `faults` by kind (LOST, DOUBLED, WRONG), each told once. `excused` are counts of requests that failed while a node
    or the one copy asked for was away, by what they said, and `failures` requests that failed for no such reason.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.slots: dict[str, Counter[int]] = defaultdict(Counter)
        self.faults: dict[str, list[str]] = {LOST: [], DOUBLED: [], WRONG: []}
        self.excused: Counter[str] = Counter()
        self.failures: list[str] = []
        self._lock = threading.Lock()

    def count(self, what: str, times: int = 1) -> None:
        """Count something that was done."""
        with self._lock:
            self.counts[what] += times
            self.slots[what][int(time.monotonic() // SLOT)] += times

    def fault(self, kind: str, text: str) -> None:
        """Tell a fault; the same one again is no other."""
        with self._lock:
            if text not in self.faults[kind]:
                self.faults[kind].append(text)

    def failure(self, text: str, is_excused: bool) -> None:
        """Tell of a request that failed."""
        with self._lock:
            if is_excused:
                self.excused[text] += 1
            else:
                self.failures.append(text)

    def __str__(self) -> str:
        """Where it stands, in a line."""
        done = ", ".join(f"{count:,} {what}" for what, count in self.counts.items())
        faults = sum(map(len, self.faults.values()))
        failed = f"{self.excused.total():,} failed while a node was away, {len(self.failures):,} else"
        return f"{done}; {failed}; {faults} faults"
