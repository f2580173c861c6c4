"""Writing documents with the bulk API; only what was rejected is sent again."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import opensearchpy
import orjson
import tenacity
from opensearchpy import OpenSearch

from lookalike.cluster.client import explain_block, translated_errors
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import RequestFailedError

__all__ = ["BulkWriter"]

_BUSY = {429, 502, 503, 504}
_TOO_LARGE = 413
_LARGEST = 20_000_000  # bytes of a request; OpenSearch takes 100 MB unless told otherwise
# Seconds, and what OpenSearch waits for a shard that is away: less, so that its reason arrives.
_WAITS = {"request_timeout": 60, "timeout": "30s"}
_COMPARED = ["content_sha256", "image_url", "model", "metadata", "tiling"]
T = TypeVar("T")


class _RejectedError(Exception):
    """OpenSearch rejected some documents for now."""


class BulkWriter:
    """Reads and writes the documents of one index, patiently.

    While OpenSearch is busy or away, each request is repeated with growing, random pauses for at most
    `patience` seconds; then ConnectionFailedError or RequestFailedError ends the run.
    """

    def __init__(self, client: OpenSearch, connection: ConnectionSettings, index: str, patience: float = 180) -> None:
        self._client = client
        self._connection = connection
        self._index = index
        self._patience = patience

    def known(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """What the index shows under these ids, less the ids it does not hold: the fields that tell a change.

        A search, because it takes half the time of a multi-get, which rebuilds each document's vector; so call
        `refresh` before the first one.
        """
        request = {"query": {"ids": {"values": ids}}, "size": len(ids), "_source": _COMPARED}

        def ask() -> dict[str, dict[str, Any]]:
            answer = self._client.search(index=self._index, body=request)
            return {found["_id"]: found["_source"] for found in answer["hits"]["hits"]}

        return self._patiently(ask)

    def write(self, documents: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        """Write documents by id and return the reasons, by id, of those that OpenSearch refuses for good.

        Requests are of at most 20 MB, unless one document is larger.
        """
        lines = {
            key: orjson.dumps({"index": {"_id": key}}) + b"\n" + orjson.dumps(document, option=_NUMPY) + b"\n"
            for key, document in documents.items()
        }
        refused: dict[str, str] = {}
        for part in _parts(lines):
            refused |= self._write(part)
        return refused

    def _write(self, pending: dict[str, bytes]) -> dict[str, str]:
        refused: dict[str, str] = {}

        def send() -> dict[str, str]:
            answer = self._bulk(b"".join(pending.values()))
            last_reason = ""
            for item in answer["items"]:
                result = item["index"]
                if result["status"] in _BUSY or _is_block(result):
                    last_reason = result["error"]["reason"]
                    continue
                del pending[result["_id"]]
                if result["status"] >= 400:
                    refused[result["_id"]] = _reason(result["error"])
            if pending:
                raise _RejectedError(last_reason)
            return refused

        try:
            return self._patiently(send)
        except RequestFailedError as error:
            if error.status != _TOO_LARGE or len(pending) > 1:
                raise
            return dict.fromkeys(pending, "larger than OpenSearch takes in one request")

    def delete(self, ids: Sequence[str]) -> int:
        """Delete documents by id; how many of them there were."""
        if not ids:
            return 0
        body = b"".join(orjson.dumps({"delete": {"_id": key}}) + b"\n" for key in ids)
        answer = self._patiently(lambda: self._bulk(body))
        refused = [item["delete"] for item in answer["items"] if item["delete"]["status"] not in {200, 404}]
        if refused:
            reason = _reason(refused[0].get("error") or {})
            raise RequestFailedError(
                f"OpenSearch did not delete {len(refused)} of {len(ids)} documents: {reason}", refused[0]["status"]
            )
        return sum(item["delete"]["status"] == 200 for item in answer["items"])

    def _bulk(self, body: bytes) -> Any:
        return self._client.bulk(index=self._index, body=body, params=_WAITS)

    def refresh(self) -> None:
        """Make everything written so far visible to searches."""
        self._patiently(lambda: self._client.indices.refresh(index=self._index))

    def _patiently(self, request: Callable[[], T]) -> T:
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_delay(self._patience),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=8),
            retry=tenacity.retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            with translated_errors(self._connection):
                return retrying(request)
        except _RejectedError as error:
            raise RequestFailedError(
                f"OpenSearch at {self._connection.url} has rejected documents for {self._patience:.0f} s: "
                f"{explain_block(str(error)) or error}",
                429,
            ) from error


_NUMPY = orjson.OPT_SERIALIZE_NUMPY


def _parts(lines: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """Documents in portions of at most _LARGEST bytes, or of one document."""
    part: dict[str, bytes] = {}
    size = 0
    for key, line in lines.items():
        if part and size + len(line) > _LARGEST:
            yield part
            part, size = {}, 0
        part[key] = line
        size += len(line)
    if part:
        yield part


def _may_pass(error: BaseException) -> bool:
    if isinstance(error, _RejectedError):
        return True
    if isinstance(error, opensearchpy.SSLError):
        return False
    if isinstance(error, opensearchpy.ConnectionError):
        return True
    return isinstance(error, opensearchpy.TransportError) and error.status_code in _BUSY


def _is_block(result: Mapping[str, Any]) -> bool:
    """Whether a document was refused because nothing may be written for now, whatever it holds."""
    return str((result.get("error") or {}).get("type")).endswith("block_exception")


def _reason(error: Mapping[str, Any]) -> str:
    cause = error.get("caused_by") or {}
    parts = [error.get("reason"), cause.get("reason")]
    return ": ".join(" ".join(str(part).split()) for part in parts if part)[:300] or "refused without a reason"
