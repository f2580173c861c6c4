"""Pictures through all methods: each is made once, by several threads, while the methods work on the batch before."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.methods.method import Method

__all__ = ["Vectors", "describe_all"]

Vectors = list[NDArray[np.float32]]
"""Of each method, in their order, the unit vectors `[N, D]` of N pictures."""

_BATCH = 32


def describe_all(
    makers: Iterable[Callable[[], Sequence[Image.Image]]],
    methods: Sequence[Method],
    workers: int,
    progress: Callable[[int], None] = lambda done: None,
    at_once: int = _BATCH,
) -> Vectors:
    """Vectors of the pictures that `makers` make, in their order; each is called once, in one of `workers` threads.

    A maker may make any number of pictures, none too. `progress` is told how many makers are done;
    what twice `at_once` of them make is in memory.
    """
    parts: list[list[NDArray[np.float32]]] = [[] for _ in methods]
    done = 0
    for count, pictures in _batches(makers, workers, at_once):
        for start in range(0, len(pictures), _BATCH):
            for part, method in zip(parts, methods, strict=True):
                part.append(method.describe(pictures[start : start + _BATCH]))
        done += count
        progress(done)
    return [np.concatenate(part) if part else np.empty((0, 1), np.float32) for part in parts]


def _batches(
    makers: Iterable[Callable[[], Sequence[Image.Image]]], workers: int, at_once: int
) -> Iterator[tuple[int, list[Image.Image]]]:
    """How many makers, and all that they made; the next batch is being made while this one is used."""
    waiting = iter(makers)

    def submit(pool: ThreadPoolExecutor) -> list[Future[Sequence[Image.Image]]]:
        return [pool.submit(maker) for maker in islice(waiting, at_once)]

    with ThreadPoolExecutor(workers) as pool:
        running = submit(pool)
        while running:
            following = submit(pool)
            yield len(running), [picture for future in running for picture in future.result()]
            running = following
