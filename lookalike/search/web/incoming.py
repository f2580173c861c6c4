"""Pictures that come to the page: as the body of a request, or from an address that a visitor gives."""

from collections.abc import AsyncIterator
from urllib.parse import unquote, urlsplit

from anyio import fail_after

from lookalike.errors import ImageError, SearchError
from lookalike.fetching.fetcher import Fetcher, Limits
from lookalike.printable import printable
from lookalike.search.web.failures import BusyError, TooLargeError

__all__ = ["MOST_BYTES", "Bodies", "WebPictures"]

MOST_BYTES = 32_000_000
_AT_ONCE = 4


class Bodies:
    """Reads bodies of requests: of at most MOST_BYTES, few at once, each within `seconds`."""

    def __init__(self, at_once: int = 8, seconds: float = 60) -> None:
        self._at_once, self._seconds = at_once, seconds
        self._present = 0

    async def read(self, stream: AsyncIterator[bytes]) -> bytes:
        """A whole body. Raises TooLargeError as soon as it is too long, BusyError, and SearchError if it is slow."""
        if self._present >= self._at_once:
            raise BusyError("many pictures are being sent at this moment; try again in a few seconds")
        self._present += 1
        try:
            with fail_after(self._seconds):
                return await _joined(stream)
        except TimeoutError as error:
            raise SearchError(f"the picture was not sent within {self._seconds:.0f} seconds") from error
        finally:
            self._present -= 1


async def _joined(stream: AsyncIterator[bytes]) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in stream:
        size += len(part)
        if size > MOST_BYTES:
            raise TooLargeError(f"the picture has more than {MOST_BYTES // 1_000_000} MB; give a smaller one")
        parts.append(part)
    return b"".join(parts)


class WebPictures:
    """Fetches pictures by their addresses, from the public internet alone unless `private`."""

    def __init__(self, private: bool) -> None:
        self._fetcher = Fetcher(Limits(timeout=5, max_bytes=MOST_BYTES, attempts=1, private=private), _AT_ONCE)

    def fetch(self, url: str) -> tuple[bytes, str]:
        """The bytes and the name of a picture. Raises SearchError with the reason."""
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            raise SearchError("expected the address of a picture, as https://example.org/cat.jpg, without a password")
        try:
            fetched = self._fetcher.fetch(parts.geturl())
        except ImageError as error:
            raise SearchError(f"cannot fetch {printable(parts.hostname)}'s picture: {error}") from error
        if fetched.body is None:
            raise SearchError("the server says that nothing has changed")
        with fetched.body as body:
            return body.read(), unquote(parts.path.rpartition("/")[2]) or parts.hostname
