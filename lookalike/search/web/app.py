"""The page's application: which address answers what."""

import json
from collections.abc import Collection
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from lookalike.errors import LookalikeError, SearchError
from lookalike.search.searcher import Searcher
from lookalike.search.web.answering import Answering
from lookalike.search.web.asked import read_asked
from lookalike.search.web.failures import told
from lookalike.search.web.guard import Guard
from lookalike.search.web.images import IndexedImages
from lookalike.search.web.incoming import MOST_BYTES, Bodies, WebPictures
from lookalike.search.web.uploads import Upload, Uploads, read_upload
from lookalike.search.web.workers import Workers

__all__ = ["make_app"]

_SIDES = {"640": 640, "1600": 1600}
_KEPT_BYTES, _KEPT_SECONDS = 256_000_000, 3600
_THREADS, _WAITING = 4, 60
# An image of others' opened by itself runs nothing and belongs to no site.
_SHOWN_ALONE = {"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "private, max-age=600"}


class Pages:
    """What each address answers, over one index. Raises LookalikeErrors, which the application tells."""

    def __init__(self, searcher: Searcher, index: str, private_addresses: bool) -> None:
        self._uploads = Uploads(_KEPT_BYTES, _KEPT_SECONDS)
        self._images = IndexedImages(searcher)
        self._answering = Answering(searcher, self._uploads, self._images)
        self._web, self._bodies = WebPictures(private_addresses), Bodies()
        self._workers = Workers(_THREADS, _WAITING)
        environment = Environment(
            loader=PackageLoader("lookalike.search.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        template = environment.get_template("page.html")
        self._page = template.render(index=index, most_megabytes=MOST_BYTES // 1_000_000)

    async def page(self, request: Request) -> Response:
        """The page itself, the same for every link: its script reads the link."""
        return HTMLResponse(self._page)

    async def give(self, request: Request) -> Response:
        """Take a picture, as bytes or, as JSON, by its `url`."""
        body = await self._bodies.read(request.stream())
        if request.headers.get("content-type", "").startswith("application/json"):
            upload = await self._workers.run(self._fetched, body)
        else:
            upload = await self._workers.run(self._kept, body, request.query_params.get("name", "picture"))
        return JSONResponse(upload.as_json(), 201)

    async def preview(self, request: Request) -> Response:
        """A small JPEG of a picture that was given."""
        return Response(self._uploads.find(request.path_params["key"]).preview, media_type="image/jpeg")

    async def search(self, request: Request) -> Response:
        """Hits, best first."""
        return _json(await self._workers.run(self._answering.search, read_asked(request.query_params)))

    async def query(self, request: Request) -> Response:
        """The search in OpenSearch's query DSL."""
        return _json(await self._workers.run(self._answering.query, read_asked(request.query_params)))

    async def facets(self, request: Request) -> Response:
        """What there is to filter by."""
        return _json(await self._workers.run(self._answering.facets, read_asked(request.query_params)))

    async def image(self, request: Request) -> Response:
        """An image of the index, scaled."""
        side = _SIDES.get(request.query_params.get("side", "640"))
        if side is None:
            raise SearchError(f"side: expected {' or '.join(_SIDES)}")
        data = await self._workers.run(self._images.scaled, request.query_params.get("id", ""), side)
        return Response(data, media_type="image/jpeg", headers=_SHOWN_ALONE)

    async def original(self, request: Request) -> Response:
        """An image of the index as it is."""
        data, kind = await self._workers.run(self._images.original, request.query_params.get("id", ""))
        return Response(data, media_type=kind, headers=_SHOWN_ALONE)

    def _kept(self, data: bytes, name: str) -> Upload:
        upload = read_upload(data, name)
        self._uploads.keep(upload)
        return upload

    def _fetched(self, body: bytes) -> Upload:
        try:
            url = json.loads(body)["url"]
        except (ValueError, TypeError, KeyError, RecursionError):
            url = ""
        return self._kept(*self._web.fetch(str(url)))


def make_app(searcher: Searcher, index: str, names: Collection[str] = (), private_addresses: bool = False) -> Starlette:
    """The application over one index; `names` are those by which browsers may ask for it, beside addresses."""
    pages = Pages(searcher, index, private_addresses)
    small = [Middleware(GZipMiddleware, minimum_size=500)]  # answers are pictures for the most part
    routes = [
        Route("/", pages.page, middleware=small),
        Route("/api/pictures", pages.give, methods=["POST"]),
        Route("/api/pictures/{key}/preview", pages.preview),
        Route("/api/search", pages.search),
        Route("/api/query", pages.query),
        Route("/api/facets", pages.facets),
        Route("/api/image", pages.image),
        Route("/api/original", pages.original),
        Mount("/static", StaticFiles(packages=[("lookalike.search.web", "static")]), middleware=small),
    ]
    middleware = [Middleware(Guard, names=names)]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={LookalikeError: told})


def _json(content: Any) -> Response:
    """Starlette's own cannot write half a surrogate pair, which a document may hold."""
    return Response(json.dumps(content), media_type="application/json")
