"""How fast the processors read memory."""

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

__all__ = ["bytes_a_second"]

_BYTES = 1 << 30  # many times the caches
_TIMES = 5


def bytes_a_second(threads: int) -> float:
    """The best of five readings of 1 GiB of 32-bit floats, an equal part in each thread.

    NumPy's maximum is taken, because it costs less than to fetch the numbers; of what else NumPy does with an array
    (sums, products) nothing was faster. The best, because whatever else the machine does can only make it slower.
    """
    parts = np.array_split(np.ones(_BYTES // 4, np.float32), threads)
    seconds = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(_TIMES):
            began = time.perf_counter()
            list(pool.map(np.max, parts))
            seconds.append(time.perf_counter() - began)
    return _BYTES / min(seconds)
