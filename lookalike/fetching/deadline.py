"""A deadline for a whole exchange over HTTP: a limit for each wait is met by whoever sends a byte now and then."""

import socket
import threading
from contextlib import suppress
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

__all__ = ["Deadline", "WatchedHTTPConnection", "WatchedHTTPSConnection", "WatchedPoolManager"]

_here = threading.local()


class Deadline:
    """Inside it, the thread's exchange over a watched connection ends after `seconds`: its socket is shut.

    What reads from it then meets an error or the end; `passed` tells that this is why.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._socket: socket.socket | None = None
        self._shutting = threading.Lock()
        self._timer = threading.Timer(seconds, self._pass)
        self._timer.daemon = True

    def __enter__(self) -> "Deadline":
        """Begin to count."""
        self._timer.start()
        _here.deadline = self
        return self

    def __exit__(self, *error: object) -> None:
        """Let the socket be."""
        self._timer.cancel()
        with self._shutting:
            self._socket = None  # from now on it may serve another exchange
        _here.deadline = None

    def watch(self, connected: socket.socket | None) -> None:
        """The socket of the exchange."""
        with self._shutting:
            self._socket = connected
        if self.passed:
            self._pass()

    def _pass(self) -> None:
        with self._shutting:
            self.passed = True
            if self._socket is not None:
                with suppress(OSError):  # closed already
                    self._socket.shutdown(socket.SHUT_RDWR)


class _Watched:
    def getresponse(self: Any) -> Any:
        deadline: Deadline | None = getattr(_here, "deadline", None)
        if deadline is not None:
            deadline.watch(self.sock)
        return super().getresponse()  # type: ignore[misc]


class WatchedHTTPConnection(_Watched, HTTPConnection):
    """A connection that heeds the thread's deadline."""


class WatchedHTTPSConnection(_Watched, HTTPSConnection):
    """The same with TLS."""


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = WatchedHTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = WatchedHTTPSConnection


class WatchedPoolManager(PoolManager):
    """urllib3's pool manager, whose connections heed the thread's deadline."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
