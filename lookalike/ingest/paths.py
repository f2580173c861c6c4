"""Paths of files, whose names may be any bytes, as text and as URIs."""

import os
from pathlib import Path
from urllib.parse import quote, unquote

__all__ = ["file_uri", "path_of", "shown"]


def shown(path: Path | str) -> str:
    """A path as text that JSON can hold: bytes that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def file_uri(path: Path) -> str:
    """`file://` and the absolute path; bytes that URIs do not allow, UTF-8 or not, are percent-encoded."""
    return "file://" + quote(os.fsencode(path))


def path_of(url: str) -> Path:
    """The path of a `file:` URL, as `file_uri` makes them; a host in it, if there is one, is this machine."""
    path = "/" + url.partition("://")[2].partition("/")[2]
    return Path(unquote(path, errors="surrogateescape"))
