"""Asking stores for listings and objects: bounded in time and size, and again for what may pass."""

import asyncio
import concurrent.futures
import errno
import re
import tempfile
import threading
import time
from typing import IO, Any

from lookalike.errors import ImageError
from lookalike.fetching.fetcher import IN_MEMORY, Fetched, Limits
from lookalike.fetching.retrying import MAY_PASS, PassingError, retrying
from lookalike.ingest.stores import RETRYING, NoCredentialsError, lacks_credentials, open_store, scheme_of, stamp_of
from lookalike.printable import printable

__all__ = ["NotFoundError", "ObjectStore"]

_PASSING_ERRNOS = {errno.EBUSY, errno.EREMOTEIO}  # what s3fs makes of SlowDown and of InternalError
# By name, so that no client has to be imported for its exceptions: botocore, aiohttp, azure, google, requests.
_BROKEN = {
    "HTTPClientError",
    "ConnectionError",
    "ClientConnectionError",
    "ClientPayloadError",
    "ServiceRequestError",
    "ServiceResponseError",
    "TransportError",
}
_CHUNK = 8_000_000  # bytes asked for at once
_POLL = 0.5  # seconds until the end of a run is noticed
_QUERY = re.compile(r"\?\S+")


class NotFoundError(ImageError):
    """There is no such object, folder or bucket."""


class ObjectStore:
    """Asks the stores of all URLs, from several threads at once.

    Errors are ImageErrors with the reason, after what may pass was tried `attempts` times, with growing, random
    pauses, within ten times `timeout` for the whole. Google's and Azure's clients try again by themselves, and those
    without asyncio (SFTP, FTP, …) keep their own time.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._ended = threading.Event()
        self._one_at_a_time = threading.Lock()  # for clients without asyncio, which may not be made for threads

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process has locks of its own."""
        return ObjectStore, (self.limits,)

    def end(self) -> None:
        """Let what is under way fail soon: nobody waits for it."""
        self._ended.set()

    def fetch(self, url: str, stamp: str, listed: str, size: int | None) -> Fetched:
        """The object's bytes, unless it is as it was when `stamp` was made.

        `listed` and `size` are its stamp and its bytes where a listing has told them; otherwise it is asked for them.
        """
        if size is None:
            info = self.ask(url, "info")
            if info.get("type") == "directory":
                raise ImageError("a folder, not an image")
            listed, size = stamp_of(info), int(info.get("size") or 0)
        if stamp and stamp == listed:
            return Fetched(None, "")
        if size > self.limits.max_bytes:
            raise ImageError(f"{size:,} bytes, more than {self.limits.max_bytes:,}")
        return Fetched(self.copy(url, size), listed)

    def copy(self, url: str, size: int) -> IO[bytes]:
        """The first `size` bytes of an object, in a file that is deleted when it is closed."""
        body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115, whoever reads it closes it
        try:
            # Ranges, because an object may have grown meanwhile, and many are fetched at once.
            for start in range(0, size, _CHUNK):
                body.write(self.ask(url, "cat_file", start=start, end=min(start + _CHUNK, size)))
        except ImageError:
            body.close()
            raise
        body.seek(0)
        return body

    def ask(self, url: str, method: str, *arguments: Any, **options: Any) -> Any:
        """What a method of the URL's file system answers for its path, or for `arguments` instead."""
        attempts = 1 if scheme_of(url) in RETRYING else self.limits.attempts
        again = retrying(attempts, self._ended)
        return again(self._asked, time.monotonic() + self.limits.whole, url, method, arguments, options)

    def _asked(self, deadline: float, url: str, method: str, arguments: Any, options: Any) -> Any:
        store, path = open_store(url, self.limits.timeout)
        given = arguments or ((path,) if method != "call_s3" else ())
        try:
            if not store.async_impl:
                with self._one_at_a_time:
                    return getattr(store, method)(*given, **options)
            coroutine = getattr(store, f"_{method}")(*given, **options)
            return self._awaited(asyncio.run_coroutine_threadsafe(coroutine, store.loop), deadline)
        except ImageError:
            raise
        except Exception as error:  # every client has its own
            raise _translated(error) from error

    def _awaited(self, future: "concurrent.futures.Future[Any]", deadline: float) -> Any:
        while not concurrent.futures.wait([future], _POLL).done:
            if self._ended.is_set():
                future.cancel()
                raise ImageError("the run has ended")
            if time.monotonic() > deadline:
                future.cancel()
                raise ImageError(f"not done in {self.limits.whole:.0f} s")
        return future.result()


def _status(error: BaseException) -> int | None:
    """The HTTP status behind a client's error, if it tells."""
    answer = getattr(error.__cause__, "response", None) or getattr(error, "response", None)
    if isinstance(answer, dict):  # botocore's
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode")
    else:
        status = getattr(error, "status_code", None) or getattr(error, "code", None) or getattr(error, "status", None)
    return int(status) if str(status).isdigit() else None


def _may_pass(error: BaseException) -> bool:
    status = _status(error)
    if status is not None:
        return status in MAY_PASS
    if isinstance(error, TimeoutError | ConnectionError):
        return True
    if isinstance(error, OSError) and error.errno in _PASSING_ERRNOS:
        return True
    return not _BROKEN.isdisjoint(kind.__name__ for kind in type(error).__mro__)


def _translated(error: BaseException) -> ImageError:
    """A reason that a person can use; without the query of a URL, where signatures stand."""
    status = _status(error)
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    text = printable(" ".join(_QUERY.sub("", said).split()))[:160] or type(error).__name__
    if lacks_credentials(error):
        return NoCredentialsError()
    if isinstance(error, FileNotFoundError) or status == 404:
        return NotFoundError("not found")
    if isinstance(error, PermissionError) or status in {401, 403}:
        return ImageError(f"access denied: {text}")
    return (PassingError if _may_pass(error) else ImageError)(text)
