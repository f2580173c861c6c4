"""The run: list, look up, map in threads, write, count."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from lookalike.ingest.failures import Failure, Failures
from lookalike.ingest.fetcher import Fetcher, Limits
from lookalike.ingest.item import Item
from lookalike.ingest.job import Job, Verdict
from lookalike.ingest.mapper import MappedBatch, Mapper
from lookalike.ingest.remote import Fetchable, Fetching
from lookalike.ingest.stages import Seconds, timed
from lookalike.ingest.writer import BulkWriter

__all__ = ["Settings", "Summary", "begin_fetching", "run"]

_LOOKUP = 512  # images whose state is asked for in one request
_BULK = 128  # documents written in one request
T = TypeVar("T")


@dataclass
class Summary:
    """What a run did. Every image it came upon is in exactly one of `written`, `unchanged`, `skipped` (because the
    checkpoint has it) and `failures`.

    `unreadable` counts the failures of sources, behind which there may be more images. `stages` are seconds by stage,
    those of the mapping threads added up. `complete` says that the run came to the end of its sources.
    """

    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    failures: Failures = field(default_factory=Failures)
    unreadable: int = 0
    seconds: float = 0.0
    stages: Seconds = field(default_factory=dict)
    complete: bool = False

    @property
    def done(self) -> int:
        """Images that the run is finished with."""
        return self.written + self.unchanged + self.skipped + self.failures.count


@dataclass(frozen=True)
class Settings:
    """How to run: `workers` threads read, decode and embed batches of `batch_size`; `force` embeds every image without
    asking the index what it has. `connections` fetch at a time, within `limits`."""

    workers: int
    batch_size: int
    force: bool = False
    connections: int = 32
    limits: Limits = field(default_factory=Limits)


def run(
    items: Iterable[Item],
    mapper: Mapper,
    writer: BulkWriter,
    job: Job,
    settings: Settings,
    summary: Summary,
    stopping: Callable[[], bool] = lambda: False,
    progress: Callable[[Summary], None] = lambda summary: None,
) -> None:
    """Ingest images; `summary` is kept up to date, so it tells what was done even if an error ends the run.

    This thread looks up and writes while others map. Batches of as many images as one look-up covers may wait, so the
    threads have work during the next one, and memory does not grow with the number of images. Once `stopping` says so
    nothing more is begun, and what is under way is finished. Raises what the writer raises when OpenSearch is gone for
    good.
    """
    began = time.monotonic()
    buffer = _Buffer(writer, job, summary)
    # The images of two batches at least: a batch is begun as a whole before it is read.
    ahead = 2 * max(settings.connections, settings.batch_size)
    fetching = Fetching(Fetcher(settings.limits, settings.connections), settings.connections, ahead)
    waiting: deque[Future[MappedBatch]] = deque()
    most_waiting = max(_LOOKUP // settings.batch_size, 3 * settings.workers)
    pool = ThreadPoolExecutor(settings.workers, thread_name_prefix="map")
    try:
        if not settings.force:
            writer.refresh()
        groups = _batched(_told(items, summary), _LOOKUP)
        while not stopping() and (group := next(groups, None)):
            claimed = _claim(group, job, summary)
            with timed(summary.stages, "look up"):
                known = writer.known([item.id for item in claimed]) if claimed and not settings.force else {}
            for batch in _batched(claimed, settings.batch_size):
                begin_fetching(batch, known, job.stamps, mapper, fetching)
                waiting.append(pool.submit(mapper.map, batch, known))
                if len(waiting) > most_waiting:
                    buffer.add(waiting.popleft().result())
                progress(summary)
                if stopping():
                    break
        stopped = stopping()
        while waiting:
            if stopping():  # all at once: one by one, each would have begun when its turn comes
                cancelled = [future.cancel() for future in reversed(waiting)]
                stopped = stopped or any(cancelled)
            future = waiting.popleft()
            if not future.cancelled():
                buffer.add(future.result())
                progress(summary)
        buffer.flush()
        writer.refresh()
        if not stopped:
            job.finish()
            summary.complete = True
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        fetching.close()
        summary.seconds = time.monotonic() - began
    progress(summary)


def _told(items: Iterable[Item], summary: Summary) -> Iterator[Item]:
    iterator = iter(items)
    while True:
        with timed(summary.stages, "list"):
            item = next(iterator, None)
        if item is None:
            return
        yield item


def _claim(group: Sequence[Item], job: Job, summary: Summary) -> list[Item]:
    """Those of a group that are to be ingested."""
    claimed = []
    for item, verdict in zip(group, job.claim([item.id for item in group]), strict=True):
        if item.unreadable:
            summary.unreadable += 1
        if verdict is Verdict.INGEST:
            claimed.append(item)
        elif verdict is Verdict.SKIP:
            summary.skipped += 1
        else:
            summary.failures.add([Failure(item.shown_path, item.id, "its id was there before in this run")])
    return claimed


def begin_fetching(
    items: Iterable[Item],
    known: Mapping[str, Mapping[str, Any]],
    stamps: Mapping[str, str],
    mapper: Mapper,
    fetching: Fetching,
) -> None:
    """Start to fetch what is remote; only if it has changed where the index has what would be written."""
    for item in items:
        if isinstance(item, Fetchable):
            found = {key: value for key, value in known.get(item.id, {}).items() if key != "content_sha256"}
            as_wanted = found == mapper.origin(item)
            item.begin(fetching, stamps.get(item.id, "") if as_wanted else "")


@dataclass
class _Buffer:
    """Documents that wait until there are enough of them for one request."""

    writer: BulkWriter
    job: Job
    summary: Summary
    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)

    def add(self, batch: MappedBatch) -> None:
        self.summary.unchanged += len(batch.unchanged)
        self.summary.failures.add(batch.failures)
        for stage, seconds in batch.seconds.items():
            self.summary.stages[stage] = self.summary.stages.get(stage, 0.0) + seconds
        settled = {key: batch.stamps[key] for key in batch.unchanged if key in batch.stamps}
        self.job.settle(batch.unchanged, [failure.id for failure in batch.failures], settled)
        self.documents |= batch.documents
        self.stamps |= {key: stamp for key, stamp in batch.stamps.items() if key in batch.documents}
        self.paths |= batch.paths
        if len(self.documents) >= _BULK:
            self.flush()

    def flush(self) -> None:
        with timed(self.summary.stages, "write"):
            refused = self.writer.write(self.documents)
        self.summary.failures.add(Failure(self.paths[key], key, reason) for key, reason in refused.items())
        self.summary.written += len(self.documents) - len(refused)
        done = [key for key in self.documents if key not in refused]
        self.job.settle(done, refused, {key: self.stamps.get(key, "") for key in done})
        self.documents, self.paths, self.stamps = {}, {}, {}


def _batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
