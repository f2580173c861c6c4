"""Fetching images over HTTP: bounded in time, size, redirects and load on each host."""

import json
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import IO
from urllib.parse import SplitResult, urljoin, urlsplit

from urllib3.exceptions import HTTPError, LocationParseError, SSLError
from urllib3.response import BaseHTTPResponse

from lookalike.errors import ImageError
from lookalike.fetching.deadline import Deadline, WatchedPoolManager
from lookalike.fetching.public_address import PrivateAddressError, PublicPoolManager
from lookalike.fetching.retrying import MAY_PASS, PassingError, retrying
from lookalike.printable import printable

__all__ = ["IN_MEMORY", "Fetched", "Fetcher", "Limits"]

_REDIRECTS = {301, 302, 303, 307, 308}
_CHUNK = 64 * 1024
IN_MEMORY = 1_000_000  # bytes; what is larger waits on disk


@dataclass(frozen=True)
class Limits:
    """What a fetch may take: `timeout` seconds for each wait, ten times as long for the whole, `max_bytes` of body,
    `redirects`, `attempts`, and `per_host` connections at a time. Private addresses are refused unless `private`."""

    timeout: float = 20.0
    max_bytes: int = 50_000_000
    redirects: int = 5
    attempts: int = 4
    per_host: int = 4
    private: bool = False

    @property
    def whole(self) -> float:
        """Seconds for the whole."""
        return 10 * self.timeout


@dataclass(frozen=True)
class Fetched:
    """An image's bytes, in a file that is deleted when it is closed, or None if it is as it was; `stamp` lets a later
    fetch ask whether it has changed, and is empty where the server says nothing of it."""

    body: IO[bytes] | None
    stamp: str


@dataclass
class _Turns:
    """The connections to a host, and how many fetches want one."""

    semaphore: threading.Semaphore
    wanted: int = 0


