"""How many processor cores there are for this process."""

import os

__all__ = ["usable_cores"]


def usable_cores() -> int:
    """Those that it may use, which can be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
