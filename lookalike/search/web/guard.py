"""Who may ask, and what a browser may do with the answer."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Guard"]

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """Middleware that answers only requests for this machine by an address or one of `names`, from its own pages.

    A page of somebody else's whose name suddenly resolves to this machine (DNS rebinding) asks for its own name, so
    that addresses and known names are enough. Other sites may link to the page, and nothing else.
    """

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app = app
        self._names = {name.lower() for name in names} | {"localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(scope, headers)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer.setdefault(name, value)
                answer.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
            await send(message)

        await (PlainTextResponse(*refusal) if refusal else self._app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope, headers: Headers) -> tuple[str, int] | None:
        host = _host(headers.get("host", ""))
        if not (host in self._names or _is_address(host)):
            return f"This server is not called {host!r}; `lookalike serve --allow-host` tells it its names.\n", 421
        if scope["path"] == "/" and scope["method"] in {"GET", "HEAD"}:
            return None
        origin = headers.get("origin")
        foreign = headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}
        if foreign or (origin is not None and not _is_of(origin, headers["host"])):
            return "Pages of other sites may not ask this server.\n", 403
        return None


def _host(header: str) -> str:
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _is_of(origin: str, header: str) -> bool:
    """Whether an origin is the host that was asked; a proxy in front of it may have left out the port."""
    try:
        own, asking = urlsplit(f"//{header}"), urlsplit(origin)
        ports = own.port, asking.port
    except ValueError:
        return False
    return own.hostname == asking.hostname and ports[0] in {None, ports[1]}


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
