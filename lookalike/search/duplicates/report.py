"""Groups of copies for people and scripts: a table, JSON Lines, CSV."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from lookalike.errors import ConfigError
from lookalike.printable import printable
from lookalike.search.duplicates.group import Group
from lookalike.search.duplicates.picture import Picture
from lookalike.search.terminal import plain_table, show

__all__ = ["print_json", "print_table", "told", "write_csv"]

_COLUMNS = (
    "group", "role", "id", "image_url", "probability", "similarity", "width", "height", "bytes", "format", "taken_at",
    "ingested_at",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # with what a spreadsheet takes a text for a formula


def print_json(groups: Sequence[Group]) -> None:
    """One group a line: `group`, `kept` and `copies`."""
    for group in groups:
        print(json.dumps(group.as_json()))


def print_table(groups: Sequence[Group]) -> None:
    """A line for each picture, the kept one of a group first, and what it comes to."""
    table = plain_table()
    table.add_column("group", justify="right")
    table.add_column("")
    table.add_column("probability", justify="right")
    table.add_column("size", justify="right")
    table.add_column("bytes", justify="right")
    table.add_column("format")
    table.add_column("image", overflow="fold")
    table.add_column("id", overflow="fold")
    for group in groups:
        table.add_row(str(group.number), "keep", "", *_facts(group.kept))
        for copy in group.copies:
            table.add_row("", "copy", f"{100 * copy.probability:.1f} %", *_facts(copy.picture))
    if groups:
        show(table)
    print(told(groups))


def told(groups: Sequence[Group]) -> str:
    """How many copies there are, and how large their files."""
    if not groups:
        return "no duplicates"
    copies = [copy.picture for group in groups for copy in group.copies]
    size = sum(picture.bytes for picture in copies) / 1_000_000
    plural = "group" if len(groups) == 1 else "groups"
    return f"{len(groups)} {plural}, {len(copies)} copies beside the originals, {size:.1f} MB of files"


def write_csv(file: Path, groups: Sequence[Group]) -> None:
    """A row for each picture, `role` being `keep` or `copy`. Raises ConfigError if the file cannot be written.

    Texts that a spreadsheet would take for a formula get an apostrophe before them.
    """
    try:
        with file.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(_COLUMNS)
            for group in groups:
                writer.writerow(_row(group.number, "keep", group.kept.as_json()))
                for copy in group.copies:
                    writer.writerow(_row(group.number, "copy", copy.as_json()))
    except OSError as error:
        raise ConfigError(f"--csv: cannot write {file}: {error.strerror}") from error


def _row(number: int, role: str, facts: Mapping[str, Any]) -> list[object]:
    row = {**facts, "group": number, "role": role}
    cells = [row.get(column) for column in _COLUMNS]
    return [f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell for cell in cells]


def _facts(picture: Picture) -> list[Text]:
    size = f"{picture.width} × {picture.height}" if picture.width else ""
    bytes_ = f"{picture.bytes:,}" if picture.bytes else ""
    texts = (size, bytes_, picture.format, picture.image_url, picture.id)
    return [Text(printable(text)) for text in texts]
