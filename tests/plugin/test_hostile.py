"""Whatever is sent as a picture: no answer but 200, 400 and 429, and a node that is none the worse for it."""

import json
import math
import time
from collections.abc import Iterable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.node_process import Memory, NodeProcess
from tests.conftest import process
from tests.golden.refused import refused
from tests.pictures import encoded, picture
from tests.plugin.bombs import bombs, slow_jpeg
from tests.plugin.conftest import PHOTOS, Corpus
from tests.plugin.http import Http, base64_of, clause
from tests.plugin.mutations import HostileFile, mutations

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]

MUTATIONS, SEED = 2_000, 20_261_123
BATCH = 50
INDEX, PIPELINE = "test-hostile", "test-hostile"
EMBED = "/_plugins/_lookalike/embed"
ALLOWED = {200, 201, 400, 429}
ERRORS = {"illegal_argument_exception", "circuit_breaking_exception", "opensearch_rejected_execution_exception"}
GOLDEN = Path(__file__).parents[1] / "golden" / "images"
MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def files() -> list[HostileFile]:
    """Thousands of broken files, made from a picture of every kind that we read."""
    kinds = [HostileFile(path.name, path.read_bytes()) for path in sorted(GOLDEN.iterdir())]
    originals = [file for file in kinds if 0 < len(file.data) < 16_000]
    return [
        *mutations(originals, MUTATIONS, SEED),
        *bombs(),
        *(HostileFile(file.name, file.data) for file in refused()),
    ]


@pytest.fixture
def survives(http: Http, corpus: Corpus) -> Iterator[None]:
    """The node is the same process afterwards, holds no more memory and answers right."""
    node = NodeProcess(lambda path: http("GET", path).ok())
    _requires_right_answer(http, corpus)
    before = node.memory()
    yield
    assert node.is_the_same()
    after = _settled(node)
    assert after.reserved == 0
    assert after.heap - before.heap < 30 * MEGABYTE, (before, after)
    assert after.resident - before.resident < 400 * MEGABYTE, (before, after)  # the heap may grow to its limit
    _requires_right_answer(http, corpus)


def test_broken_files_are_answered_by_the_clause(http: Http, files: list[HostileFile], survives: None) -> None:
    statuses: dict[int, int] = {}
    for batch in _batches(files):
        lines: list[dict[str, Any]] = []
        for file in batch:
            lines += [{"index": PHOTOS}, {"query": clause(image=base64_of(file.data), k=1), "_source": False}]
        for file, answer in zip(batch, http("POST", "/_msearch", lines).json["responses"], strict=True):
            statuses[answer["status"]] = statuses.get(answer["status"], 0) + 1
            _requires_good(file, answer["status"], answer.get("error"))
    assert statuses[400] > len(files) / 2
    assert statuses[200] > len(files) / 20  # some are still pictures


def test_broken_files_are_answered_by_embed(http: Http, files: list[HostileFile], survives: None) -> None:
    for file in files:
        answer = http("POST", EMBED, {"image": base64_of(file.data)})
        _requires_good(file, answer.status, answer.json.get("error"))
        if answer.status == 200:
            length = math.sqrt(sum(number * number for number in answer.json["embedding"]))
            assert length == pytest.approx(1, abs=1e-4), file.name


def test_broken_files_are_answered_by_the_processor(http: Http, files: list[HostileFile], survives: None) -> None:
    assert process("init", INDEX, "--url", http.url).returncode == 0
    try:
        http("PUT", f"/_ingest/pipeline/{PIPELINE}", {"processors": [{"image_embedding": {}}]}).ok()
        for number, batch in enumerate(_batches(files)):
            (_simulate if number % 2 else _bulk)(http, batch)
        http("POST", f"/{INDEX}/_refresh").ok()
        vectors = http.search(INDEX, {"exists": {"field": "embedding"}}, track_total_hits=True).ok()["hits"]["total"]
        assert vectors == http.search(INDEX, {"match_all": {}}, track_total_hits=True).ok()["hits"]["total"]
    finally:
        http("DELETE", f"/{INDEX}")
        http("DELETE", f"/_ingest/pipeline/{PIPELINE}")
        http("DELETE", f"/_index_template/lookalike-{INDEX}")


