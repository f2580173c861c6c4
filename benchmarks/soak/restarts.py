"""The restarts of a soak: one node after another, while others work."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.soak.nodes import SoakNodes
from benchmarks.soak.presence import Presence

__all__ = ["Restarts"]


class Restarts:
    """Restarts a node each `every` seconds, at most `most` times; first the first one, which manages the cluster.

    A restart that is due before the one before it is over is left out. `presence` is told.
    """

    def __init__(self, nodes: SoakNodes, presence: Presence, every: float, most: int) -> None:
        self._nodes, self._presence, self._every, self._most = nodes, presence, every, most
        self._enough = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="restarts", daemon=True)

    @contextmanager
    def going_on(self) -> Iterator[None]:
        """Restart nodes meanwhile, and wait for the last restart. Raises what kept a node from coming back."""
        self._thread.start()
        try:
            yield
        finally:
            self._enough.set()
            self._thread.join()
        self.require_well()

    def require_well(self) -> None:
        """Raise what kept a node from coming back, if anything did."""
        if self._error:
            raise self._error

    def _run(self) -> None:
        began = time.monotonic()
        for turn in range(self._most):
            passed = time.monotonic() - began
            due = began + max(turn + 1, -(-passed // self._every)) * self._every
            if self._enough.wait(due - time.monotonic()):
                return
            number = turn % len(self._nodes.urls)
            try:
                with self._presence.absence(number):
                    self._nodes.restart(number)
            except Exception as error:  # raised where somebody waits for it
                self._error = error
                return
