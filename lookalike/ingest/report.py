"""What a person or a script is told about a run: progress, summary, failed rows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from lookalike.errors import ConfigError
from lookalike.ingest.mapper import Failure
from lookalike.ingest.runner import Summary

__all__ = ["print_summary", "progress_bar", "write_failed_rows"]

_SHOWN_FAILURES = 10


class _RateColumn(TextColumn):
    def __init__(self) -> None:
        super().__init__("{task.fields[rate]}")


@contextmanager
def progress_bar(total: int, quiet: bool) -> Iterator["ProgressReport"]:
    """A bar on standard error with count, rate and time left; nothing where that is not a terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("ingesting"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=quiet or not console.is_terminal) as progress:
        yield ProgressReport(progress, total)


class ProgressReport:
    """Feeds a run's summary to the bar."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._task = progress.add_task("ingesting", total=total, rate="")

    def __call__(self, summary: Summary) -> None:
        """Show how far the run is."""
        speed = self._progress.tasks[0].speed
        rate = f"{speed:.0f} images/s" if speed else ""
        self._progress.update(self._task, completed=summary.done, rate=rate)


def print_summary(summary: Summary, index: str, as_json: bool) -> None:
    """Print the counts, and on a terminal the first failures; with `as_json` one object a line for each."""
    rate = summary.done / summary.seconds if summary.seconds else 0.0
    if as_json:
        for failure in summary.failures:
            print(json.dumps({"failed": failure.path, "reason": failure.reason}))
        counts = {
            "index": index,
            "written": summary.written,
            "unchanged": summary.unchanged,
            "failed": len(summary.failures),
            "seconds": round(summary.seconds, 2),
        }
        print(json.dumps(counts))
        return
    print(
        f"{index}: {summary.written} written, {summary.unchanged} unchanged, {len(summary.failures)} failed "
        f"in {summary.seconds:.1f} s ({rate:.0f} images/s)"
    )
    errors = Console(stderr=True, soft_wrap=True)
    for failure in summary.failures[:_SHOWN_FAILURES]:
        errors.print(Text(f"  failed: {failure.path}: {failure.reason}"))
    if len(summary.failures) > _SHOWN_FAILURES:
        errors.print(f"  … and {len(summary.failures) - _SHOWN_FAILURES} more; --failed FILE writes all of them")


def write_failed_rows(failures: list[Failure], file: Path) -> None:
    """Write one JSON object a line: `path` and `reason`. Raises ConfigError if the file cannot be written."""
    lines = [json.dumps({"path": failure.path, "reason": failure.reason}) + "\n" for failure in failures]
    try:
        file.write_text("".join(lines))
    except OSError as error:
        raise ConfigError(f"--failed: cannot write {file}: {error.strerror}") from error