def test_a_picture_that_takes_minutes_is_given_up(http: Http, survives: None) -> None:
    with http.setting("lookalike.decode_timeout", "300ms"):
        began = time.monotonic()
        answer = http("POST", EMBED, {"image": base64_of(slow_jpeg())})
        assert (answer.status, answer.reason) == (400, "[image] decoding took longer than 300 ms")
        assert time.monotonic() - began < 5


def _base64_misused() -> Iterator[tuple[str, str, str | None]]:
    """What it is, the text, and what the answer must say; None if it is a picture all the same."""
    good = base64_of(encoded(picture(1, (64, 48)), "JPEG"))
    yield "nothing", "", "empty image"
    yield "spaces", " \n\t\r ", "empty image"
    yield "padding alone", "====", "empty image"
    yield "line breaks", "\r\n".join(good[i : i + 76] for i in range(0, len(good), 76)), None
    yield "URL-safe alphabet", good.replace("+", "-").replace("/", "_"), None
    yield "no padding", good.rstrip("="), None
    yield "too much padding", good.rstrip("=") + "===", "not base64: found"
    yield "padding inside", good[:40] + "=" + good[40:], "not base64: found '=' at position 40"
    yield "a lost character", (good.rstrip("=") + "AAAA")[: len(good.rstrip("=")) // 4 * 4 + 1], "not base64: found"
    yield "another alphabet", good[:40] + "*" + good[41:], "not base64: found '*' at position 40"
    yield "a letter with an accent", good[:40] + "é" + good[41:], "not base64: found U+00E9 at position 40"
    yield "fullwidth letters", "\uff21" * 400, "not base64: found U+FF21 at position 0"
    yield "an emoji", good[:40] + "\U0001f600" + good[41:], "not base64: found U+D83D at position 40"
    yield "half of a pair", good[:40] + "\ud83d" + good[41:], "not base64: found U+D83D at position 40"
    yield "NUL", good[:40] + "\0" + good[41:], "not base64: found U+0000 at position 40"
    yield "a URL", "https://example.org/picture.jpg", "send the bytes as base64"
    yield "a file", "file:///etc/passwd", "send the bytes as base64"
    yield "hexadecimal", good.encode().hex(), "not a jpeg"
    yield "base64 of base64", base64_of(good.encode()), "not a jpeg"
    yield "data: URI", f"data:image/jpeg;base64,{good}", None
    yield "data: URI in capitals", f"DATA:IMAGE/JPEG;BASE64,{good}", None
    yield "data: URI with parameters", f"data:image/jpeg;name=a.jpg;charset=utf-8;base64,{good}", None
    yield "data: URI of another format", f"data:image/png;base64,{good}", None
    yield "data: URI alone", "data:", "without a comma"
    yield "data: URI without data", "data:image/png;base64,", "empty image"
    yield "data: URI that is not base64", "data:image/svg+xml,%3Csvg/%3E", "not base64"
    yield "data: URI of text", f"data:text/html;base64,{good}", "another type than image"
    yield "data: URI in a data: URI", f"data:image/png;base64,data:image/png;base64,{good}", "not base64: found"
    yield "data: URI of a long type", f"data:image/{'x' * 5000};base64,{good}", "not base64"
    yield "30 MB", "A" * 30_000_000, "image of 22,500,000 bytes, more than 20,971,520"


@pytest.mark.parametrize(
    ("text", "reason"), [pytest.param(text, reason, id=name) for name, text, reason in _base64_misused()]
)
def test_base64_misused(http: Http, corpus: Corpus, text: str, reason: str | None) -> None:
    answers = [
        http("POST", EMBED, {"image": text}),
        http.search(PHOTOS, clause(image=text, k=1)),
    ]
    for answer in answers:
        if reason is None:
            answer.ok()
        else:
            assert answer.status == 400
            assert answer.reason.startswith("[image] ")
            assert reason in answer.reason
    simulated = http("POST", "/_ingest/pipeline/_simulate", _simulation([text])).ok()["docs"][0]
    assert ("error" in simulated) == (reason is not None)
    assert (reason or "") in str(simulated)


@pytest.mark.parametrize("place", [EMBED, f"/{PHOTOS}/_search"], ids=["embed", "clause"])
@pytest.mark.parametrize(
    "text", [b"\xff\xfe\xfd", b"\xc0\xaf", b"\xed\xa0\x80", b"A\0B", b"\\ud83d\\ud83d", b"\\u00"], ids=repr
)
def test_text_that_is_not_text(http: Http, corpus: Corpus, place: str, text: bytes) -> None:
    answer = http("POST", place, _body(place).replace(b"PICTURE", b"A" * 4000 + text))
    assert answer.status == 400, answer.content
    assert answer.reason


@pytest.mark.parametrize("place", [EMBED, f"/{PHOTOS}/_search"], ids=["embed", "clause"])
def test_a_text_above_the_limit_of_json(http: Http, place: str, survives: None) -> None:
    """Jackson's limit, not ours; what must not happen is a 500."""
    answer = http("POST", place, _body(place).replace(b"PICTURE", b"A" * 60_000_000))
    assert answer.status in {400, 413, 429}, answer.content[:1000]


@pytest.mark.parametrize("place", [EMBED, f"/{PHOTOS}/_search"], ids=["embed", "clause"])
def test_a_body_above_the_limit_of_http(http: Http, place: str, survives: None) -> None:
    parts = urlsplit(http.url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    try:
        connection.putrequest("POST", place)
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Content-Length", str(200_000_000))
        connection.endheaders()
        connection.send(_body(place)[:20])
        assert connection.getresponse().status == 413
    finally:
        connection.close()


def _body(place: str) -> bytes:
    body = {"image": "PICTURE"} if place == EMBED else {"query": clause(image="PICTURE", k=1)}
    return json.dumps(body).encode()


def _bulk(http: Http, files: list[HostileFile]) -> None:
    lines: list[dict[str, Any]] = []
    for file in files:
        lines += [{"index": {}}, {"image": base64_of(file.data)}]
    answer = http("POST", f"/{INDEX}/_bulk?pipeline={PIPELINE}", lines).ok()
    for file, item in zip(files, answer["items"], strict=True):
        _requires_good(file, item["index"]["status"], item["index"].get("error"))


def _simulate(http: Http, files: list[HostileFile]) -> None:
    body = _simulation([base64_of(file.data) for file in files])
    answer = http("POST", "/_ingest/pipeline/_simulate", body).ok()
    for file, simulated in zip(files, answer["docs"], strict=True):
        error = simulated.get("error")
        _requires_good(file, 400 if error else 200, error)
        assert error is not None or len(simulated["doc"]["_source"]["embedding"]) == 256


def _simulation(texts: Iterable[str]) -> dict[str, Any]:
    documents = [{"_index": INDEX, "_id": str(number), "_source": {"image": text}} for number, text in enumerate(texts)]
    return {"pipeline": {"processors": [{"image_embedding": {}}]}, "docs": documents}


def _requires_good(file: HostileFile, status: int, error: dict[str, Any] | None) -> None:
    """The answer to one file: a status that we allow, and a reason of one line in words for people."""
    assert status in ALLOWED, (file.name, error)
    assert (error is None) == (status < 300)
    if error is None:
        return
    reason = str(error["reason"])
    assert error["type"] in ERRORS, (file.name, error)
    assert 10 < len(reason) < 400, (file.name, reason)
    assert reason.isprintable(), (file.name, reason)
    assert not any(word in reason for word in ("java.", "Exception", "null")), (file.name, reason)


def _requires_right_answer(http: Http, corpus: Corpus) -> None:
    hits = http.search(PHOTOS, clause(image=corpus.image(7), k=1)).hits
    assert list(hits) == [corpus.ids[7]]
    assert hits[corpus.ids[7]] > 0.999


def _settled(node: NodeProcess) -> Memory:
    """What it holds once the last work is over: reservations end a moment after their answer."""
    deadline = time.monotonic() + 10
    while (memory := node.memory()).reserved > 0 and time.monotonic() < deadline:
        time.sleep(0.2)
    return memory


def _batches(files: list[HostileFile]) -> Iterator[list[HostileFile]]:
    for start in range(0, len(files), BATCH):
        yield files[start : start + BATCH]
