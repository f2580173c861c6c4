"""A web server on loopback that behaves well and badly."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

__all__ = ["Answer", "Server", "serving"]


class Answer(BaseHTTPRequestHandler):
    """One request; what answers it is found by its path."""

    server: "Server"

    def do_GET(self) -> None:
        self.server.asked[self.path] += 1
        with suppress(BrokenPipeError, ConnectionResetError):
            self.server.pages[self.path.split("?")[0]](self)

    def log_message(self, *arguments: object) -> None:
        pass

    def give(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def drip(self, seconds: float) -> None:
        """A byte now and then, without end."""
        self.send_response(200)
        self.end_headers()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.wfile.write(b"x")
            time.sleep(0.05)


class Server(ThreadingHTTPServer):
    """Counts how often each page was asked for, and how many were `busy` at a time at most."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.pages: dict[str, Callable[[Answer], None]] = {}
        self.asked: Counter[str] = Counter()
        self._counting = threading.Lock()
        self._now = self.most = 0

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Count as being answered; to be left before the answer, after which the client may ask for the next."""
        with self._counting:
            self._now += 1
            self.most = max(self.most, self._now)
        yield
        with self._counting:
            self._now -= 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


@contextmanager
def serving() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
