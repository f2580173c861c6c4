import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest

from lookalike.cluster.process import free_port
from lookalike.errors import ImageError
from lookalike.fetching import retrying
from lookalike.fetching.fetcher import Fetched, Fetcher, Limits
from lookalike.fetching.public_address import is_public
from tests.ingest.server import Answer, Server, serving

HERE = Limits(timeout=0.5, private=True)  # a server on loopback has a private address


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture(autouse=True)
def _no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retrying, "_random_wait", lambda state: 0.01)


def body(fetched: Fetched) -> bytes:
    assert fetched.body is not None
    with fetched.body as stream:
        return stream.read()


def reason(server: Server, path: str, limits: Limits = HERE) -> str:
    with pytest.raises(ImageError) as caught:
        Fetcher(limits, 4).fetch(server.url + path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.0.1", False),
        ("169.254.169.254", False),  # where clouds keep credentials
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("2002:7f00:1::", False),  # 6to4 of 127.0.0.1
        ("64:ff9b::7f00:1", False),  # NAT64 of 127.0.0.1
        ("64:ff9b:1::7f00:1", False),
        ("fec0::1", False),
        ("::127.0.0.1", False),
        ("192.0.0.192", False),
        ("168.63.129.16", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "[::1]", "2130706433", "0x7f.1"])  # noqa: S104
def test_private_addresses_are_refused_however_they_are_written(server: Server, host: str) -> None:
    server.pages["/a.jpg"] = lambda answer: answer.give(200, b"secret")
    port = server.server_address[1]
    with pytest.raises(ImageError) as caught:
        Fetcher(Limits(timeout=1, attempts=1), 4).fetch(f"http://{host}:{port}/a.jpg")
    assert not server.asked
    assert "private address" in str(caught.value) or "resolve" in str(caught.value).lower()


def test_a_redirect_to_a_private_address_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from lookalike.fetching import public_address

    server.pages["/a.jpg"] = lambda answer: answer.give(302, Location=f"http://localhost:{port}/secret")
    server.pages["/secret"] = lambda answer: answer.give(200, b"secret")
    port = server.server_address[1]
    # The first address counts as public, as if the server stood elsewhere; localhost is looked at as it is.
    monkeypatch.setattr(public_address, "is_public", _first())
    assert "which is refused; --private-addresses allows it" in reason(server, "/a.jpg", Limits(timeout=1))
    assert server.asked["/secret"] == 0


def _first() -> object:
    asked: list[str] = []

    def is_first(address: str) -> bool:
        asked.append(address)
        return len(asked) == 1

    return is_first


def test_an_image_is_fetched_and_asked_for_again_only_if_it_changed(server: Server) -> None:
    def page(answer: Answer) -> None:
        if answer.headers["If-None-Match"] == "v1" and answer.headers["If-Modified-Since"] == "yesterday":
            answer.give(304)
        else:
            answer.give(200, b"picture", ETag="v1", Last_Modified="yesterday")

    server.pages["/a.jpg"] = page
    fetcher = Fetcher(HERE, 4)
    first = fetcher.fetch(server.url + "/a.jpg")
    assert body(first) == b"picture"
    assert fetcher.fetch(server.url + "/a.jpg", first.stamp).body is None
    assert body(fetcher.fetch(server.url + "/a.jpg")) == b"picture"
    # What was said of one URL does not hold for another.
    server.pages["/b.jpg"] = page
    assert body(fetcher.fetch(server.url + "/b.jpg", first.stamp)) == b"picture"


def test_a_server_that_says_unchanged_without_being_asked_is_not_believed(server: Server) -> None:
    server.pages["/a.jpg"] = lambda answer: answer.give(304)
    assert reason(server, "/a.jpg") == "HTTP 304"


def test_a_date_beyond_all_dates_is_no_time_to_wait(server: Server) -> None:
    answers = iter([429, 200])
    never = "Mon, 01 Jan 99999999999 00:00:00 GMT"
    server.pages["/a.jpg"] = lambda answer: answer.give(next(answers), b"x", Retry_After=never)
    assert body(Fetcher(HERE, 4).fetch(server.url + "/a.jpg")) == b"x"


