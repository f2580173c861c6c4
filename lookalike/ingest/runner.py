"""The run: list, look up, map in threads, write, count."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from lookalike.ingest.mapper import Failure, MappedBatch, Mapper
from lookalike.ingest.reader import ImageFile
from lookalike.ingest.writer import BulkWriter

__all__ = ["Summary", "run"]

_LOOKUP = 512  # files whose state is asked for in one request
_BULK = 128  # documents written in one request
T = TypeVar("T")


@dataclass
class Summary:
    """What a run did. Every file it read is in exactly one of `written`, `unchanged` and `failures`."""

    written: int = 0
    unchanged: int = 0
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def done(self) -> int:
        """Files that the run is finished with."""
        return self.written + self.unchanged + len(self.failures)


def run(
    files: Iterable[ImageFile],
    mapper: Mapper,
    writer: BulkWriter,
    workers: int,
    batch_size: int,
    summary: Summary,
    force: bool = False,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> None:
    """Ingest files; `summary` is kept up to date, so it tells what was done even if an error ends the run.

    `workers` threads read, decode and embed batches of `batch_size` while this thread looks up and writes. Batches
    of as many files as one look-up covers may wait, so the threads have work during the next one, and memory
    does not grow with the number of files. `force` embeds every file without asking the index what it has.
    Raises what the writer raises when OpenSearch is gone for good.
    """
    began = time.monotonic()
    buffer = _Buffer(writer, summary)
    waiting: deque[Future[MappedBatch]] = deque()
    most_waiting = max(_LOOKUP // batch_size, 3 * workers)
    with ThreadPoolExecutor(workers, thread_name_prefix="map") as pool:
        try:
            if not force:
                writer.refresh()
            for group in _batched(files, _LOOKUP):
                known = {} if force else writer.known([file.id for file in group])
                for batch in _batched(group, batch_size):
                    waiting.append(pool.submit(mapper.map, batch, known))
                    if len(waiting) > most_waiting:
                        buffer.add(waiting.popleft().result())
                    progress(summary)
            while waiting:
                buffer.add(waiting.popleft().result())
                progress(summary)
            buffer.flush()
            writer.refresh()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            summary.seconds = time.monotonic() - began
    progress(summary)


@dataclass
class _Buffer:
    """Documents that wait until there are enough of them for one request."""

    writer: BulkWriter
    summary: Summary
    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)

    def add(self, batch: MappedBatch) -> None:
        self.summary.unchanged += batch.unchanged
        self.summary.failures += batch.failures
        self.documents |= batch.documents
        self.paths |= batch.paths
        if len(self.documents) >= _BULK:
            self.flush()

    def flush(self) -> None:
        refused = self.writer.write(self.documents)
        self.summary.failures += [Failure(self.paths[key], reason) for key, reason in refused.items()]
        self.summary.written += len(self.documents) - len(refused)
        self.documents, self.paths = {}, {}


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
