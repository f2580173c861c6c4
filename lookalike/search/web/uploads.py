"""The pictures that were given to the page last, in memory, so that a link finds its picture again for a while."""

import base64
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from lookalike.encoder.decode import decoded
from lookalike.encoder.thumbnail import jpeg_thumbnail
from lookalike.errors import ImageError, SearchError
from lookalike.printable import printable
from lookalike.search.web.failures import GoneError

__all__ = ["Upload", "Uploads", "read_upload"]

_PREVIEW_SIDE = 1024
_KEY_DIGITS = 40


@dataclass(frozen=True)
class Upload:
    """A picture as it came; `width` and `height` as it is viewed, `preview` a JPEG of at most 1,024 pixels a side."""

    key: str
    name: str
    data: bytes
    width: int
    height: int
    preview: bytes

    def as_json(self) -> dict[str, str | int]:
        """What the page knows of it."""
        return {"picture": self.key, "name": self.name, "width": self.width, "height": self.height}


def read_upload(data: bytes, name: str) -> Upload:
    """Look into a picture. Its key is that of its content, so that whoever gives it again revives its links.

    Raises SearchError for what is no picture.
    """
    try:
        with decoded(data, _PREVIEW_SIDE // 2) as image:
            preview = base64.b64decode(jpeg_thumbnail(image.upright, _PREVIEW_SIDE))
            width, height = image.width, image.height
    except ImageError as error:
        raise SearchError(f"this cannot be searched by: {error}") from error
    key = hashlib.sha256(data).hexdigest()[:_KEY_DIGITS]
    return Upload(key, printable(name)[:200] or "picture", data, width, height, preview)


class Uploads:
    """Holds uploads of at most `most_bytes` together, the last ones, each for `seconds` since it was last used."""

    def __init__(self, most_bytes: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes, self._seconds, self._clock = most_bytes, seconds, clock
        self._kept: OrderedDict[str, tuple[float, Upload]] = OrderedDict()
        self._changing = threading.Lock()

    def keep(self, upload: Upload) -> None:
        """Hold an upload, and let go of what is too much or too old."""
        with self._changing:
            self._use(upload)
            size = sum(len(kept.data) + len(kept.preview) for _, kept in self._kept.values())
            while self._kept:
                key, (used, oldest) = next(iter(self._kept.items()))
                if size <= self._most_bytes and self._clock() - used < self._seconds:
                    break
                size -= len(oldest.data) + len(oldest.preview)
                del self._kept[key]

    def find(self, key: str) -> Upload:
        """The upload of that key. Raises GoneError if it is not kept any more."""
        with self._changing:
            used, upload = self._kept.get(key, (0.0, None))
            if upload is None or self._clock() - used >= self._seconds:
                raise GoneError(
                    "the picture of this link is not kept any more: pictures stay with this page for at most "
                    f"{self._seconds / 60:.0f} minutes after their last use. Give it again, and the link works again"
                )
            self._use(upload)
            return upload

    def _use(self, upload: Upload) -> None:
        self._kept[upload.key] = (self._clock(), upload)
        self._kept.move_to_end(upload.key)