def test_redirects_are_followed_a_few_times(server: Server) -> None:
    for number in range(10):
        server.pages[f"/{number}"] = lambda answer, number=number: answer.give(302, Location=f"{number + 1}")  # type: ignore[misc]
    server.pages["/10"] = lambda answer: answer.give(200, b"end")
    assert body(Fetcher(HERE, 4).fetch(server.url + "/5")) == b"end"
    assert reason(server, "/4") == "more than 5 redirects"
    server.pages["/out"] = lambda answer: answer.give(302, Location="file:///etc/passwd")
    assert reason(server, "/out") == "redirected to file:///etc/passwd, which is no http or https URL"
    server.pages["/bad"] = lambda answer: answer.give(302, Location="http://[")
    assert reason(server, "/bad") == "redirected to http://[, which is no URL: Invalid IPv6 URL"
    server.pages["/nowhere"] = lambda answer: answer.give(302)
    assert reason(server, "/nowhere") == "HTTP 302 without a Location"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204])
def test_what_will_not_pass_is_asked_once(server: Server, status: int) -> None:
    server.pages["/a.jpg"] = lambda answer: answer.give(status)
    assert reason(server, "/a.jpg") == f"HTTP {status}"
    assert server.asked["/a.jpg"] == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_pass_is_asked_again(server: Server, status: int) -> None:
    answers = iter([status, status, 200])
    server.pages["/a.jpg"] = lambda answer: answer.give(next(answers), b"late")
    assert body(Fetcher(HERE, 4).fetch(server.url + "/a.jpg")) == b"late"
    server.pages["/b.jpg"] = lambda answer: answer.give(status)
    assert reason(server, "/b.jpg") == f"HTTP {status}"
    assert server.asked["/b.jpg"] == HERE.attempts


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_server_says_when_to_come_back(server: Server, form: str) -> None:
    answers = iter([429, 200])
    later = "1" if form == "seconds" else formatdate(time.time() + 1.9, usegmt=True)
    server.pages["/a.jpg"] = lambda answer: answer.give(next(answers), b"x", Retry_After=later)
    began = time.monotonic()
    assert body(Fetcher(HERE, 4).fetch(server.url + "/a.jpg")) == b"x"
    assert 0.8 < time.monotonic() - began < 4


def test_too_many_bytes_are_not_read(server: Server) -> None:
    server.pages["/a.jpg"] = lambda answer: answer.give(200, bytes(300_000))
    server.pages["/liar.jpg"] = lambda answer: answer.give(200, bytes(300_000), Content_Length="10")
    small = Limits(timeout=0.5, max_bytes=200_000, private=True)
    assert reason(server, "/a.jpg", small) == "more than 200,000 bytes"
    assert body(Fetcher(small, 4).fetch(server.url + "/liar.jpg")) == bytes(10)


def test_a_body_that_drips_in_without_end_meets_the_deadline(server: Server) -> None:
    server.pages["/a.jpg"] = lambda answer: answer.drip(30)
    began = time.monotonic()
    limits = Limits(timeout=0.1, private=True)
    assert reason(server, "/a.jpg", limits) == "not done in 1 s"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "begin", [b"HTTP/1.1 200 OK\r\nX-Name: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"]
)
def test_headers_that_drip_in_without_end_meet_the_deadline_too(server: Server, begin: bytes) -> None:
    def drip(answer: Answer) -> None:
        answer.wfile.write(begin)
        for _ in range(600):
            answer.wfile.write(b"x")
            time.sleep(0.05)

    server.pages["/a.jpg"] = drip
    began = time.monotonic()
    assert reason(server, "/a.jpg", Limits(timeout=0.1, private=True)) == "not done in 1 s"
    assert time.monotonic() - began < 5
    assert server.asked["/a.jpg"] == 1


def test_a_server_that_says_nothing_or_stops_half_way(server: Server) -> None:
    server.pages["/silent.jpg"] = lambda answer: time.sleep(2)
    once = Limits(timeout=0.2, attempts=1, private=True)
    assert "timed out" in reason(server, "/silent.jpg", once).lower()
    server.pages["/half.jpg"] = lambda answer: answer.give(200, b"half", Content_Length="1000")
    assert "4 bytes read, 996 more expected" in reason(server, "/half.jpg", once)


def test_a_host_that_is_not_there() -> None:
    with pytest.raises(ImageError, match="refused"):
        Fetcher(HERE, 4).fetch(f"http://127.0.0.1:{free_port()}/a.jpg")


def test_one_host_is_not_asked_for_more_than_a_few_at_a_time(server: Server) -> None:
    def slow(answer: Answer) -> None:
        with server.busy():
            time.sleep(0.05)
        answer.give(200, b"x")

    server.pages["/a.jpg"] = slow
    fetcher = Fetcher(HERE, 16)
    with ThreadPoolExecutor(16) as pool:
        for fetched in pool.map(lambda number: fetcher.fetch(f"{server.url}/a.jpg?{number}"), range(24)):
            body(fetched)
    assert server.most == HERE.per_host
