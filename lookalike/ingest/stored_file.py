"""Manifests and shards in a store, read like files."""

import io
import os
import posixpath
import weakref
from functools import cached_property
from typing import IO, Any

from lookalike.ingest.object_store import ObjectStore

__all__ = ["StoredFile"]


class StoredFile:
    """An object of `size` bytes that opens as a Path does: from a temporary file without a name, into which it is
    copied when it is opened first, and which is gone with this. What is open at a time shares one position.
    """

    def __init__(self, url: str, store: ObjectStore, size: int) -> None:
        self._url = url
        self._store = store
        self._size = size

    def __str__(self) -> str:
        """Its URL."""
        return self._url

    @property
    def suffix(self) -> str:
        """The ending of its name, with the dot."""
        return os.path.splitext(self._url)[1]

    def beside(self, path: str) -> str:
        """The URL of a path that starts at its folder."""
        scheme, _, rest = self._url.partition("://")
        return f"{scheme}://{posixpath.normpath(posixpath.join(posixpath.dirname(rest), path))}"

    def open(self, mode: str = "r", encoding: str | None = None, newline: str | None = None) -> IO[Any]:
        """Open it from its start. Raises ImageError, with the reason, if it cannot be copied."""
        stream = os.fdopen(os.dup(self._copy), "rb")
        stream.seek(0)
        return stream if "b" in mode else io.TextIOWrapper(stream, encoding=encoding, newline=newline)

    def part(self, offset: int, size: int) -> bytes:
        """Bytes of it, from the copy if there is one; at most so many. Raises ImageError."""
        if "_copy" in vars(self):
            return os.pread(self._copy, size, offset)
        read: bytes = self._store.ask(self._url, "cat_file", start=offset, end=offset + size) if size else b""
        return read

    def __reduce__(self) -> tuple[Any, ...]:
        """Elsewhere there is no copy of it."""
        return StoredFile, (self._url, self._store, self._size)

    @cached_property
    def _copy(self) -> int:
        copied = self._store.copy(self._url, self._size)
        weakref.finalize(self, copied.close)
        return copied.fileno()
