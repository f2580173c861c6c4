"""Manifests: a table with a row for each image, whose other columns are metadata."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from lookalike.errors import ImageError, SourceError
from lookalike.ingest.columns import ColumnChoice, ColumnTypes
from lookalike.ingest.item import Item
from lookalike.ingest.listed_image import ListedImage, listed_image
from lookalike.ingest.remote import StoredImage
from lookalike.ingest.rows import PATH_NAMES, find_path_column, read_row
from lookalike.ingest.stored_file import StoredFile
from lookalike.ingest.stores import fault_of_object
from lookalike.ingest.tables import Row, rows_of
from lookalike.printable import printable

__all__ = ["Manifest"]


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
        if not self._rows:
            raise SourceError(f"no rows in {self._shown}: expected one for each image")
        self._path = self._path_column(names, choice)
        self._choice = choice
        self._columns = choice.metadata(names, self._path)
        self._require(names, [*([choice.id] if choice.id else []), *(one.source for one in self._columns)])
        self._refuse_bytes()
        self.types = self._renamed()
        self._refuse_dots()

    def _path_column(self, names: Collection[str], choice: ColumnChoice) -> str:
        if choice.path is not None:
            self._require(names, [choice.path])
            return choice.path
        found = find_path_column(names)
        if found is None:
            raise SourceError(
                f"{self._shown}: no column is named {', '.join(PATH_NAMES)}; found {_listed(names)}; name the column "
                "of paths or URLs with --path-column"
            )
        return found

    def _require(self, names: Collection[str], wanted: Iterable[str]) -> None:
        missing = next((name for name in wanted if name not in names), None)
        if missing is not None:
            raise SourceError(f"{self._shown} has no column {missing!r}; found {_listed(names)}")

    def _renamed(self) -> ColumnTypes:
        """The types by the names that columns have as metadata."""
        found, types = self.types.found(), ColumnTypes()
        for column in self._columns:
            kind = column.type or found.get(column.source)
            if kind:
                types.declare(column.name, kind)
        return types

    def _refuse_bytes(self) -> None:
        found = self.types.found()
        held = next((column.source for column in self._columns if found.get(column.source) == "bytes"), None)
        if held is not None:
            raise SourceError(
                f"{self._shown}: the column {held!r} holds bytes, which are no metadata, and images in tables are not "
                "read; choose other columns with --column, or have the images written as files or tar shards"
            )

    def _refuse_dots(self) -> None:
        dotted = next((column.name for column in self._columns if "." in column.name), None)
        if dotted is not None:
            raise SourceError(
                f"{self._shown}: OpenSearch would read the column {dotted!r} as a path because of its dot; choose and "
                f"rename columns with --column '{dotted}={dotted.replace('.', '_')}'"
            )

    def count(self) -> int:
        """How many rows there are."""
        return self._rows

    def items(self, types: Mapping[str, str]) -> Iterator[Item]:
        """An item for each row, its metadata of the given types by name; what cannot be is a reason not to read it."""
        for row in rows_of(self._file):
            yield self._item(row, types)

    def _item(self, row: Row, types: Mapping[str, str]) -> Item:
        try:
            said = read_row(row, self._path, self._choice, self._columns, types, self._from_text)
        except ImageError as error:
            shown = f"{self._shown} row {row.number}"
            return ListedImage(None, shown, shown, {}, str(error))
        if isinstance(self._file, Path):
            return listed_image(said.name, self._file.parent, said.identity, said.columns)
        if "://" in said.name:
            return listed_image(said.name, Path("/"), said.identity, said.columns)
        url = self._file.beside(said.name)
        return StoredImage(url, said.identity or url, said.columns, fault_of_object(url))


def _listed(names: Collection[str]) -> str:
    shown = ", ".join(printable(name) for name in itertools.islice(names, 20))
    return shown + (", …" if len(names) > 20 else "")
