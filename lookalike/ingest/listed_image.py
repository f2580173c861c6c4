"""An image that is named: by a row, by a line of standard input, or on the command line as a URL."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from lookalike.errors import ImageError
from lookalike.ingest.folders import ImageFile
from lookalike.ingest.item import Item, item_id
from lookalike.ingest.paths import path_of
from lookalike.ingest.remote import RemoteImage, StoredImage, fault_of
from lookalike.ingest.stores import OBJECT_STORES, fault_of_row
from lookalike.printable import printable

__all__ = ["ListedImage", "listed_image"]


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
    path = os.fspath(path_of(named)) if separator else os.path.expanduser(named)
    if "\0" in path:
        return ListedImage(None, identity or named, printable(named), columns, "a path with a zero byte")
    file = ImageFile(Path(os.path.abspath(folder / path)), "")
    return ListedImage(file, identity or file.uri, file.shown_path, columns)
