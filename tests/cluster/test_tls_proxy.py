"""The commands through TLS and a login that nginx demands in front of the node."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from opensearchpy import OpenSearch
from starlette.testclient import TestClient

from lookalike.cluster.process import free_port
from lookalike.cluster.settings import ConnectionSettings
from lookalike.search.searcher import Searcher
from lookalike.search.web.app import make_app
from tests.conftest import Node, Result, Run
from tests.pictures import save_pictures
from tests.proxy import PASSWORD, USER, Proxy, proxy

pytestmark = pytest.mark.cluster

LOGIN = ("--user", USER, "--password", PASSWORD)


@pytest.fixture(scope="module")
def guarded(node: Node) -> Iterator[Proxy]:
    with proxy(node.url) as running:
        yield running


@pytest.fixture
def through(guarded: Proxy, run: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command through the proxy, and look that no credential is printed."""
    monkeypatch.setenv("LOOKALIKE_CA_CERT", str(guarded.ca_cert))

    def call(*arguments: str | Path) -> Result:
        address = () if "--url" in arguments else ("--url", guarded.url)
        result = run(*arguments, *address)
        assert PASSWORD not in result.out + result.err
        assert "Basic " not in result.out + result.err
        return result

    return call


def test_ingest_search_and_doctor(through: Run, client: OpenSearch, index: str, tmp_path: Path) -> None:
    first, *_ = save_pictures(tmp_path / "pictures", 4)
    ingested = through("ingest", tmp_path / "pictures", "--index", index, *LOGIN)
    assert (ingested.code, ingested.err) == (0, "")
    assert client.count(index=index)["count"] == 4
    found = through("search", first, "--index", index, "-k", "1", "--json", *LOGIN)
    assert json.loads(found.out)["image_url"] == first.as_uri()
    told = through("doctor", "--index", index, *LOGIN)
    assert told.code == 0, told.out
    assert "as anna, over TLS" in told.out
    assert "no security plugin, but a login: whoever has it may do everything" in told.out


def test_the_web_page(through: Run, guarded: Proxy, index: str, tmp_path: Path) -> None:
    first, *_ = save_pictures(tmp_path / "pictures", 4)
    assert through("ingest", tmp_path / "pictures", "--index", index, *LOGIN).code == 0
    settings = ConnectionSettings(guarded.url, USER, PASSWORD, guarded.ca_cert)
    with TestClient(make_app(Searcher(settings, index), index), base_url="http://127.0.0.1:9280") as page:
        given = page.post("/api/pictures", params={"name": first.name}, content=first.read_bytes()).json()
        answers = page.get("/api/search", params={"picture": given["picture"]})
        assert answers.json()["hits"][0]["name"] == first.name
        shown = [answers, page.get("/"), page.get("/api/query", params={"picture": given["picture"]})]
    assert not [answer for answer in shown if PASSWORD in answer.text]
    refused = through("serve", "--index", index, "--user", USER, "--password", "wrong")
    assert refused.code == 1
    assert refused.err.startswith(f"Error: OpenSearch at {guarded.url} does not accept the password of 'anna' (401)")


def test_the_login_may_stand_in_the_environment(through: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOKALIKE_USER", USER)
    monkeypatch.setenv("LOOKALIKE_PASSWORD", PASSWORD)
    assert through("doctor").code == 0


@pytest.mark.parametrize(
    ("login", "refused"),
    [
        (("--user", USER, "--password", "wrong"), "does not accept the password of 'anna' (401)"),
        ((), "does not accept a request without credentials (401)"),
    ],
)
def test_a_wrong_or_missing_password_is_told(
    through: Run, guarded: Proxy, tmp_path: Path, login: tuple[str, ...], refused: str
) -> None:
    expected = f"OpenSearch at {guarded.url} {refused}: give --user and --password, or LOOKALIKE_USER and "
    (picture,) = save_pictures(tmp_path, 1)
    for command in (["ingest", str(tmp_path)], ["search", str(picture)]):
        result = through(*command, "--index", "photos", *login)
        assert result.code == 1
        assert result.err.startswith(f"Error: {expected}")
        assert result.err.count("\n") == 1
    told = [json.loads(line) for line in through("doctor", "--json", *login).out.splitlines()]
    assert (told[0]["check"], told[0]["state"]) == ("connection", "problem")
    assert told[0]["found"].startswith(expected)
    assert {line["check"] for line in told} == {"connection", "model", "memory"}


def test_another_authority_is_told(through: Run, guarded: Proxy, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    (picture,) = save_pictures(tmp_path, 1)
    expected = f"the certificate of {guarded.url} is not valid under {other}"
    result = through("search", picture, "--index", "photos", "--ca-cert", other, *LOGIN)
    assert result.code == 1
    assert result.err.startswith(f"Error: {expected}")
    told = through("doctor", "--json", "--ca-cert", other, *LOGIN)
    assert told.code == 1
    assert json.loads(told.out.splitlines()[0])["found"].startswith(expected)


def test_an_authority_that_was_not_given_is_asked_for(
    through: Run, guarded: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOOKALIKE_CA_CERT")
    told = json.loads(through("doctor", "--json", *LOGIN).out.splitlines()[0])
    assert told["found"] == (
        f"the certificate of {guarded.url} is not signed by an authority this machine trusts: "
        "give that authority's certificate with --ca-cert FILE"
    )


def test_a_proxy_without_a_node_behind_it_is_told(run: Run) -> None:
    with proxy(f"http://127.0.0.1:{free_port()}") as alone:
        result = run("doctor", "--json", "--url", alone.url, "--ca-cert", alone.ca_cert, *LOGIN)
    told = json.loads(result.out.splitlines()[0])
    assert told["found"] == f"OpenSearch at {alone.url} answered 502: 502 Bad Gateway"


def test_http_to_the_tls_port_suggests_https(through: Run, guarded: Proxy) -> None:
    plain = guarded.url.replace("https://", "http://")
    told = json.loads(through("doctor", "--json", "--url", plain, *LOGIN).out.splitlines()[0])
    assert told["state"] == "problem"
    assert told["found"] == f"{plain} speaks TLS; try https:// instead of http://"
