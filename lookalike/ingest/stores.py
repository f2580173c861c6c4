"""Which file systems behind URLs can be read, and how they are opened: object stores and the rest of fsspec."""

import logging
import os
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from lookalike.errors import ImageError
from lookalike.printable import printable

__all__ = [
    "OBJECT_STORES",
    "RETRYING",
    "NoCredentialsError",
    "fault_of_object",
    "fault_of_row",
    "forget_stores",
    "lacks_credentials",
    "open_store",
    "scheme_of",
    "stamp_of",
]

# What may stand in a manifest, and the extra and the package that reads it. fsspec is imported only when one is named.
OBJECT_STORES: Mapping[str, tuple[str, str]] = {
    "s3": ("s3", "s3fs"),
    "gs": ("gs", "gcsfs"),
    "gcs": ("gs", "gcsfs"),
    "az": ("az", "adlfs"),
    "abfs": ("az", "adlfs"),
    "abfss": ("az", "adlfs"),
}
# Those whose clients try again what may pass, and cannot be told not to.
RETRYING = frozenset(scheme for scheme, (extra, _) in OBJECT_STORES.items() if extra != "s3")
_AZURE = frozenset(scheme for scheme, (extra, _) in OBJECT_STORES.items() if extra == "az")
_STORES_KEPT = 32
_CONNECTIONS = 256  # as many as --connections may be
_ETAGS = ("ETag", "etag", "content_hash")
_MOMENTS = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")
_NO_CREDENTIALS = re.compile(r"Credential failed to retrieve a token|account_name with credentials")
_LOGGERS = ("adlfs", "azure", "fsspec", "gcsfs", "s3fs")
_opening = threading.Lock()


class NoCredentialsError(ImageError):
    """Nothing says as whom to ask a store."""

    def __init__(self) -> None:
        super().__init__("no credentials are set up for it")


def lacks_credentials(error: BaseException) -> bool:
    """Whether a client's error means that it has no credentials; Azure's says so in words only."""
    return "Credential" in type(error).__name__ or bool(_NO_CREDENTIALS.search(str(error)))


def scheme_of(url: str) -> str:
    """What stands before `://`, in lower case; nothing for a path."""
    scheme, separator, _ = url.partition("://")
    return scheme.lower() if separator else ""


def fault_of_object(url: str) -> str | None:
    """Why nothing can be read from a URL of a store, or None."""
    scheme = scheme_of(url)
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError as error:
        return f"not a URL: {printable(str(error))}"
    if password or (parts.username and scheme in OBJECT_STORES and scheme not in _AZURE):
        return "a URL with a user or password in it, which would be kept in the index"
    if not url.isprintable():
        return "a URL with control characters"
    if scheme in OBJECT_STORES and not parts.netloc:
        return f"a URL without a bucket; expected {scheme}://BUCKET/…"
    return None


def fault_of_row(url: str) -> str | None:
    """Why an object that a manifest names cannot be read, or None.

    A row may come from anyone, so it cannot choose whom the credentials are sent to: of Azure's accounts only the one
    that is set up.
    """
    fault = fault_of_object(url)
    if fault is None and scheme_of(url) in _AZURE and "@" in urlsplit(url).netloc:
        account = (urlsplit(url).hostname or "").partition(".")[0]
        if account not in _configured_accounts():
            return f"the account {account} is not the one set up; AZURE_STORAGE_ACCOUNT_NAME={account} allows it"
    return fault


def _configured_accounts() -> set[str]:
    found = {os.environ.get("AZURE_STORAGE_ACCOUNT_NAME", "")}
    return (found | {_configured(scheme).get("account_name", "") for scheme in _AZURE}) - {""}


def _configured(scheme: str) -> Mapping[str, Any]:
    """What fsspec's configuration (~/.config/fsspec, FSSPEC_… variables) has for a scheme."""
    try:
        from fsspec.config import conf
    except ImportError:
        return {}
    found: Mapping[str, Any] = conf.get(scheme, {})
    return found


def open_store(url: str, timeout: float) -> tuple[Any, str]:
    """The file system of a URL and its path there; connecting and each wait take at most `timeout` seconds where the
    store's client lets them be set.

    The same stores are opened once. Raises ImageError if what reads it is not installed or not set up.
    """
    scheme = scheme_of(url)
    rest = url.partition("://")[2]
    url = f"{scheme}://{rest}"
    kind = _class_of(scheme)
    try:
        from_url = kind._get_kwargs_from_urls(url)
        with _opening:
            store = _opened(scheme, tuple(sorted(from_url.items())), timeout)
        path: str = kind._strip_protocol(url)
    except Exception as error:  # every client has its own errors for what is not set up
        if lacks_credentials(error):
            raise NoCredentialsError from error
        raise ImageError(f"{scheme}: cannot be opened: {printable(str(error))[:160]}") from error
    return store, path


def _class_of(scheme: str) -> Any:
    extra, package = OBJECT_STORES.get(scheme, (None, "fsspec"))
    install = f"{scheme}: needs the package {package}, which is not installed: pip install 'lookalike[{extra or 's3'}]'"
    try:
        from fsspec import get_filesystem_class
    except ImportError as error:
        raise ImageError(install) from error
    try:
        return get_filesystem_class(scheme)
    except ImportError as error:
        raise ImageError(install if extra else f"{scheme}: cannot be read: {error}") from error
    except ValueError as error:
        raise ImageError(f"{scheme}: URLs are not read; expected http, https, file, s3, gs, az or a path") from error


@lru_cache(maxsize=_STORES_KEPT)
def _opened(scheme: str, from_url: tuple[tuple[str, Any], ...], timeout: float) -> Any:
    import fsspec

    for name in _LOGGERS:  # what they log, tracebacks included, they raise, too
        logging.getLogger(name).addHandler(logging.NullHandler())
    options: dict[str, Any] = dict(from_url)
    if scheme == "s3":  # ours is the one layer of retries
        ours = {"connect_timeout": timeout, "read_timeout": timeout, "max_pool_connections": _CONNECTIONS}
        theirs = _configured(scheme).get("config_kwargs", {})
        options["config_kwargs"] = {**ours, "retries": {"total_max_attempts": 1}, **theirs}
    store = fsspec.filesystem(scheme, use_listings_cache=False, skip_instance_cache=True, **options)
    if scheme == "s3":
        store.retries = 1
    return store


def forget_stores() -> None:
    """Open all stores anew, as after a change of what is set up for them."""
    _opened.cache_clear()


def stamp_of(info: Mapping[str, Any]) -> str:
    """What tells an object's content from an earlier one's: its ETag, or else when it was modified, and its size;
    nothing where the store says neither."""
    found = next((info[name] for name in (*_ETAGS, *_MOMENTS) if info.get(name)), None)
    return "" if found is None else f"{str(found).strip(chr(34))} {info.get('size')}"
