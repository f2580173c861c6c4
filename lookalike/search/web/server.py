"""Serving the page until it is interrupted."""

import logging
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette

from lookalike.errors import ConfigError

__all__ = ["serve"]

_CONNECTIONS = 200
_GRACE = 5  # seconds for what is under way at the end


def serve(app: Starlette, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve on an address; port 0 is any free one. `announce` gets the page's address once it is listened on.

    Raises ConfigError if the address cannot be had.
    """
    logging.getLogger("opensearch").propagate = False  # the page's own log says the same, in words
    logging.basicConfig(stream=sys.stderr, format="%(levelname)s: %(message)s", level=logging.WARNING)
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{listening.getsockname()[1]}/")
    config = uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        limit_concurrency=_CONNECTIONS,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
        ws="none",
    )
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {error.strerror or error}; give another --host or --port"
        ) from error
