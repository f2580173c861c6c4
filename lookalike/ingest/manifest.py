"""Manifests: a table with a row for each image, whose other columns are metadata."""

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lookalike.errors import ImageError, SourceError
from lookalike.ingest.columns import ColumnChoice, ColumnTypes, cast
from lookalike.ingest.folders import ImageFile
from lookalike.ingest.item import Item, item_id
from lookalike.ingest.remote import RemoteImage, StoredImage, fault_of
from lookalike.ingest.stored_file import StoredFile
from lookalike.ingest.stores import OBJECT_STORES, fault_of_object, fault_of_row
from lookalike.ingest.tables import Row, json_row, rows_of
from lookalike.printable import printable

__all__ = ["ListedImage", "Manifest", "lines", "listed_image"]

# What people call the column that names the image; the first that is there is taken.
_LOCAL_NAMES = ("path", "image_path", "file_path", "filepath", "file_name", "filename", "file")
_PATH_NAMES = (*_LOCAL_NAMES, "image_url", "url", "uri", "image", "img")


@dataclass(frozen=True)
class ListedImage:
    """An image that a row names: `identity` is the id that the row gives it, or its URI.

    A row without a usable name has only `unreadable`, the reason.
    """

    file: ImageFile | None
    identity: str
    shown_path: str
    columns: Mapping[str, Any] = field(default_factory=dict)
    unreadable: str | None = None

    @property
    def uri(self) -> str:
        """The file's URI."""
        return self.file.uri if self.file else ""

    @cached_property
    def id(self) -> str:
        """The document's id."""
        return item_id(self.identity)

    @property
    def stamp(self) -> str:
        """Nothing: files are read to see whether they have changed."""
        return ""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The file's name, unless a column has that name, and the row's columns."""
        named = {"filename": self.file.metadata["filename"]} if self.file else {}
        return {**named, **self.columns}

    def read(self) -> bytes:
        """The file's bytes. Raises OSError or ImageError."""
        if self.file is None:
            raise ImageError(self.unreadable or "names no image")
        return self.file.read()


class Manifest:
    """A CSV, TSV, JSON Lines or Parquet file, read through once to count its rows and find the types of its columns.

    Relative paths start at the manifest's folder, on disk or in a store. Raises SourceError for a file that is no such
    table, has no rows, or lacks a column that was named.
    """

    def __init__(self, file: Path | StoredFile, choice: ColumnChoice) -> None:
        self._file = file
        self._shown = printable(str(file))
        self._from_text = file.suffix.lower() in {".csv", ".tsv"}
        self.types = ColumnTypes()
        names: dict[str, None] = {}
        self._rows = 0
        for row in rows_of(file):
            self._rows += 1
            names.update(dict.fromkeys(row.values))
            for name, value in row.values.items():
                self.types.observe(name, value, self._from_text)
        shown = self._shown
        if not self._rows:
            raise SourceError(f"no rows in {shown}: expected one for each image")
        self._path = _path_column(shown, list(names), choice)
        self._choice = choice
        self._columns = choice.metadata(names, self._path)
        _require(shown, list(names), [*([choice.id] if choice.id else []), *(one.source for one in self._columns)])
        self._bytes(shown)
        self.types = self._renamed()
        self._dotted(shown)

    def _renamed(self) -> ColumnTypes:
        """The types by the names that columns have as metadata."""
        found, types = self.types.found(), ColumnTypes()
        for column in self._columns:
            kind = column.type or found.get(column.source)
            if kind:
                types.declare(column.name, kind)
        return types

    def _bytes(self, shown: str) -> None:
        found = self.types.found()
        held = next((column.source for column in self._columns if found.get(column.source) == "bytes"), None)
        if held is not None:
            raise SourceError(
                f"{shown}: the column {held!r} holds bytes, which are no metadata, and images in tables are not read; "
                "choose other columns with --column, or have the images written as files or tar shards"
            )

    def _dotted(self, shown: str) -> None:
        dotted = next((column.name for column in self._columns if "." in column.name), None)
        if dotted is not None:
            raise SourceError(
                f"{shown}: OpenSearch would read the column {dotted!r} as a path because of its dot; choose and rename "
                f"columns with --column '{dotted}={dotted.replace('.', '_')}'"
            )

    def count(self) -> int:
        """How many rows there are."""
        return self._rows

    def items(self, types: Mapping[str, str]) -> Iterator[Item]:
        """An item for each row, its metadata of the given types by name; what cannot be is a reason not to read it."""
        for row in rows_of(self._file):
            yield self._item(row, types)

    def _item(self, row: Row, types: Mapping[str, str]) -> Item:
        shown = f"{self._shown} row {row.number}"
        named = row.values.get(self._path)
        fault = row.fault
        if fault is None and (not isinstance(named, str) or not named.strip()):
            fault = f"no path or URL in the column {self._path!r}"
        identity = self._choice.identity(row.values)
        if fault is None and self._choice.id and identity is None:
            fault = f"no id in the column {self._choice.id!r}"
        columns: dict[str, Any] = {}
        for column in self._columns if fault is None else []:
            try:
                value = cast(row.values.get(column.source), types.get(column.name), self._from_text)
            except ValueError as error:
                fault = f"column {column.source!r}: {error}"
                break
            if value is not None:
                columns[column.name] = value
        if fault is not None:
            return ListedImage(None, shown, shown, {}, fault)
        named = str(named).strip()
        if isinstance(self._file, Path):
            return listed_image(named, self._file.parent, identity, columns)
        if "://" in named:
            return listed_image(named, Path("/"), identity, columns)
        url = self._file.beside(named)
        return StoredImage(url, identity or url, columns, fault_of_object(url))


