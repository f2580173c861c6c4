"""What a person or a script is told about a run: progress, summary, failures."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lookalike.ingest.failures import Failure
from lookalike.ingest.ledger import Summary
from lookalike.printable import printable

__all__ = ["print_failure", "print_summary", "progress_bar"]

_SHOWN_REASONS = 5
_STAGES = ("list", "look up", "read", "decode", "embed", "write")


@contextmanager
def progress_bar(total: int | None, quiet: bool) -> Iterator[Callable[[Summary], None]]:
    """Yield what shows how far a run is: a bar on standard error with count, rate and time left.

    Where that is not a terminal nothing is shown, and Rich, a twentieth of a second, is not loaded. `total` is None
    where nobody knows it.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda summary: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("ingesting"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("ingesting", total=total, rate="")

        def show(summary: Summary) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, completed=summary.done, rate=f"{speed:.0f} images/s" if speed else "")

        yield show


def print_failure(failure: Failure) -> None:
    """Print a failure as one JSON object, for scripts."""
    print(json.dumps({"failed": failure.path, "reason": failure.reason}))


def print_summary(summary: Summary, index: str, as_json: bool) -> None:
    """Print the counts, time by stage and, on a terminal, the first failures; with `as_json` one object."""
    if as_json:
        counts = {
            "index": index,
            "written": summary.written,
            "unchanged": summary.unchanged,
            "skipped": summary.skipped,
            "failed": summary.failures.count,
            "failed_by_reason": dict(summary.failures.by_reason.most_common()),
            "seconds": round(summary.seconds, 2),
            "seconds_by_stage": {stage: round(summary.stages.get(stage, 0.0), 2) for stage in _STAGES},
        }
        if summary.enlarged:
            counts |= {"enlarged_regions": summary.enlarged, "region_budget_needed": summary.budget_needed}
        print(json.dumps(counts))
        return
    rate = summary.done / summary.seconds if summary.seconds else 0.0
    skipped = f"{summary.skipped} done before, " if summary.skipped else ""
    failures = summary.failures
    print(
        f"{index}: {summary.written} written, {summary.unchanged} unchanged, {skipped}{failures.count} failed "
        f"in {summary.seconds:.1f} s ({rate:.0f} images/s)"
    )
    stages = ", ".join(f"{stage} {summary.stages[stage]:.1f}" for stage in _STAGES if stage in summary.stages)
    if stages:
        print(f"  seconds by stage, of all threads: {stages}")
    if summary.enlarged:
        print(
            f"  {summary.enlarged} have larger regions than --region-side says, as they would be too many; raise "
            f"--region-budget to {summary.budget_needed}, or --region-side",
            file=sys.stderr,
        )
    for failure in failures.first:
        print(f"  failed: {failure.path}: {printable(failure.reason)}", file=sys.stderr)
    if failures.count > len(failures.first):
        more = failures.count - len(failures.first)
        print(f"  … and {more} more; --failed FILE writes all of them", file=sys.stderr)
        for reason, count in failures.by_reason.most_common(_SHOWN_REASONS):
            print(f"  {count} × {printable(reason)}", file=sys.stderr)
