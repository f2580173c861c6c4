"""What decoding and embedding cost with nothing around them: the same threads and batches as ingest."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession

__all__ = ["BATCH", "decode_and_embed", "decode_only", "embed_only"]

BATCH = 16


def decode_only(session: EncoderSession, files: Sequence[Path], workers: int) -> tuple[float, list[NDArray[np.uint8]]]:
    """Seconds to read and decode the files, and the batches of pixels, `[16, side, side, 3]`."""
    return _timed(lambda batch: _decoded(session, batch), _batches(files), workers)


def embed_only(session: EncoderSession, batches: Sequence[NDArray[np.uint8]], workers: int) -> float:
    """Seconds to embed what `decode_only` has decoded."""
    return _timed(session.embed, batches, workers)[0]


def decode_and_embed(session: EncoderSession, files: Sequence[Path], workers: int) -> float:
    """Seconds to read, decode and embed the files."""
    return _timed(lambda batch: session.embed(_decoded(session, batch)), _batches(files), workers)[0]


def _decoded(session: EncoderSession, batch: Sequence[Path]) -> NDArray[np.uint8]:
    side = session.artefact.native_size
    return np.stack([decode(file.read_bytes(), side).pixels for file in batch])


def _batches(files: Sequence[Path]) -> list[Sequence[Path]]:
    return [files[start : start + BATCH] for start in range(0, len(files), BATCH)]


def _timed(work: Callable[[Any], Any], batches: Sequence[Any], workers: int) -> tuple[float, list[Any]]:
    began = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        answers = list(pool.map(work, batches))
    return time.perf_counter() - began, answers
