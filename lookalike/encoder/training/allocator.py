"""Memory that torch frees, kept by the process for the next step."""

import ctypes
import sys

__all__ = ["keep_freed_memory"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt, in malloc.h
_BYTES = 1 << 30


def keep_freed_memory() -> bool:
    """Have glibc keep large blocks that are freed instead of returning them to the system; False without glibc.

    A step frees and takes gigabytes in the same sizes again; clearing fresh pages took a fifth of its time.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return all(mallopt(threshold, _BYTES) == 1 for threshold in (_MMAP_THRESHOLD, _TRIM_THRESHOLD))
