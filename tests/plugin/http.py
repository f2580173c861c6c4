"""Requests as any client sends them, answers whatever their status."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from typing import Any

from PIL import Image

from tests.pictures import encoded

__all__ = ["Answer", "Http", "base64_of", "clause"]


@dataclass(frozen=True)
class Answer:
    """What a node answered: status, headers and body."""

    status: int
    headers: Message
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def reason(self) -> str:
        """The one line at the top of an error, which is what people read."""
        return str(self.json["error"]["reason"])

    @property
    def root_reason(self) -> str:
        """What a shard said, where the top only says that shards failed."""
        return str(self.json["error"]["root_cause"][0]["reason"])

    def ok(self) -> Any:
        """The parsed body of an answer that must be a success without failed shards."""
        assert self.status in {200, 201}, self.content.decode()
        body = self.json
        assert isinstance(body, list) or body.get("_shards", {}).get("failed", 0) == 0, self.content.decode()
        return body

    @property
    def hits(self) -> dict[str, float]:
        """Scores by id, best first."""
        return {hit["_id"]: hit["_score"] for hit in self.ok()["hits"]["hits"]}


@dataclass(frozen=True)
class Http:
    """A node's address."""

    url: str

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Send a body: bytes and text as they are, a list as lines of JSON, anything else as JSON."""
        if isinstance(body, list):
            body = "".join(json.dumps(line) + "\n" for line in body)
        elif body is not None and not isinstance(body, str | bytes):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        sent = {"Content-Type": "application/json", **headers}
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    @contextmanager
    def setting(self, name: str, value: object) -> Iterator[None]:
        """A dynamic setting of the cluster for a while."""
        self("PUT", "/_cluster/settings", {"transient": {name: value}}).ok()
        try:
            yield
        finally:
            self("PUT", "/_cluster/settings", {"transient": {name: None}}).ok()

    def search(self, index: str, query: object, **more: Any) -> Answer:
        return self("POST", f"/{index}/_search", {"_source": False, "query": query, "size": 100, **more})

    def embed(self, picture: Image.Image | bytes, **more: Any) -> list[float]:
        """The vector that the node makes of a picture."""
        body = {"image": base64_of(picture), **more}
        vector: list[float] = self("POST", "/_plugins/_lookalike/embed", body).ok()["embedding"]
        return vector


def base64_of(picture: Image.Image | bytes) -> str:
    """A picture as a client sends it; one that is not encoded yet as PNG."""
    return base64.b64encode(picture if isinstance(picture, bytes) else encoded(picture, "PNG")).decode()


def clause(field: str = "embedding", **parameters: Any) -> dict[str, Any]:
    return {"lookalike": {field: parameters}}
