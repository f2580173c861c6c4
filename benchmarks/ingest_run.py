"""What the benchmarks of ingest share: the command in a process of its own, and an index that is gone afterwards."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opensearchpy import OpenSearch

from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings, resolve_settings

__all__ = ["IngestRun", "connection_settings", "finished", "ingest", "own_index", "own_state", "start_ingest"]


@dataclass(frozen=True)
class IngestRun:
    """`seconds` are those of the run as it reports them, `process_seconds` those of the whole process."""

    summary: dict[str, Any]
    process_seconds: float

    @property
    def seconds(self) -> float:
        """As reported: without the start of Python and the loading of the model."""
        return float(self.summary["seconds"])


def connection_settings() -> ConnectionSettings:
    """As the command line has them, which the command reads too."""
    return resolve_settings(os.environ.get("LOOKALIKE_URL"))


@contextmanager
def own_index(name: str, settings: ConnectionSettings) -> Iterator[OpenSearch]:
    """A client, while the name is the benchmark's; index and template are deleted before and at the end."""
    client = connect(settings)
    client.indices.delete(index=name, ignore_unavailable=True)
    try:
        yield client
    finally:
        client.indices.delete(index=name, ignore_unavailable=True)
        client.indices.delete_index_template(name=f"lookalike-{name}", ignore=[404])


@contextmanager
def own_state() -> Iterator[Path]:
    """A folder for the checkpoints of runs started in it, so that they are neither found nor left among the user's."""
    with tempfile.TemporaryDirectory(prefix="lookalike-benchmark-") as folder:
        before = os.environ.get("XDG_STATE_HOME")
        os.environ["XDG_STATE_HOME"] = folder
        try:
            yield Path(folder)
        finally:
            if before is None:
                del os.environ["XDG_STATE_HOME"]
            else:
                os.environ["XDG_STATE_HOME"] = before


def start_ingest(sources: list[Path], index: str, *options: str) -> "subprocess.Popen[str]":
    """Start `lookalike ingest … --json`."""
    command = [sys.executable, "-m", "lookalike", "ingest", *map(str, sources), "--index", index, "--json", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finished(process: "subprocess.Popen[str]", began: float, written: int, unchanged: int) -> IngestRun:
    """Wait for the command; ends the program unless it wrote and left so many images.

    `began` is the `perf_counter` at its start.
    """
    output, complaints = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode != 0:
        sys.exit(complaints or output)
    summary = json.loads(output.splitlines()[-1])
    if (summary["written"], summary["unchanged"], summary["failed"]) != (written, unchanged, 0):
        sys.exit(f"Error: expected {written} images written and {unchanged} unchanged, found {summary}")
    return IngestRun(summary, seconds)


def ingest(sources: list[Path], index: str, *options: str, written: int, unchanged: int = 0) -> IngestRun:
    """Run the command; ends the program unless it wrote and left so many images."""
    began = time.perf_counter()
    return finished(start_ingest(sources, index, *options), began, written, unchanged)
