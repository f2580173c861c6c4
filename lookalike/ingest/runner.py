"""The run: list, look up, map in threads, write, count."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

from lookalike.fetching.fetcher import Fetcher, Limits
from lookalike.ingest.batching import batched
from lookalike.ingest.item import Item
from lookalike.ingest.job import Job
from lookalike.ingest.ledger import LOOKUP, Ledger, Summary
from lookalike.ingest.mapper import MappedBatch, Mapper
from lookalike.ingest.outcome import Buffer
from lookalike.ingest.remote import Fetchable, Fetching
from lookalike.ingest.writer import BulkWriter

if TYPE_CHECKING:
    from lookalike.encoder.tiles import Tiling

__all__ = ["Settings", "begin_fetching", "run"]

# A region is a kilobyte in memory.
_REGIONS_IN_BATCH, _REGIONS_WAITING = 4096, 131_072


@dataclass(frozen=True)
class Settings:
    """How to run: `workers` threads read, decode and embed batches of `batch_size`; `force` embeds every image without
    asking the index what it has. `connections` fetch at a time, within `limits`. At most `waiting` images are begun
    before the first of them is written."""

    workers: int
    batch_size: int
    force: bool = False
    connections: int = 32
    limits: Limits = field(default_factory=Limits)
    waiting: int = LOOKUP

    def for_regions(self, tiling: "Tiling | None") -> Self:
        """The same with fewer images at once, the more regions each may have."""
        if tiling is None:
            return self
        batch_size = max(1, _REGIONS_IN_BATCH // tiling.budget)
        waiting = max(1, _REGIONS_WAITING // tiling.budget)
        return replace(self, batch_size=min(self.batch_size, batch_size), waiting=min(self.waiting, waiting))

    def fetching(self) -> Fetching:
        """What fetches for this run, the images of two batches ahead: a batch is begun as a whole before it is read."""
        ahead = 2 * max(self.connections, self.batch_size)
        return Fetching(Fetcher(self.limits, self.connections), self.connections, ahead)


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
    ledger = Ledger(job, writer, summary, settings.force)
    buffer = Buffer(writer, ledger.settle)
    fetching = settings.fetching()
    waiting: deque[Future[MappedBatch]] = deque()
    most_waiting = max(settings.waiting // settings.batch_size, 3 * settings.workers)
    pool = ThreadPoolExecutor(settings.workers, thread_name_prefix="map")
    try:
        groups = ledger.groups(items)
        while not stopping() and (group := next(groups, None)):
            for batch in batched(group.items, settings.batch_size):
                begin_fetching(batch, group.known, group.stamps, mapper, fetching)
                waiting.append(pool.submit(mapper.map, batch, group.known))
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
        ledger.close(complete=not stopped)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        fetching.close()
        summary.seconds = time.monotonic() - began
    progress(summary)


def begin_fetching(
    items: Iterable[Item],
    known: Mapping[str, Mapping[str, Any]],
    stamps: Mapping[str, str],
    mapper: Mapper,
    fetching: Fetching,
) -> None:
    """Start to fetch what is remote; only if it has changed where the index has what would be written.

    What is known to be unreadable is not begun: nobody would take it, and each that is not taken holds up another one.
    """
    for item in items:
        if isinstance(item, Fetchable) and not item.unreadable:
            found = {key: value for key, value in known.get(item.id, {}).items() if key != "content_sha256"}
            as_wanted = found == mapper.origin(item)
            item.begin(fetching, stamps.get(item.id, "") if as_wanted else "")
