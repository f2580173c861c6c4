"""What a run in this process has written so far, for tests that do something in the middle of it."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from lookalike.ingest.writer import BulkWriter

__all__ = ["Writes", "be_patient", "watch"]


class Writes:
    """How many documents each call of the writer was given, and how many it has written in all."""

    def __init__(self) -> None:
        self.tried: list[int] = []
        self.written = 0


def watch(patch: pytest.MonkeyPatch, before_second: Callable[[], None] = lambda: None) -> Writes:
    """Watch the writer; call `before_second` when the first request is through and the second is due."""
    writes, write = Writes(), BulkWriter.write

    def watched(writer: BulkWriter, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        writes.tried.append(len(documents))
        if len(writes.tried) == 2:
            before_second()
        refused = write(writer, documents)
        writes.written += len(documents) - len(refused)
        return refused

    patch.setattr(BulkWriter, "write", watched)
    return writes


def be_patient(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let writers wait that long for OpenSearch, and no longer."""
    patch.setattr(BulkWriter.__init__, "__defaults__", (seconds,))
