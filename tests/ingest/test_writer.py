"""Patience and exactness of the writer, against answers that a healthy node does not give on demand."""

import json
from typing import Any

import numpy as np
import opensearchpy
import pytest

from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import ConnectionFailedError, RequestFailedError
from lookalike.ingest.writer import BulkWriter

DOCUMENTS = {key: {"image_url": f"file:///{key}", "embedding": np.ones(2, np.float32)} for key in "abcd"}
Step = dict[str, int] | Exception


class Client:
    """Answers each bulk request by the next step: a status for each id (201 if absent), or an exception."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self.sent: list[list[str]] = []
        self.stored: dict[str, Any] = {}

    def bulk(self, index: str, body: bytes, params: dict[str, Any]) -> dict[str, Any]:
        assert (index, params) == ("photos", {"request_timeout": 60, "timeout": "30s"})
        lines = [json.loads(line) for line in body.splitlines()]
        keys = [line["index"]["_id"] for line in lines[::2]]
        self.sent.append(keys)
        step = self.steps.pop(0) if self.steps else {}
        if isinstance(step, Exception):
            raise step
        items = []
        for key, document in zip(keys, lines[1::2], strict=True):
            status = step.get(key, 201)
            item: dict[str, Any] = {"_id": key, "status": status}
            if status >= 400:
                cause = {"type": "x", "reason": "inner\n reason"}
                item["error"] = {"type": "y", "reason": f"status {status}", "caused_by": cause}
            else:
                self.stored[key] = document
            items.append({"index": item})
        return {"items": items}


def write(client: Client, patience: float = 5) -> dict[str, str]:
    writer = BulkWriter(client, ConnectionSettings(), "photos", patience)  # type: ignore[arg-type]
    return writer.write(DOCUMENTS)


def test_all_is_written_in_one_request() -> None:
    client = Client([])
    assert write(client) == {}
    assert client.sent == [["a", "b", "c", "d"]]
    assert client.stored["c"] == {"image_url": "file:///c", "embedding": [1.0, 1.0]}


def test_large_documents_are_written_in_several_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.ingest.writer._LARGEST", 180)
    client = Client([])
    assert write(client) == {}
    assert client.sent == [["a", "b"], ["c", "d"]]


def test_a_document_that_is_too_large_for_any_request_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lookalike.ingest.writer._LARGEST", 1)
    client = Client([{}, opensearchpy.TransportError(413, "too large", {})])
    assert write(client) == {"b": "larger than OpenSearch takes in one request"}
    assert client.sent == [["a"], ["b"], ["c"], ["d"]]


def test_only_what_was_rejected_is_sent_again() -> None:
    client = Client([{"b": 429, "d": 503}, {"d": 429}])
    assert write(client) == {}
    assert client.sent == [["a", "b", "c", "d"], ["b", "d"], ["d"]]
    assert client.stored.keys() == DOCUMENTS.keys()


def test_what_is_refused_for_good_is_reported_and_not_sent_again() -> None:
    client = Client([{"a": 400, "b": 429}])
    assert write(client) == {"a": "status 400: inner reason"}
    assert client.sent == [["a", "b", "c", "d"], ["b"]]


@pytest.mark.parametrize(
    "error",
    [
        opensearchpy.ConnectionError("N/A", "refused", Exception("refused")),
        opensearchpy.ConnectionTimeout("TIMEOUT", "slow", Exception("slow")),
        opensearchpy.TransportError(503, "unavailable", {}),
        opensearchpy.TransportError(429, "busy", {}),
    ],
)
def test_a_pause_of_opensearch_is_waited_out(error: Exception) -> None:
    client = Client([error, error])
    assert write(client) == {}
    assert len(client.sent) == 3
    assert client.stored.keys() == DOCUMENTS.keys()


def test_rejection_beyond_patience_ends_with_the_reason() -> None:
    client = Client([{"a": 429}] * 1000)
    with pytest.raises(RequestFailedError, match="has rejected documents for 0 s: status 429") as caught:
        write(client, patience=0.3)
    assert caught.value.status == 429
    assert 1 < len(client.sent) < 50


def test_absence_beyond_patience_ends_with_the_address() -> None:
    client = Client([opensearchpy.ConnectionError("N/A", "Connection refused", Exception("refused"))] * 1000)
    with pytest.raises(ConnectionFailedError, match="nothing listens at http://127.0.0.1:9200"):
        write(client, patience=0.3)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 500])
def test_an_error_that_will_not_pass_is_not_repeated(status: int) -> None:
    kinds = {401: opensearchpy.AuthenticationException, 403: opensearchpy.AuthorizationException}
    client = Client([kinds.get(status, opensearchpy.TransportError)(status, "no", {"error": {"reason": "no"}})])
    with pytest.raises(Exception, match=str(status)):
        write(client)
    assert len(client.sent) == 1


def test_nothing_to_write_asks_nothing() -> None:
    client = Client([])
    assert BulkWriter(client, ConnectionSettings(), "photos").write({}) == {}  # type: ignore[arg-type]
    assert client.sent == []
