"""What becomes of images: documents wait until there are enough of them for one request, and whoever counts is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lookalike.ingest.failures import Failure
from lookalike.ingest.mapper import MappedBatch
from lookalike.ingest.stages import Seconds, timed
from lookalike.ingest.writer import BulkWriter

__all__ = ["Buffer", "Outcome"]

_BULK = 128  # documents written in one request
_BULK_REGIONS = 16_384  # and vectors of regions: about 40 MB of JSON


@dataclass
class Outcome:
    """What became of some images: the ids of those that the index has now and of those that it had, failures, stamps by
    id, seconds by stage, and the budgets that images need whose regions are larger than asked for."""

    written: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)
    seconds: Seconds = field(default_factory=dict)
    budgets: list[int] = field(default_factory=list)


@dataclass
class Buffer:
    """Documents that wait until there are enough of them for one request; `settle` is told what became of images, of
    those written after the index has them."""

    writer: BulkWriter
    settle: Callable[[Outcome], None]
    documents: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, str] = field(default_factory=dict)

    def add(self, batch: MappedBatch) -> None:
        """Take a batch; what needs no writing is settled."""
        stamps = {key: batch.stamps[key] for key in batch.unchanged if key in batch.stamps}
        self.settle(Outcome([], batch.unchanged, batch.failures, stamps, batch.seconds, batch.budgets))
        self.documents |= batch.documents
        self.stamps |= {key: stamp for key, stamp in batch.stamps.items() if key in batch.documents}
        self.paths |= batch.paths
        regions = sum(len(document.get("regions", ())) for document in self.documents.values())
        if len(self.documents) >= _BULK or regions >= _BULK_REGIONS:
            self.flush()

    def flush(self) -> None:
        """Write what waits, and settle it."""
        outcome = Outcome()
        with timed(outcome.seconds, "write"):
            refused = self.writer.write(self.documents)
        outcome.failures = [Failure(self.paths[key], key, reason) for key, reason in refused.items()]
        outcome.written = [key for key in self.documents if key not in refused]
        outcome.stamps = {key: self.stamps.get(key, "") for key in outcome.written}
        self.documents, self.paths, self.stamps = {}, {}, {}
        self.settle(outcome)
