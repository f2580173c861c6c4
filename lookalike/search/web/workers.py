"""Threads for what would hold up the event loop: a few at once, and not too many that wait for their turn."""

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from lookalike.search.web.failures import BusyError

__all__ = ["Workers"]

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """At most `threads` work at once and `waiting` wait. To be used from one event loop."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._limiter = CapacityLimiter(threads)
        self._most = threads + waiting
        self._present = 0

    async def run(self, work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What `work` returns, in a thread. Raises BusyError if too many wait already."""
        if self._present >= self._most:
            raise BusyError("many search at this moment; try again in a few seconds")
        self._present += 1
        try:
            return await to_thread.run_sync(partial(work, *arguments, **named), limiter=self._limiter)
        finally:
            self._present -= 1
