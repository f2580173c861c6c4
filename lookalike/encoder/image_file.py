"""The bytes of an image file, read only if reading them can end well."""

import os
import stat
from pathlib import Path
from urllib.parse import unquote

from lookalike.errors import ImageError

__all__ = ["MAX_BYTES", "file_of", "read_image_file"]

MAX_BYTES = 200_000_000


def read_image_file(path: Path) -> bytes:
    """The bytes of a file, if it is a regular one of at most MAX_BYTES.

    Raises ImageError for anything else (opening a pipe would wait for ever), OSError if it cannot be read.
    """
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise ImageError("a folder, not an image" if stat.S_ISDIR(facts.st_mode) else "not a regular file")
    if facts.st_size > MAX_BYTES:
        raise ImageError(f"{facts.st_size:,} bytes, more than {MAX_BYTES:,}")
    return path.read_bytes()


def file_of(uri: str) -> Path | None:
    """The path of a `file:` URI, None for any other, for a member of an archive, and for what no file can be called."""
    if not uri.startswith("file:///") or "#" in uri:
        return None
    path = unquote(uri.removeprefix("file://"), errors="surrogateescape")
    try:
        possible = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:  # half a surrogate pair
        possible = False
    return Path(path) if possible else None
