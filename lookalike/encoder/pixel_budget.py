"""A bound on the memory of threads that decode side by side, however large their pictures are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["PixelBudget"]


class PixelBudget:
    """At most `pixels` are decoded at a time; a picture of more has its turn alone."""

    def __init__(self, pixels: int) -> None:
        self._pixels = pixels
        self._used = 0
        self._changed = threading.Condition()

    @contextmanager
    def spend(self, pixels: int) -> Iterator[None]:
        """Wait until so many more may be decoded, and give them back in the end."""
        with self._changed:
            self._changed.wait_for(lambda: not self._used or self._used + pixels <= self._pixels)
            self._used += pixels
        try:
            yield
        finally:
            with self._changed:
                self._used -= pixels
                self._changed.notify_all()
