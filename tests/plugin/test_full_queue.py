"""A node with one thread for pictures and one place in the queue, both taken: who waits, who is sent away."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.pictures import picture
from tests.plugin.http import Http, base64_of, clause
from tests.plugin.indices import make_index, vector_field
from tests.plugin.own_node import OwnNode, busy

pytestmark = pytest.mark.cluster

FULL = "too many pictures at once: the queue of the thread pool [lookalike] is full; try again later"
INDEX = "queued"
DOCUMENTS = 50


@pytest.fixture
def http(guarded: OwnNode) -> Iterator[Http]:
    http = guarded.http
    make_index(http, INDEX, {"embedding": vector_field()})
    http("PUT", "/_ingest/pipeline/queued", {"processors": [{"image_embedding": {"thumbnail": False}}]}).ok()
    yield http
    http("DELETE", f"/{INDEX}").ok()


@pytest.fixture
def others() -> list[str]:
    """What other clients ask for meanwhile."""
    return [base64_of(picture(number, (800, 600))) for number in range(4)]


def write(http: Http) -> list[dict[str, Any]]:
    """A bulk of pictures; its items."""
    lines: list[Any] = []
    for number in range(DOCUMENTS):
        lines += [{"index": {"_id": str(number)}}, {"image": base64_of(picture(number, (64, 48)))}]
    items = http("POST", f"/{INDEX}/_bulk?pipeline=queued&refresh=true", lines).ok()["items"]
    http("POST", f"/{INDEX}/_refresh").ok()
    return [item["index"] for item in items]


def vectors(http: Http) -> int:
    count: int = http("POST", f"/{INDEX}/_count", {"query": {"exists": {"field": "embedding"}}}).ok()["count"]
    return count


def test_documents_wait(http: Http, others: list[str]) -> None:
    with busy(http, others, 2):
        items = write(http)
    assert {item["status"] for item in items} == {201}
    assert vectors(http) == DOCUMENTS


def test_documents_that_may_not_wait_are_429_and_not_indexed(http: Http, others: list[str]) -> None:
    with http.setting("lookalike.ingest.max_wait", "0s"), busy(http, others, 2):
        items = write(http)
    refused = [item for item in items if item["status"] == 429]
    assert refused
    assert {item["error"]["reason"] for item in refused} == {FULL}
    assert {item["status"] for item in items} <= {201, 429}
    assert vectors(http) == http("GET", f"/{INDEX}/_count").ok()["count"] == DOCUMENTS - len(refused)


def test_queries_are_answered_or_sent_away_with_a_429(http: Http, others: list[str]) -> None:
    write(http)
    lines: list[Any] = []
    for number in range(30):
        lines += [{}, {"query": clause(image=base64_of(picture(number, (64, 48))), k=1), "size": 1}]
    answers = http("POST", f"/{INDEX}/_msearch?max_concurrent_searches=30", lines).json["responses"]
    sent_away = [answer for answer in answers if answer["status"] == 429]
    assert sent_away
    assert {answer["error"]["reason"] for answer in sent_away} == {FULL}
    for number, answer in enumerate(answers):
        if answer["status"] != 429:
            assert answer["hits"]["hits"][0]["_id"] == str(number)
