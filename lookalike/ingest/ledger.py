"""The book of a run: which images are to be ingested, what became of them, and how many of each there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lookalike.ingest.batching import batched
from lookalike.ingest.failures import Failure, Failures
from lookalike.ingest.item import Item
from lookalike.ingest.job import Job, Verdict
from lookalike.ingest.outcome import Outcome
from lookalike.ingest.stages import Seconds, timed
from lookalike.ingest.writer import BulkWriter

__all__ = ["LOOKUP", "Group", "Ledger", "Summary"]

LOOKUP = 512  # images whose state is asked for in one request


@dataclass
class Summary:
    """What a run did. Every image it came upon is in exactly one of `written`, `unchanged`, `skipped` (because the
    checkpoint has it) and `failures`.

    `unreadable` counts the failures of sources, behind which there may be more images. `stages` are seconds by stage,
    those of the mapping threads added up. `enlarged` images have larger regions than asked for, because they would
    be too many; a budget of `budget_needed` is enough for all of them. `complete` says that the run came to the end of
    its sources.
    """

    written: int = 0
    unchanged: int = 0
    skipped: int = 0
    failures: Failures = field(default_factory=Failures)
    unreadable: int = 0
    seconds: float = 0.0
    stages: Seconds = field(default_factory=dict)
    enlarged: int = 0
    budget_needed: int = 0
    complete: bool = False

    @property
    def done(self) -> int:
        """Images that the run is finished with."""
        return self.written + self.unchanged + self.skipped + self.failures.count


@dataclass(frozen=True)
class Group:
    """Images to ingest, what the index knows of them, and the stamps of their sources; both by id."""

    items: Sequence[Item]
    known: Mapping[str, Mapping[str, Any]]
    stamps: Mapping[str, str]


@dataclass(frozen=True)
class Ledger:
    """Hands out the images that are to be ingested and takes what became of them; `summary` is kept up to date.

    With `force` nothing is looked up in the index. Not to be used from several threads.
    """

    job: Job
    writer: BulkWriter
    summary: Summary
    force: bool

    def groups(self, items: Iterable[Item]) -> Iterator[Group]:
        """Groups of at most LOOKUP images, less those that the checkpoint has or that came before, so it may be none.

        Each is claimed and looked up when it is asked for. Raises what the writer raises.
        """
        if not self.force:
            self.writer.refresh()
        for group in batched(self._told(items), LOOKUP):
            claimed = self._claim(group)
            with timed(self.summary.stages, "look up"):
                ids = [item.id for item in claimed]
                known = self.writer.known(ids) if ids and not self.force else {}
            yield Group(claimed, known, self.job.stamps)

    def settle(self, outcome: Outcome) -> None:
        """Count, and tell the checkpoint."""
        self.summary.written += len(outcome.written)
        self.summary.unchanged += len(outcome.unchanged)
        self.summary.failures.add(outcome.failures)
        for stage, seconds in outcome.seconds.items():
            self.summary.stages[stage] = self.summary.stages.get(stage, 0.0) + seconds
        self.summary.enlarged += len(outcome.budgets)
        self.summary.budget_needed = max(self.summary.budget_needed, *outcome.budgets, 0)
        failed = [failure.id for failure in outcome.failures]
        self.job.settle([*outcome.written, *outcome.unchanged], failed, outcome.stamps)

    def close(self, complete: bool) -> None:
        """Show searches what was written; `complete` says that all groups were handed out and settled."""
        self.writer.refresh()
        if complete:
            self.job.finish()
            self.summary.complete = True

    def _told(self, items: Iterable[Item]) -> Iterator[Item]:
        iterator = iter(items)
        while True:
            with timed(self.summary.stages, "list"):
                item = next(iterator, None)
            if item is None:
                return
            yield item

    def _claim(self, group: Sequence[Item]) -> list[Item]:
        """Those of a group that are to be ingested."""
        claimed = []
        for item, verdict in zip(group, self.job.claim([item.id for item in group]), strict=True):
            if item.unreadable:
                self.summary.unreadable += 1
            if verdict is Verdict.INGEST:
                claimed.append(item)
            elif verdict is Verdict.SKIP:
                self.summary.skipped += 1
            else:
                failure = Failure(item.shown_path, item.id, "its id was there before in this run")
                self.summary.failures.add([failure])
        return claimed
