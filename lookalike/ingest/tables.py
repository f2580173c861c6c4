"""Rows of a manifest: CSV, JSON Lines and Parquet, one after the other, never held whole."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from lookalike.errors import ImageError, SourceError
from lookalike.ingest.stored_file import StoredFile
from lookalike.printable import printable

__all__ = ["FORMATS", "Row", "rows_of"]

_PARQUET_ROWS = 4096  # read at once, or fewer if they are large
_PARQUET_BYTES = 32_000_000
_DELIMITERS = ",;\t|"


@dataclass(frozen=True)
class Row:
    """A row, its number in the file (the first is 1, a CSV's header not counted), its values, or why it has none."""

    number: int
    values: Mapping[str, Any] = field(default_factory=dict)
    fault: str | None = None


def rows_of(file: Path | StoredFile) -> Iterator[Row]:
    """The rows of a manifest, whose format its name tells.

    Raises SourceError if the file cannot be read or is not of that format as a whole; a row that is not becomes
    a fault.
    """
    try:
        yield from FORMATS[file.suffix.lower()](file)
    except (OSError, ImageError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        raise SourceError(f"cannot read {_shown(file)}: {reason}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"{_shown(file)} is not UTF-8: {error.reason} at byte {error.start}") from error


def _csv(file: Path | StoredFile) -> Iterator[Row]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        first = stream.readline()
        stream.seek(0)
        delimiter = max(_DELIMITERS, key=first.count) if file.suffix.lower() == ".csv" else "\t"
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        header = _next(reader)
        if not isinstance(header, list):
            raise SourceError(f"{_shown(file)} is {header or 'empty'}; expected a first line with names of columns")
        _require_names(file, header)
        number = 0
        while (cells := _next(reader)) is not None:
            if not cells:
                continue  # an empty line
            number += 1
            if isinstance(cells, str):
                yield Row(number, fault=cells)
            elif len(cells) != len(header):
                yield Row(number, fault=f"{len(cells)} values, but the first line names {len(header)} columns")
            else:
                yield Row(number, dict(zip(header, cells, strict=True)))


def _next(reader: Iterator[list[str]]) -> list[str] | str | None:
    """The next line's cells, what is wrong with it, or None at the end."""
    try:
        return next(reader, None)
    except csv.Error as error:
        return f"not CSV: {error}"


def _require_names(file: Path | StoredFile, header: Sequence[str]) -> None:
    if len(set(header)) < len(header) or not all(header):
        raise SourceError(f"{_shown(file)}: expected a different name for every column, found {', '.join(header)}")


def _json_lines(file: Path | StoredFile) -> Iterator[Row]:
    with file.open("rb") as stream:
        number = 0
        for line in stream:
            if line.strip():
                number += 1
                yield json_row(number, line)


def json_row(number: int, line: bytes | str) -> Row:
    """A row of JSON Lines."""
    try:
        values = orjson.loads(line)
    except ValueError as error:
        return Row(number, fault=f"not JSON: {printable(str(error))[:120]}")
    if not isinstance(values, dict):
        return Row(number, fault=f"expected a JSON object, found {type(values).__name__}")
    return Row(number, values)


def _parquet(file: Path | StoredFile) -> Iterator[Row]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise SourceError(
            f"{_shown(file)} needs the package pyarrow, which is not installed: pip install 'lookalike[parquet]'"
        ) from None
    try:
        number = 0
        with file.open("rb") as stream, parquet.ParquetFile(stream) as table:
            groups = [table.metadata.row_group(index) for index in range(table.metadata.num_row_groups)]
            largest = max((group.total_byte_size // max(1, group.num_rows) for group in groups), default=0)
            at_once = min(_PARQUET_ROWS, max(1, _PARQUET_BYTES // max(1, largest)))
            for batch in table.iter_batches(at_once):
                for values in batch.to_pylist():
                    number += 1
                    yield Row(number, values)
    except (ArrowException, ValueError, OverflowError) as error:
        reason = printable(" ".join(str(error).split()))[:160]
        raise SourceError(f"{_shown(file)} is not a usable Parquet file: {reason}") from error


def _shown(file: Path | StoredFile) -> str:
    return printable(str(file))


FORMATS: Mapping[str, Callable[[Path | StoredFile], Iterator[Row]]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}
