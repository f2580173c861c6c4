"""What a soak tells in the end: tables, and whether what was asked for holds."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.bounds import bound
from benchmarks.soak.memory import JUDGED_AFTER, Sample, Thirds, lives
from benchmarks.soak.presence import Absence
from benchmarks.soak.tally import Tally
from benchmarks.soak.work import ANSWERED_MEANWHILE

__all__ = ["FLAT", "Ended", "Verdict", "tables", "verdicts"]

FLAT = 1.15
_MEGABYTE = 1_000_000
_KINDS = 8


@dataclass(frozen=True)
class Ended:
    """A soak that is over: from when to when it worked, of the monotonic clock, what came of it, and the bytes that the
    nodes still have reserved for pictures."""

    began: float
    ended: float
    tally: Tally
    absences: Sequence[Absence]
    samples: Sequence[Sample]
    reserved: int


@dataclass(frozen=True)
class Verdict:
    """Whether something that was asked for holds."""

    text: str
    value: str
    holds: bool

    def __str__(self) -> str:
        """Its line."""
        return bound(self.text, self.value, self.holds)


def tables(ended: Ended) -> str:
    """What was done, what failed while a node was away, and the memory, in Markdown."""
    away = [absence.ended - absence.began for absence in ended.absences]
    rows = [("time", f"{(ended.ended - ended.began) / 60:.1f} min")]
    rows += [(what, f"{count:,}") for what, count in ended.tally.counts.items()]
    rows.append(("restarts", f"{len(away)}" + (f", of {statistics.median(away):.0f} s" if away else "")))
    parts = [_table(("", ""), rows)]
    if ended.tally.excused:
        found = ended.tally.excused.most_common(_KINDS)
        rows = [(text.replace("|", "/"), f"{count:,}") for text, count in found]
        rest = ended.tally.excused.total() - sum(count for _, count in found)
        rows += [("others", f"{rest:,}")] if rest else []
        parts.append(_table(("failed while a node or a copy was away, and was done again", "times"), rows))
    head = ("process", "minutes", "heap after a full collection, MB", "resident without mapped files, MB")
    parts.append("Memory: medians of the first, the middle and the last third of the samples of each process.")
    of_processes = [
        (life.name, f"{life.seconds / 60:.1f}", _told(life.heap), _told(life.resident)) for life in lives(ended.samples)
    ]
    parts.append(_table(head, of_processes))
    return "\n\n".join(parts)


def verdicts(ended: Ended, is_memory_judged: bool) -> list[Verdict]:
    """On everything that was asked for; on memory only if the run was meant to be long enough."""
    tally = ended.tally
    found = [
        Verdict(f"documents or answers {kind}", f"{len(texts)}", not texts) for kind, texts in tally.faults.items()
    ]
    found.append(
        Verdict("requests that failed while every node was there", f"{len(tally.failures)}", not tally.failures)
    )
    found.append(
        Verdict(
            "restarts after which every copy was in its place again", f"{len(ended.absences)}", bool(ended.absences)
        )
    )
    meanwhile = tally.counts[ANSWERED_MEANWHILE]
    found.append(Verdict("searches answered meanwhile, at least one", f"{meanwhile:,}", meanwhile > 0))
    found.append(Verdict("bytes reserved for pictures at the end", f"{ended.reserved:,}", ended.reserved == 0))
    if is_memory_judged:
        judged = [life for life in lives(ended.samples) if life.is_judged]
        found.append(_flat("heap after a full collection", [life.heap for life in judged if life.heap]))
        found.append(_flat("resident without mapped files", [life.resident for life in judged]))
    return found


def _flat(what: str, found: Sequence[Thirds]) -> Verdict:
    text = (
        f"{what}, last third at most {FLAT} times the middle third, "
        f"of each process watched for {JUDGED_AFTER / 60:.0f} minutes"
    )
    if not found:
        return Verdict(text, "no process was that old", False)
    worst = max(last / middle for _, middle, last in found)
    return Verdict(text, f"{worst:.2f} at most, of {len(found)} processes", worst <= FLAT)


def _told(values: Thirds | None) -> str:
    return " / ".join(f"{value / _MEGABYTE:.0f}" for value in values) if values else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
