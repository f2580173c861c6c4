"""What every source yields: one image to ingest, wherever it lies."""

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

__all__ = ["Item", "Unchanged", "item_id"]


class Unchanged(Exception):  # noqa: N818, no error but an answer
    """The source says that an image is as it was when it was ingested last."""


class Item(Protocol):
    """An image that has not been read yet."""

    @property
    def uri(self) -> str:
        """Where it can be fetched from: the document's `image_url`."""

    @property
    def id(self) -> str:
        """The document's id."""

    @property
    def shown_path(self) -> str:
        """What to call it before people and in JSON."""

    @property
    def unreadable(self) -> str | None:
        """Why there is nothing to read, where that is known already."""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """What its source says of it. Raises OSError or ImageError if that cannot be read."""

    @property
    def stamp(self) -> str:
        """After it was read: what lets a later run ask its source whether it has changed, or nothing."""

    def read(self) -> bytes:
        """Its bytes. Raises OSError or ImageError, and Unchanged if it was only to be read if it had changed."""


def item_id(identity: str) -> str:
    """A document's id: the first 40 hex digits of the SHA-256 of the image's identity."""
    return hashlib.sha256(identity.encode("utf-8", "surrogateescape")).hexdigest()[:40]
