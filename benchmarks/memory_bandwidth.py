"""How fast processors read memory."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

__all__ = ["bytes_a_second"]

SIZE = 1 << 30  # bytes: many times what caches hold
_TIMES = 5


def bytes_a_second(threads: int) -> float:
    """The best of five readings of 1 GiB of 32-bit floats, an equal part by each thread.

    Read by NumPy's maximum, which costs a processor less than to fetch the numbers. The best, because whatever else
    the machine does can only slow it down.
    """
    parts = np.array_split(np.ones(SIZE // 4, np.float32), threads)
    seconds = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(_TIMES):
            began = time.perf_counter()
            list(pool.map(np.max, parts))
            seconds.append(time.perf_counter() - began)
    return SIZE / min(seconds)
