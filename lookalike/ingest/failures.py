"""Failed rows: written to a file as they happen, counted by reason, never held."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lookalike.errors import ConfigError

__all__ = ["Failure", "Failures", "failed_rows_file", "require_writable"]

_KEPT = 10
_REASONS = 100  # kinds of reasons counted apart
_DETAIL = re.compile(r"['\"(:].*|\d[\d,]*")


@dataclass(frozen=True)
class Failure:
    """An image that did not become a document, its id, and why."""

    path: str
    id: str
    reason: str


class Failures:
    """How many there were, for which reasons, and the first of them; each is handed to all of `tell` as it comes."""

    def __init__(self, tell: Sequence[Callable[[Failure], None]] = ()) -> None:
        self.count = 0
        self.first: list[Failure] = []
        self.by_reason: Counter[str] = Counter()
        self._tell = tell

    def add(self, failures: Iterable[Failure]) -> None:
        """Take failures into account."""
        for failure in failures:
            self.count += 1
            if len(self.first) < _KEPT:
                self.first.append(failure)
            kind = _DETAIL.sub("", failure.reason).strip() or "unknown"
            self.by_reason[kind if kind in self.by_reason or len(self.by_reason) < _REASONS else "others"] += 1
            for tell in self._tell:
                tell(failure)


def require_writable(file: Path) -> None:
    """Raise ConfigError if a file of failed rows cannot be written; before a run, and before what it holds is lost."""
    try:
        file.open("a").close()
    except OSError as error:
        raise ConfigError(f"--failed: cannot write {file}: {error.strerror}") from error


@contextmanager
def failed_rows_file(file: Path | None) -> Iterator[Callable[[Failure], None]]:
    """Yield what writes a failure as one JSON object a line, `path`, `id` and `reason`, to a file that it begins anew.

    Raises ConfigError if the file cannot be written.
    """
    if file is None:
        yield lambda failure: None
        return
    fresh = file.with_name(f"{file.name}.part")  # the old one may be what this run reads
    try:
        stream = fresh.open("w", encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"--failed: cannot write {fresh}: {error.strerror}") from error

    def write(failure: Failure) -> None:
        _write(stream, fresh, failure)

    try:
        yield write
    finally:
        stream.close()
        fresh.replace(file)


def _write(stream: IO[str], file: Path, failure: Failure) -> None:
    try:
        stream.write(json.dumps(vars(failure)) + "\n")
        stream.flush()
    except OSError as error:
        raise ConfigError(f"--failed: cannot write {file}: {error.strerror}") from error
