"""Documents of drawn vectors, as ingest writes them but without a thumbnail, and how they are loaded."""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.quantise import to_bytes
from lookalike.errors import RequestFailedError
from lookalike.ingest.item import item_id
from lookalike.ingest.writer import BulkWriter

__all__ = ["DRAWN", "NUMBERS", "load", "numbered", "vector_document", "vector_id"]

NUMBERS = 1000  # what `metadata.number` is below: a filter on it keeps as large a share as wanted
DRAWN = "drawn"
_BULK = 500  # documents a request

Vectors = NDArray[np.float32]
Numbered = tuple[Vectors, NDArray[np.int64]]


def numbered(portions: Iterable[Vectors], seed: int = 0) -> Iterator[Numbered]:
    """Portions of vectors with a number of each, drawn evenly from 0 to NUMBERS - 1; the same seed draws the same."""
    for place, portion in enumerate(portions):
        yield portion, np.random.default_rng([seed, 3, place]).integers(NUMBERS, size=len(portion))


def load(writer: BulkWriter, portions: Iterable[Numbered], as_bytes: bool) -> Iterator[tuple[int, float]]:
    """Write all and refresh; yields how many are written, and the seconds that writing took by then.

    `as_bytes` stores signed bytes. Raises RequestFailedError if OpenSearch refuses one.
    """
    row, seconds = 0, 0.0
    for vectors, numbers in portions:
        stored = to_bytes(vectors) if as_bytes else vectors
        for start in range(0, len(stored), _BULK):
            some = range(start, min(start + _BULK, len(stored)))
            documents = {
                vector_id(row + place): vector_document(row + place, stored[place], int(numbers[place]))
                for place in some
            }
            began = time.perf_counter()
            refused = writer.write(documents)
            seconds += time.perf_counter() - began
            if refused:
                raise RequestFailedError(f"{len(refused)} documents refused: {next(iter(refused.values()))}", 400)
        row += len(vectors)
        yield row, seconds
    began = time.perf_counter()
    writer.refresh()
    yield row, seconds + time.perf_counter() - began


def vector_id(number: int) -> str:
    """Of the document of a drawn vector."""
    return item_id(_uri(number))


def vector_document(row: int, vector: NDArray[Any], number: int = 0) -> dict[str, Any]:
    """A document as ingest writes it, less the thumbnail; `number` is what it can be filtered by."""
    return {
        "content_sha256": vector_id(row) + "0" * 24,
        "image_url": _uri(row),
        "model": f"{DRAWN}@" + "0" * 12,
        "metadata": {"filename": f"{row:07}.jpg", "folder": f"{row // 1000:04}", "number": number},
        "bytes": 10_000 + row,
        "width": 400,
        "height": 300,
        "format": "JPEG",
        "ingested_at": "2025-01-01T00:00:00+00:00",
        "embedding": vector,
    }


def _uri(row: int) -> str:
    return f"file:///pictures/{row // 1000:04}/{row:07}.jpg"