def listed_image(named: str, folder: Path, identity: str | None, columns: Mapping[str, Any]) -> Item:
    """The image of this path, relative to a folder, or URL: `file:`, `http:`, `https:` or an object store's."""
    scheme, separator, rest = named.partition("://")
    scheme = scheme.lower() if separator else "file"
    if scheme in {"http", "https"} or scheme in OBJECT_STORES:
        fault = fault_of_row(named) if scheme in OBJECT_STORES else fault_of(named)
        if fault is None:
            kind = StoredImage if scheme in OBJECT_STORES else RemoteImage
            return kind(named, identity or named, columns)
        shown = f"{scheme}://{rest.rpartition('@')[2]}"  # without what may be a password
        return ListedImage(None, identity or named, printable(shown), columns, fault)
    if scheme != "file":
        reason = f"{scheme}: URLs are not read; expected http, https, file, s3, gs, az or a path"
        return ListedImage(None, identity or named, printable(named), columns, reason)
    path = unquote(_local_path(named)) if separator else named
    if "\0" in path:
        return ListedImage(None, identity or named, printable(named), columns, "a path with a zero byte")
    path = path if separator else os.path.expanduser(path)
    file = ImageFile(Path(os.path.abspath(folder / path)), "")
    return ListedImage(file, identity or file.uri, file.shown_path, columns)


def _local_path(url: str) -> str:
    """The path of a `file:` URL, whose host, if it has one, is this machine."""
    return "/" + url.partition("://")[2].partition("/")[2]


def lines(stream: Iterator[str], choice: ColumnChoice) -> Iterator[Item]:
    """Images from lines: paths, or JSON objects with a column that names the image.

    Values keep the types that they have in JSON, or are of the types that columns are given.
    """
    named = {column.name: column.type for column in choice.chosen if column.type}
    for number, line in enumerate((line for line in stream if line.strip()), start=1):
        shown = f"line {number}"
        if not line.lstrip().startswith("{"):
            yield listed_image(line.strip("\r\n"), Path.cwd(), None, {})
            continue
        row = json_row(number, line)
        if row.fault:
            yield ListedImage(None, shown, shown, {}, row.fault)
            continue
        yield _line_item(row, choice, named, shown)


def _line_item(row: Row, choice: ColumnChoice, types: Mapping[str, str], shown: str) -> Item:
    candidates = [choice.path] if choice.path else list(_PATH_NAMES)
    path = next((name for name in candidates if isinstance(row.values.get(name), str)), None)
    if path is None:
        return ListedImage(None, shown, shown, {}, f"no path or URL in a column named {' or '.join(candidates)}")
    try:
        pairs = (
            (column.name, cast(row.values.get(column.source), types.get(column.name)))
            for column in choice.metadata(row.values, path)
        )
        columns = {name: value for name, value in pairs if value is not None}
    except ValueError as error:
        return ListedImage(None, shown, shown, {}, str(error))
    identity = choice.identity(row.values)
    if choice.id and identity is None:
        return ListedImage(None, shown, shown, {}, f"no id in the column {choice.id!r}")
    return listed_image(row.values[path], Path.cwd(), identity, columns)


def _path_column(shown: str, names: Sequence[str], choice: ColumnChoice) -> str:
    if choice.path is not None:
        _require(shown, names, [choice.path])
        return choice.path
    by_lower = {name.lower(): name for name in reversed(names)}
    found = next((by_lower[name] for name in _PATH_NAMES if name in by_lower), None)
    if found is None:
        raise SourceError(
            f"{shown}: no column is named {', '.join(_PATH_NAMES)}; found {_listed(names)}; name the column of paths "
            "or URLs with --path-column"
        )
    return found


def _require(shown: str, names: Sequence[str], wanted: Sequence[str]) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise SourceError(f"{shown} has no column {missing[0]!r}; found {_listed(names)}")


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name) for name in itertools.islice(names, 20))
    return shown + (", …" if len(names) > 20 else "")