class Fetcher:
    """Fetches from several threads at once."""

    def __init__(self, limits: Limits, connections: int) -> None:
        self.limits = limits
        manager = WatchedPoolManager if limits.private else PublicPoolManager
        self._pools = manager(
            num_pools=connections, maxsize=limits.per_host, block=False, retries=False, timeout=limits.timeout
        )
        self._hosts: dict[str, _Turns] = {}
        self._choosing = threading.Lock()
        self._ended = threading.Event()

    def end(self) -> None:
        """Let what is under way fail soon: nobody waits for it."""
        self._ended.set()

    def fetch(self, url: str, stamp: str = "") -> Fetched:
        """Fetch an image, unless it is as it was when `stamp` was made.

        Raises ImageError with the reason, after what may pass was tried `attempts` times, with growing, random pauses
        or those that the server asks for.
        """
        fetched: Fetched = retrying(self.limits.attempts, self._ended)(self._follow, url, stamp)
        return fetched

    def _follow(self, url: str, stamp: str) -> Fetched:
        for _ in range(self.limits.redirects + 1):
            parts = _parts(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ImageError(f"redirected to {printable(url)[:200]}, which is no http or https URL")
            conditions = _conditions(stamp, url)
            with self._turn(parts.hostname), self._deadline() as deadline, self._asked(url, conditions) as answer:
                if answer.status not in _REDIRECTS:
                    return self._read(answer, url, conditions, deadline)
                target = answer.headers.get("Location", "")
            if not target:
                raise ImageError(f"HTTP {answer.status} without a Location")
            url = _joined(url, target)
        raise ImageError(f"more than {self.limits.redirects} redirects")

    @contextmanager
    def _turn(self, host: str) -> Iterator[None]:
        with self._choosing:
            turns = self._hosts.setdefault(host.lower(), _Turns(threading.Semaphore(self.limits.per_host)))
            turns.wanted += 1
        try:
            with turns.semaphore:
                yield
        finally:
            with self._choosing:
                turns.wanted -= 1
                if not turns.wanted:
                    del self._hosts[host.lower()]  # there may be as many hosts as images

    @contextmanager
    def _deadline(self) -> Iterator[Deadline]:
        """Bound what happens inside. Raises ImageError if it was not done in time."""
        with Deadline(self.limits.whole) as deadline:
            try:
                yield deadline
            except PassingError as error:
                if not deadline.passed:
                    raise
                raise ImageError(f"not done in {self.limits.whole:.0f} s") from error

    @contextmanager
    def _asked(self, url: str, conditions: Mapping[str, str]) -> Iterator[BaseHTTPResponse]:
        headers = {"User-Agent": "lookalike", "Accept": "image/*", "Accept-Encoding": "identity", **conditions}
        try:
            answer = self._pools.request("GET", url, headers=headers, redirect=False, preload_content=False)
        except PrivateAddressError as error:
            raise ImageError(f"{error}, which is refused; --private-addresses allows it") from error
        except (SSLError, LocationParseError) as error:
            raise ImageError(_reason(error)) from error
        except (HTTPError, OSError, UnicodeError) as error:
            raise PassingError(_reason(error)) from error
        try:
            yield answer
        finally:
            answer.close()

    def _read(self, answer: BaseHTTPResponse, url: str, conditions: Mapping[str, str], deadline: Deadline) -> Fetched:
        if answer.status == 304 and conditions:
            return Fetched(None, "")
        if answer.status in MAY_PASS:
            raise PassingError(f"HTTP {answer.status}", _retry_after(answer.headers))
        if answer.status != 200:
            raise ImageError(f"HTTP {answer.status}")
        body = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115, whoever reads it closes it
        try:
            for chunk in self._chunks(answer, deadline):
                body.write(chunk)
        except (HTTPError, OSError) as error:
            body.close()
            raise PassingError(_reason(error)) from error
        except ImageError:
            body.close()
            raise
        body.seek(0)
        return Fetched(body, _stamp(answer.headers, url))

    def _chunks(self, answer: BaseHTTPResponse, deadline: Deadline) -> Iterator[bytes]:
        """The body as it comes in. Raises ImageError when it is too much or takes too long."""
        size = 0
        while chunk := answer.read1(_CHUNK, decode_content=False):
            size += len(chunk)
            if size > self.limits.max_bytes:
                raise ImageError(f"more than {self.limits.max_bytes:,} bytes")
            if self._ended.is_set():
                raise ImageError("the run has ended")
            yield chunk
        if deadline.passed:  # a body of no given length seems to be whole
            raise PassingError("cut off")


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise ImageError(f"redirected to {printable(url)[:200]}, which is no URL: {error}") from error


def _joined(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError as error:
        raise ImageError(f"redirected to {printable(target)[:200]}, which is no URL: {error}") from error


def _conditions(stamp: str, url: str) -> dict[str, str]:
    """The conditions of a stamp, which hold for the URL that it was made of, not for one that led or leads there."""
    kept = json.loads(stamp) if stamp else {}
    if kept.get("url") != url:
        return {}
    names = {"etag": "If-None-Match", "modified": "If-Modified-Since"}
    return {names[key]: value for key, value in kept.items() if key in names}


def _stamp(headers: Mapping[str, str], url: str) -> str:
    kept = {"etag": headers.get("ETag"), "modified": headers.get("Last-Modified")}
    kept = {key: value for key, value in kept.items() if value}
    return json.dumps({**kept, "url": url}) if kept else ""


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from a number, or from a date by the clock of the server, which may not be ours."""
    value = headers.get("Retry-After")
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    until, now = _seconds(value), _seconds(headers.get("Date"))
    return None if until is None else max(0.0, until - (time.time() if now is None else now))


def _seconds(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except (TypeError, ValueError, OverflowError):
        return None


def _reason(error: BaseException) -> str:
    """What a person needs of urllib3's nested errors."""
    cause = getattr(error, "reason", None)
    text = str(cause if isinstance(cause, Exception) else error)
    return printable(" ".join(text.split(": ", 1)[-1].split()))[:200] or type(error).__name__
