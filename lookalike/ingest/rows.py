"""What a row says: which image it names, its id and its metadata."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.errors import ImageError
from lookalike.ingest.columns import Column, ColumnChoice, cast
from lookalike.ingest.tables import Row

__all__ = ["PATH_NAMES", "NamedImage", "find_path_column", "read_row"]

# What people call the column that names the image; the first that is there is taken.
PATH_NAMES = (
    "path",
    "image_path",
    "file_path",
    "filepath",
    "file_name",
    "filename",
    "file",
    "image_url",
    "url",
    "uri",
    "image",
    "img",
)


@dataclass(frozen=True)
class NamedImage:
    """The path or URL that a row names, its id if there is a column of ids, and its columns that become metadata."""

    name: str
    identity: str | None
    columns: Mapping[str, Any]


def find_path_column(names: Iterable[str]) -> str | None:
    """The column that names the image, by its name in upper or lower case; None if no column is called so."""
    by_lower = {name.lower(): name for name in reversed(list(names))}
    return next((by_lower[name] for name in PATH_NAMES if name in by_lower), None)


def read_row(
    row: Row,
    path: str,
    choice: ColumnChoice,
    columns: Sequence[Column],
    types: Mapping[str, str],
    from_text: bool = False,
) -> NamedImage:
    """What a row says whose column `path` names the image.

    `columns` become metadata, of the `types` by their names there; `from_text` is as in `cast`. Raises ImageError with
    the reason why the row cannot be used.
    """
    if row.fault is not None:
        raise ImageError(row.fault)
    named = row.values.get(path)
    if not isinstance(named, str) or not named.strip():
        raise ImageError(f"no path or URL in the column {path!r}")
    identity = choice.identity(row.values)
    if choice.id and identity is None:
        raise ImageError(f"no id in the column {choice.id!r}")
    metadata: dict[str, Any] = {}
    for column in columns:
        try:
            value = cast(row.values.get(column.source), types.get(column.name), from_text)
        except ValueError as error:
            raise ImageError(f"column {column.source!r}: {error}") from error
        if value is not None:
            metadata[column.name] = value
    return NamedImage(named.strip(), identity, metadata)
