"""Under what a benchmark ran: the line that belongs beside its figures."""

import importlib.metadata
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

import psutil
from opensearchpy import OpenSearch

import lookalike

__all__ = ["conditions"]


def conditions(client: OpenSearch | None = None) -> str:
    """Date, processor, memory, versions (the cluster's if there is one), and how busy the last minute was."""
    processor = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    cluster = f"OpenSearch {client.info()['version']['number']}, " if client else ""
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {os.cpu_count()} cores ({processor}), {memory:.0f} GiB; "
        f"{cluster}lookalike {lookalike.__version__}, "
        f"Python {platform.python_version()}, ONNX Runtime {importlib.metadata.version('onnxruntime')}; "
        f"load {os.getloadavg()[0]:.1f}"
    )


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text().splitlines()
    except OSError:
        return []
