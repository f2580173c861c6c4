"""What a person or a script is told about a run: progress, summary, failed rows."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lookalike.errors import ConfigError
from lookalike.ingest.mapper import Failure
from lookalike.ingest.runner import Summary
from lookalike.printable import printable

__all__ = ["print_summary", "progress_bar", "require_writable", "write_failed_rows"]

_SHOWN_FAILURES = 10


@contextmanager
def progress_bar(total: int, quiet: bool) -> Iterator[Callable[[Summary], None]]:
    """Yield what shows how far a run is: a bar on standard error with count, rate and time left.

    Where that is not a terminal nothing is shown, and Rich, a twentieth of a second, is not loaded.
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
    for failure in summary.failures[:_SHOWN_FAILURES]:
        print(f"  failed: {failure.path}: {printable(failure.reason)}", file=sys.stderr)
    if len(summary.failures) > _SHOWN_FAILURES:
        more = len(summary.failures) - _SHOWN_FAILURES
        print(f"  … and {more} more; --failed FILE writes all of them", file=sys.stderr)


def require_writable(file: Path) -> None:
    """Raise ConfigError if a file of failed rows cannot be written; before a run, which may be long."""
    _write(file, "a", "")


def write_failed_rows(failures: list[Failure], file: Path) -> None:
    """Write one JSON object a line: `path` and `reason`. Raises ConfigError if the file cannot be written."""
    lines = [json.dumps({"path": failure.path, "reason": failure.reason}) + "\n" for failure in failures]
    _write(file, "w", "".join(lines))


def _write(file: Path, mode: str, text: str) -> None:
    try:
        with file.open(mode) as stream:
            stream.write(text)
    except OSError as error:
        raise ConfigError(f"--failed: cannot write {file}: {error.strerror}") from error
