"""Interrupts: the first lets a run finish what is under way, the second ends it at once."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

__all__ = ["interruptible"]


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Yield what tells whether to stop. After the first SIGINT or SIGTERM another one raises KeyboardInterrupt.

    In a thread that is not the main one signals are left alone.
    """
    stopping = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopping.is_set
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if stopping.is_set():
            signal.default_int_handler(number, frame)
        stopping.set()
        _end_standard_input()
        print("finishing what is under way; interrupt again to stop at once", file=sys.stderr)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number, earlier in before.items():
            if earlier is not signal.SIG_IGN:
                signal.signal(number, handle)
        yield stopping.is_set
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


def _end_standard_input() -> None:
    """Let whoever waits for a line of standard input meet its end, unless it is a terminal, which may be asked."""
    with suppress(OSError):
        if not os.isatty(0):
            nothing = os.open(os.devnull, os.O_RDONLY)
            os.dup2(nothing, 0)
            os.close(nothing)
