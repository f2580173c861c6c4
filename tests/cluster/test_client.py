"""Every way a connection fails, in words; the local node cannot fail in most of them, so loopback stubs do."""

import base64
import json
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.process import free_port
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import AccessError, ConfigError, ConnectionFailedError, RequestFailedError
from tests.conftest import Node, Run

INFO = {"version": {"distribution": "opensearch", "number": "3.6.0"}}
KNN = [{"component": "opensearch-knn"}]
Answer = tuple[int, Any]
Answers = dict[str, Answer]


@contextmanager
def stub(answers: Answers, certificate: trustme.LeafCert | None = None) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that answers each path as told; yields its address and the headers of the requests it got."""
    requests: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(dict(self.headers))
            status, body = answers[self.path.partition("?")[0]]
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html" if isinstance(body, str) else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None: ...

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}", requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does anything but HTTP with its first connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    behave(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def healthy(**changed: Answer) -> Answers:
    return {"/": (200, INFO), "/_cat/plugins": (200, KNN), **{f"/{path}": answer for path, answer in changed.items()}}


def failure(settings: ConnectionSettings, timeout: float = 10) -> str:
    with pytest.raises(ConnectionFailedError) as caught:
        connect(settings, timeout)
    return str(caught.value)


def test_a_healthy_opensearch_is_accepted() -> None:
    with stub(healthy()) as (url, _):
        assert connect(ConnectionSettings(url)).info() == INFO


def test_refused_says_how_to_start_one() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    assert failure(ConnectionSettings(url)) == (
        f"nothing listens at {url}: start the local node with `lookalike up`, "
        "or give the address of your OpenSearch with --url or LOOKALIKE_URL"
    )


def test_an_unknown_host_is_named() -> None:
    message = failure(ConnectionSettings("http://no-such-host.invalid:9200"))
    assert message == "the host name in http://no-such-host.invalid:9200 is not known; check --url"


def test_silence_ends_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        assert failure(ConnectionSettings(url), timeout=0.3) == (
            f"OpenSearch at {url} did not answer in time; is it overloaded?"
        )


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def test_a_certificate_of_the_given_authority_is_accepted(authority: trustme.CA, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    with stub(healthy(), authority.issue_cert("127.0.0.1")) as (url, _):
        assert connect(ConnectionSettings(url, ca_cert=file)).info() == INFO


def test_an_unknown_authority_asks_for_its_certificate(authority: trustme.CA) -> None:
    with stub(healthy(), authority.issue_cert("127.0.0.1")) as (url, _):
        assert failure(ConnectionSettings(url)) == (
            f"the certificate of {url} is not signed by an authority this machine trusts: "
            "give that authority's certificate with --ca-cert FILE"
        )


def test_another_authority_than_the_given_one_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    file = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(file))
    with stub(healthy(), authority.issue_cert("127.0.0.1")) as (url, _):
        assert f"the certificate of {url} is not valid under {file}" in failure(ConnectionSettings(url, ca_cert=file))


def test_a_certificate_of_another_host_is_refused(authority: trustme.CA, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    with stub(healthy(), authority.issue_cert("search.example")) as (url, _):
        message = failure(ConnectionSettings(url, ca_cert=file))
    assert f"the certificate of {url} is not valid under {file}" in message
    assert "127.0.0.1" in message


def test_https_to_a_server_without_tls_suggests_http() -> None:
    with stub(healthy()) as (url, _):
        secure = url.replace("http://", "https://")
        assert failure(ConnectionSettings(secure)) == f"{secure} does not speak TLS; try http:// instead of https://"


def test_http_to_a_server_that_hangs_up_suggests_https() -> None:
    """What OpenSearch does to plain HTTP where its security plugin has TLS on."""

    def hang_up(connection: socket.socket) -> None:
        connection.recv(65536)

    with raw_server(hang_up) as url:
        assert failure(ConnectionSettings(url)) == f"{url} closed the connection; if it uses TLS, try https://"


def test_401_without_and_with_credentials() -> None:
    with stub({"/": (401, "Unauthorized")}) as (url, requests):
        with pytest.raises(AccessError) as caught:
            connect(ConnectionSettings(url))
        assert "does not accept a request without credentials (401): give --user and --password" in str(caught.value)
        with pytest.raises(AccessError) as caught:
            connect(ConnectionSettings(url, "anna", "hunter2"))
        assert "does not accept the password of 'anna' (401)" in str(caught.value)
        assert "hunter2" not in str(caught.value)
    assert requests[-1]["authorization"] == "Basic " + base64.b64encode(b"anna:hunter2").decode()


def test_a_password_may_be_in_any_script() -> None:
    with stub(healthy()) as (url, requests):
        connect(ConnectionSettings(url, "anna", "日本"))
    assert requests[0]["authorization"] == "Basic " + base64.b64encode("anna:日本".encode()).decode()


def test_403_gives_the_reason() -> None:
    reason = {"error": {"reason": "no permissions for [cluster:monitor/main]"}, "status": 403}
    with stub({"/": (403, reason)}) as (url, _), pytest.raises(AccessError) as caught:
        connect(ConnectionSettings(url, "anna", "pw"))
    assert str(caught.value) == (
        f"OpenSearch at {url} refuses anna the request (403): no permissions for [cluster:monitor/main]. "
        "Ask its administrator for the missing permission."
    )


def test_a_user_who_may_not_list_plugins_may_still_search() -> None:
    with stub(healthy(**{"_cat/plugins": (403, {"error": {"reason": "no permissions"}})})) as (url, _):
        assert connect(ConnectionSettings(url, "anna", "pw")).info() == INFO


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"version": {"number": "8.15.0", "build_flavor": "default"}}, "version 8.15.0 of another product"),
        ({"couchdb": "Welcome"}, "found something else"),
        ([1, 2], "found something else"),
    ],
)
def test_another_product_is_refused(body: object, found: str) -> None:
    with stub(healthy(**{"": (200, body)})) as (url, _):
        message = failure(ConnectionSettings(url))
    assert message.startswith(f"{url} is not OpenSearch: ")
    assert found in message


def test_a_web_page_is_not_opensearch() -> None:
    with stub({"/": (200, "<html>Welcome to nginx</html>")}) as (url, _):
        message = failure(ConnectionSettings(url))
    assert "check the address" in message


def test_an_old_version_is_refused() -> None:
    old = {"version": {"distribution": "opensearch", "number": "2.19.1"}}
    with stub(healthy(**{"": (200, old)})) as (url, _):
        assert failure(ConnectionSettings(url)) == (
            f"OpenSearch at {url} is version 2.19.1; Lookalike needs 3.0 or newer"
        )


def test_missing_knn_says_what_to_install() -> None:
    with stub(healthy(**{"_cat/plugins": (200, [{"component": "analysis-icu"}])})) as (url, _):
        assert "has no k-NN plugin, which vector search needs: install opensearch-knn" in failure(
            ConnectionSettings(url)
        )


def test_the_deepest_reason_of_a_failed_request_is_shown() -> None:
    error = {
        "error": {
            "root_cause": [{"type": "query_shard_exception", "reason": "failed to create query"}],
            "reason": "all shards failed",
            "caused_by": {"reason": "outer", "caused_by": {"reason": "Query vector has\n invalid dimension: 3"}},
        },
        "status": 400,
    }
    with stub(healthy(_search=(400, error))) as (url, _):
        settings = ConnectionSettings(url)
        client = connect(settings)
        with pytest.raises(RequestFailedError) as caught, translated_errors(settings):
            client.transport.perform_request("GET", "/_search")
    assert str(caught.value) == f"OpenSearch at {url} answered 400: Query vector has invalid dimension: 3"
    assert caught.value.status == 400


def test_aws_requests_are_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    with stub(healthy()) as (url, requests):
        connect(ConnectionSettings(url, aws_region="eu-west-1"))
    for headers in requests:
        signature = {name.lower(): value for name, value in headers.items()}["authorization"]
        assert signature.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
        assert "/eu-west-1/es/aws4_request" in signature
        assert "not-a-secret" not in signature


def test_aws_without_credentials_says_where_they_are_read_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="no AWS credentials found; set AWS_ACCESS_KEY_ID"):
        connect(ConnectionSettings(aws_region="eu-west-1"))


def test_an_unknown_aws_profile_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nosuch")
    with pytest.raises(ConfigError, match="--aws-region: cannot read the AWS credentials: .*nosuch"):
        connect(ConnectionSettings(aws_region="eu-west-1"))


def test_aws_without_boto3_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ConfigError, match=r"needs boto3, which is not installed: pip install 'lookalike\[aws\]'"):
        connect(ConnectionSettings(aws_region="eu-west-1"))


@pytest.mark.cluster
def test_the_local_node_is_accepted(node: Node) -> None:
    assert connect(ConnectionSettings(node.url)).info()["version"]["number"] == "3.6.0"


def test_the_command_line_prints_one_line(run: Run) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    result = run("init", "photos", "--url", url)
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"Error: nothing listens at {url}")
    assert result.err.count("\n") == 1


def test_a_password_in_the_url_never_reaches_the_screen(run: Run) -> None:
    result = run("init", "photos", "--url", f"http://anna:hunter2@127.0.0.1:{free_port()}")
    assert result.code == 1
    assert "hunter2" not in result.err + result.out
