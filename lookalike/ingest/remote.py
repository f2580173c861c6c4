"""Images behind URLs and in stores, fetched ahead of the threads that decode them."""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, runtime_checkable
from urllib.parse import unquote, urlsplit

from lookalike.errors import ImageError
from lookalike.fetching.fetcher import Fetched, Fetcher
from lookalike.ingest.item import Unchanged, item_id
from lookalike.ingest.object_store import ObjectStore
from lookalike.printable import printable

__all__ = ["Fetchable", "Fetching", "RemoteImage", "StoredImage", "fault_of"]


@dataclass
class RemoteImage:
    """An image behind an http or https URL; `identity` is its id from a manifest, or its URL."""

    url: str
    identity: str
    columns: Mapping[str, Any] = field(default_factory=dict)
    unreadable: str | None = None
    stamp: str = ""
    _coming: Future[Fetched] | None = None
    _taken: Callable[[], None] = lambda: None

    @property
    def uri(self) -> str:
        """The URL."""
        return self.url

    @cached_property
    def id(self) -> str:
        """The document's id."""
        return item_id(self.identity)

    @property
    def shown_path(self) -> str:
        """The URL, for people."""
        return printable(self.url)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The last part of the URL's path, unless a column is called `filename`, and the row's columns."""
        name = unquote(urlsplit(self.url).path.rsplit("/", 1)[-1])
        return {**({"filename": name} if name else {}), **self.columns}

    def begin(self, fetching: "Fetching", stamp: str) -> None:
        """Start to fetch it, unless it is as it was when `stamp` was made."""
        self._coming = self._begun(fetching, stamp)
        self._taken = fetching.taken

    def _begun(self, fetching: "Fetching", stamp: str) -> Future[Fetched]:
        return fetching.begin(self.url, stamp)

    def read(self) -> bytes:
        """Its bytes, once they are there. Raises ImageError, and Unchanged if it is as it was."""
        if self._coming is None:
            raise ImageError("nothing fetches it")
        try:
            fetched = self._coming.result()
            if fetched.body is None:
                raise Unchanged
            self.stamp = fetched.stamp
            with fetched.body as body:
                return body.read()
        finally:
            self._coming = None
            self._taken()


@dataclass
class StoredImage(RemoteImage):
    """An object in a store; `folder` is its folder relative to the source that lists it, `listed` and `size` its stamp
    and bytes as listed, if it was."""

    folder: str = ""
    listed: str = ""
    size: int | None = None

    @property
    def metadata(self) -> Mapping[str, Any]:
        """`filename`, `folder` if it is listed below the top of its source, and the row's columns."""
        named = {"filename": printable(self.url.rsplit("/", 1)[-1])}
        return {**named, **({"folder": printable(self.folder)} if self.folder else {}), **self.columns}

    def _begun(self, fetching: "Fetching", stamp: str) -> Future[Fetched]:
        return fetching.begin_object(self.url, stamp, self.listed, self.size)


@runtime_checkable
class Fetchable(Protocol):
    """An item that may have to be fetched before it is read."""

    def begin(self, fetching: "Fetching", stamp: str) -> None:
        """Start to fetch it, unless it is as it was when `stamp` was made."""


class Fetching:
    """`connections` threads that fetch, at most `ahead` images ahead of what is read. To be closed in the end."""

    def __init__(self, fetcher: Fetcher, connections: int, ahead: int) -> None:
        self._fetcher = fetcher
        self._stores = ObjectStore(fetcher.limits)
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="fetch")
        self._ahead = threading.Semaphore(ahead)

    def begin(self, url: str, stamp: str) -> Future[Fetched]:
        """Fetch in a thread; waits while too much has been fetched that nobody has taken."""
        self._ahead.acquire()
        return self._pool.submit(self._fetcher.fetch, url, stamp)

    def begin_object(self, url: str, stamp: str, listed: str, size: int | None) -> Future[Fetched]:
        """The same for an object, whose stamp and size may be known."""
        self._ahead.acquire()
        return self._pool.submit(self._stores.fetch, url, stamp, listed, size)

    def taken(self) -> None:
        """One image was read, so that another one may be fetched."""
        self._ahead.release()

    def close(self) -> None:
        """Begin nothing more, and let what is under way end soon."""
        self._fetcher.end()
        self._stores.end()
        self._pool.shutdown(wait=False, cancel_futures=True)


def fault_of(url: str) -> str | None:
    """Why a URL cannot be fetched, or None."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError as error:
        return f"not a URL: {printable(str(error))}"
    if parts.username or parts.password:
        return "a URL with a user or password in it, which would be kept in the index"
    if not url.isprintable():
        return "a URL with control characters"
    return None if usable else "a URL without a host"
