"""Half of the URLs fail, hang or send without end: the other half is ingested, and the run ends in good time."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from opensearchpy import OpenSearch

from tests.conftest import Run
from tests.ingest.server import Answer, Server, serving
from tests.pictures import encoded, picture

pytestmark = pytest.mark.cluster

GOOD, OF_EACH_KIND = 36, 6
REASONS = {
    "gone": "HTTP 404",
    "broken": "HTTP 500",
    "silent": "Read timed out",
    "endless": "not done in 3 s",
    "slow-headers": "not done in 3 s",
    "words": "not a jpeg, png, webp, gif, bmp, tiff image",
}


def silent(answer: Answer) -> None:
    """Say nothing until the client has gone."""
    answer.rfile.read(1)


def slow_headers(answer: Answer) -> None:
    """Begin an answer with a header that never ends."""
    answer.wfile.write(b"HTTP/1.1 200 OK\r\nX-Name: ")
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer.wfile.write(b"x")
        time.sleep(0.1)


def add_pages(server: Server) -> list[str]:
    """Good and bad pages, whose addresses take turns."""
    bad = {
        "gone": lambda answer: answer.give(404),
        "broken": lambda answer: answer.give(500),
        "silent": silent,
        "endless": lambda answer: answer.drip(60),
        "slow-headers": slow_headers,
        "words": lambda answer: answer.give(200, b"only words"),
    }
    server.pages |= {f"/{kind}.jpg": page for kind, page in bad.items()}
    for number in range(GOOD):
        data = encoded(picture(number, (64, 48)))
        server.pages[f"/{number}.jpg"] = lambda answer, data=data: answer.give(200, data)  # type: ignore[misc]
    kinds = [f"{kind}.jpg?{number}" for number in range(OF_EACH_KIND) for kind in bad]
    names = [f"{number}.jpg" for number in range(GOOD)]
    return [name for pair in zip(names, kinds, strict=True) for name in pair]


def test_good_urls_among_bad_ones_are_ingested_in_bounded_time(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    with serving() as server:
        port = server.server_address[1]
        urls = [f"http://127.0.0.1:{port}/{page}" for page in add_pages(server)]
        manifest = tmp_path / "urls.jsonl"
        manifest.write_text("".join(json.dumps({"url": url}) + "\n" for url in urls))
        began = time.monotonic()
        result = run(
            "ingest", manifest, "--index", index, "--private-addresses", "--timeout", "0.3", "--json",
            "--failed", tmp_path / "failed.jsonl",
        )  # fmt: skip
        seconds = time.monotonic() - began
    assert result.code == 3, result.err
    summary = json.loads(result.out.splitlines()[-1])
    bad = OF_EACH_KIND * len(REASONS)
    assert (summary["written"], summary["failed"]) == (GOOD, bad)
    assert client.count(index=index)["count"] == GOOD
    rows = [json.loads(line) for line in (tmp_path / "failed.jsonl").read_text().splitlines()]
    kinds = Counter(row["path"].rpartition("/")[2].partition(".jpg")[0] for row in rows)
    assert kinds == dict.fromkeys(REASONS, OF_EACH_KIND)
    for row in rows:
        kind = row["path"].rpartition("/")[2].partition(".jpg")[0]
        assert REASONS[kind] in row["reason"], row
    assert summary["failed_by_reason"]["HTTP"] == 2 * OF_EACH_KIND
    # A server is asked for four images at a time: the slowest twelve take three turns of three seconds.
    assert seconds < 60
