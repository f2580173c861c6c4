"""Samples as webdataset and img2dataset write them: an image, a JSON of what is known of it and a text."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

import orjson

from lookalike.errors import ImageError
from lookalike.ingest.columns import ColumnChoice, cast
from lookalike.ingest.item import item_id
from lookalike.ingest.paths import shown
from lookalike.ingest.remote import fault_of
from lookalike.printable import printable

__all__ = ["Sample", "Sidecar"]

Sidecar = Literal["JSON", "text"]
_LARGEST_SIDECAR = 1_000_000
_URL = "url"  # the column in which img2dataset keeps where the image came from


class Sample(ABC):
    """What an item says of itself because of the JSON and the text beside its image.

    `choice` tells which columns of the JSON become metadata, and which one identifies the image.
    """

    choice: ColumnChoice

    @property
    @abstractmethod
    def filename(self) -> str:
        """The image's name, without its folder."""

    @property
    @abstractmethod
    def place(self) -> str:
        """The URI of where the image lies."""

    @property
    @abstractmethod
    def fault(self) -> str | None:
        """Why there is no image, if that is known."""

    @abstractmethod
    def beside(self, sidecar: Sidecar) -> bytes | None:
        """The bytes of what lies beside it, None without. Raises OSError or ImageError."""

    @property
    def uri(self) -> str:
        """Where it came from, if its JSON says so, else its place."""
        url = self._identifying().get(_URL)
        return url if isinstance(url, str) and url and fault_of(url) is None else self.place

    @cached_property
    def id(self) -> str:
        """The document's id: of what its JSON has in the column of ids, of its URL, or of its place."""
        return item_id(self.choice.identity(self._identifying()) or self.uri)

    @property
    def unreadable(self) -> str | None:
        """Why there is nothing to read: there is no image, or the JSON that would identify it is damaged."""
        if self.fault is not None:
            return self.fault
        try:
            _ = self._columns
        except (OSError, ImageError) as error:
            return str(error)
        return None

    def _identifying(self) -> Mapping[str, Any]:
        return {} if self.unreadable else self._columns

    @property
    def stamp(self) -> str:
        """Nothing: files are read to see whether they have changed."""
        return ""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """`filename`, `caption` of the text beside it, and what the JSON beside it has, or the columns chosen of that.

        Raises ImageError if that is not a JSON object or a value is not of the type that was asked for.
        """
        found: dict[str, Any] = {"filename": shown(self.filename)}
        text = self.beside("text")
        if text is not None:
            found["caption"] = text.decode("utf-8", "replace").strip()
        try:
            for column in self.choice.metadata(self._columns, _URL):
                value = cast(self._columns.get(column.source), column.type)
                if value is not None and value != "":
                    found[column.name.replace(".", "_")] = value
        except ValueError as error:
            raise ImageError(f"its JSON: {error}") from error
        return found

    @cached_property
    def _columns(self) -> Mapping[str, Any]:
        described = self.beside("JSON")
        if described is None:
            return {}
        try:
            found = orjson.loads(described)
        except ValueError as error:
            raise ImageError(f"its JSON is none: {printable(str(error))[:120]}") from error
        if not isinstance(found, dict):
            raise ImageError(f"its JSON is no object but {type(found).__name__}")
        return found

    @staticmethod
    def require_small(sidecar: Sidecar, size: int) -> None:
        """Raise ImageError if what lies beside an image has too many bytes to be read."""
        if size > _LARGEST_SIDECAR:
            raise ImageError(f"its {sidecar} has {size:,} bytes, more than {_LARGEST_SIDECAR:,}")
