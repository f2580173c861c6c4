"""Lines of standard input: paths, URLs, or JSON objects as in a manifest."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lookalike.errors import ImageError
from lookalike.ingest.columns import ColumnChoice
from lookalike.ingest.item import Item
from lookalike.ingest.listed_image import ListedImage, listed_image
from lookalike.ingest.rows import PATH_NAMES, NamedImage, find_path_column, read_row
from lookalike.ingest.tables import Row, json_row

__all__ = ["lines"]


def lines(stream: Iterable[str], choice: ColumnChoice) -> Iterator[Item]:
    """An image for each line that is not empty; a JSON object names it in a column, as a row of a manifest does.

    Values keep the types that they have in JSON, or are of the types that columns are given.
    """
    types = {column.name: column.type for column in choice.chosen if column.type}
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        if not line.lstrip().startswith("{"):
            yield listed_image(line.strip("\r\n"), Path.cwd(), None, {})
            continue
        try:
            said = _read(json_row(number, line), choice, types)
        except ImageError as error:
            shown = f"line {number}"
            yield ListedImage(None, shown, shown, {}, str(error))
        else:
            yield listed_image(said.name, Path.cwd(), said.identity, said.columns)


def _read(row: Row, choice: ColumnChoice, types: Mapping[str, str]) -> NamedImage:
    """Every object may have other columns. Raises ImageError for one that names no image."""
    if row.fault is not None:
        raise ImageError(row.fault)
    path = choice.path or find_path_column(name for name, value in row.values.items() if isinstance(value, str))
    if path is None:
        raise ImageError(f"no path or URL in a column named {' or '.join(PATH_NAMES)}")
    return read_row(row, path, choice, choice.metadata(row.values, path), types)
