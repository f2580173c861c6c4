"""Time by stage of a run."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["Seconds", "timed"]

Seconds = dict[str, float]


@contextmanager
def timed(seconds: Seconds, stage: str) -> Iterator[None]:
    """Count what happens inside as time of a stage."""
    began = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = seconds.get(stage, 0.0) + time.perf_counter() - began
