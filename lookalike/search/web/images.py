"""Images of the index that may be shown: by the id of a document, never by a path or an address of the visitor's."""

import base64
import io
from pathlib import Path
from typing import Any

from PIL import Image

from lookalike.encoder.decode import FORMATS, decode
from lookalike.encoder.image_file import file_of, read_image_file
from lookalike.encoder.slide_file import is_slide
from lookalike.encoder.thumbnail import jpeg_thumbnail
from lookalike.errors import LookalikeError
from lookalike.search.searcher import Searcher
from lookalike.search.source import text_in
from lookalike.search.web.failures import NotShownError

__all__ = ["IndexedImages"]

# What a browser shows as a picture and nothing else; TIFFs and slides are shown scaled.
_SHOWN_AS_THEY_ARE = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_SHOWN_AS_THEY_ARE |= {"GIF": "image/gif", "BMP": "image/bmp"}
_LARGEST_SIDE = 4096


class IndexedImages:
    """The images of the searcher's index, and their files as far as they lie on this machine.

    Whatever is not to be shown raises NotShownError.
    """

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    def file(self, document_id: str) -> tuple[bytes, str]:
        """The image file that a document names, as it is, and its name."""
        path = self._file(self._document(document_id))
        return _read(path), path.name

    def original(self, document_id: str) -> tuple[bytes, str]:
        """An image file and its media type. Formats that browsers do not show are made a JPEG."""
        path = self._file(self._document(document_id))
        if not is_slide(path):
            data = _read(path)
            kind = _format(data)
            if kind in _SHOWN_AS_THEY_ARE:
                return data, _SHOWN_AS_THEY_ARE[kind]
        return _scaled(path, _LARGEST_SIDE), "image/jpeg"

    def scaled(self, document_id: str, side: int) -> bytes:
        """A JPEG of at most so many pixels a side, of the file or, where that cannot be read, the thumbnail."""
        document = self._document(document_id)
        try:
            return _scaled(self._file(document), side)
        except NotShownError:
            return self._thumbnail(document)

    def _document(self, document_id: str) -> dict[str, Any]:
        values = [document_id] if document_id else []  # an empty one is an error
        fields = ["image_url", "thumbnail"]
        request = {"size": 1, "query": {"ids": {"values": values}}, "_source": {"includes": fields}}
        found = self._searcher.search(request)["hits"]["hits"]
        if not found:
            raise NotShownError("the index has no such picture; it may have been deleted")
        source: dict[str, Any] = found[0]["_source"]
        return source

    @staticmethod
    def _file(document: dict[str, Any]) -> Path:
        path = file_of(text_in(document, "image_url"))
        if path is None:
            raise NotShownError("the picture is no file of the machine that serves this page")
        return path

    @staticmethod
    def _thumbnail(document: dict[str, Any]) -> bytes:
        try:
            data = base64.b64decode(text_in(document, "thumbnail"), validate=True)
        except ValueError:  # what is not ASCII, or no base64
            data = b""
        if _format(data) != "JPEG":
            raise NotShownError("there is no file of this picture here, and the index keeps no small one")
        return data


def _read(path: Path) -> bytes:
    """The bytes of a file that is an image: an index may name any file."""
    try:
        data = read_image_file(path)
    except (OSError, LookalikeError, ValueError) as error:
        raise NotShownError("the picture's file cannot be read on the machine that serves this page") from error
    if not _format(data):
        raise NotShownError("the picture's file is no image any more")
    return data


def _format(data: bytes) -> str:
    """What Pillow finds it to be, of the formats that are ingested; empty for all else."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return image.format or ""
    except Exception:  # damaged files raise nearly every built-in exception in Pillow's parsers
        return ""


def _scaled(path: Path, side: int) -> bytes:
    try:
        if is_slide(path):
            from lookalike.encoder.slides import open_slide

            with open_slide(path, side) as slide:
                return base64.b64decode(jpeg_thumbnail(slide.overview.upright, side))
        return base64.b64decode(jpeg_thumbnail(decode(_read(path), side).upright, side))
    except (OSError, LookalikeError) as error:
        raise NotShownError("the picture's file cannot be read on the machine that serves this page") from error
