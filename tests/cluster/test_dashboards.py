"""`lookalike init --dashboards`, against a server that behaves as the sources of Dashboards say that theirs does."""

import base64
import json
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch

from lookalike.cluster.dashboards import Dashboards
from lookalike.cluster.process import free_port
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import AccessError, ConfigError, ConnectionFailedError, RequestFailedError
from lookalike.mappings import dashboards
from tests.conftest import Node, Run
from tests.proxy import PASSWORD, USER, proxy

ROOT = Path(__file__).parent.parent.parent


@dataclass
class FakeDashboards:
    """What it has imported, by type and id, and what it demands."""

    url: str = ""
    version: str = "3.6.0"
    headers: dict[str, str] = field(default_factory=lambda: {"osd-name": "dashboards"})
    login: str | None = None
    known: set[str] = field(default_factory=lambda: {"index-pattern", "search", "visualization", "dashboard"})
    objects: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    tenant: str | None = None
    status: int = 200

    def answer(self, request: BaseHTTPRequestHandler, body: bytes) -> tuple[int, Any]:
        if self.login is not None and request.headers["authorization"] != f"Basic {self.login}":
            return 401, {"statusCode": 401, "error": "Unauthorized", "message": "Authentication Exception"}
        if self.status != 200:
            return self.status, "OpenSearch Dashboards server is not ready yet"
        path, _, query = request.path.partition("?")
        if (request.command, path) == ("GET", "/api/status"):
            return 200, {"name": "dashboards", "version": {"number": self.version}, "status": {}}
        if (request.command, path) != ("POST", "/api/saved_objects/_import"):
            return 404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}
        if "osd-xsrf" not in request.headers:
            return 400, {"statusCode": 400, "message": "Request must contain a osd-xsrf header."}
        self.tenant = request.headers["securitytenant"]
        return self._import(request.headers["content-type"], body, overwrite=query == "overwrite=true")

    def _import(self, content_type: str, body: bytes, overwrite: bool) -> tuple[int, Any]:
        message = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body, policy=HTTP)
        if message.get_content_type() != "multipart/form-data":
            return 415, {"statusCode": 415, "message": "Unsupported Media Type"}
        (part,) = message.iter_parts()
        assert part.get_param("name", header="content-disposition") == "file"
        if not str(part.get_filename()).endswith(".ndjson"):
            return 400, {"statusCode": 400, "message": "Invalid file extension"}
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found = [json.loads(line) for line in content.splitlines()]
        errors = []
        ids = {(item["type"], item["id"]) for item in found}
        for item in found:
            key = (item["type"], item["id"])
            missing = [ref for ref in item["references"] if (ref["type"], ref["id"]) not in ids]
            if item["type"] not in self.known:
                errors.append({"id": item["id"], "type": item["type"], "error": {"type": "unsupported_type"}})
            elif missing:
                error = {"type": "missing_references", "references": missing}
                errors.append({"id": item["id"], "type": item["type"], "error": error})
            elif key in self.objects and not overwrite:
                errors.append({"id": item["id"], "type": item["type"], "error": {"type": "conflict"}})
        if errors:
            return 200, {"success": False, "successCount": 0, "errors": errors}
        self.objects |= {(item["type"], item["id"]): item for item in found}
        return 200, {"success": True, "successCount": len(found)}


@pytest.fixture
def server() -> Iterator[FakeDashboards]:
    fake = FakeDashboards()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = fake.answer(self, self.rfile.read(int(self.headers.get("content-length", 0))))
            data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**fake.headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        fake.url = f"http://127.0.0.1:{listening.server_address[1]}"
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield fake
        listening.shutdown()
        thread.join()


def install(server: FakeDashboards, settings: ConnectionSettings | None = None) -> int:
    asked = Dashboards(server.url, settings or ConnectionSettings())
    asked.require_ready()
    return asked.import_objects(dashboards("photos", "photos-failures").encode())


def test_all_objects_are_imported_for_all_users_and_again_over_themselves(server: FakeDashboards) -> None:
    assert install(server) == len(server.objects) == 13
    assert server.tenant == "global"
    assert ("dashboard", "lookalike-photos") in server.objects
    assert install(server) == 13


def test_the_commands_of_the_page_import_the_same(server: FakeDashboards, tmp_path: Path) -> None:
    commands = re.search(r"```sh\n(sed .*?)```", (ROOT / "docs" / "dashboards.md").read_text(), re.DOTALL)
    assert commands
    (tmp_path / "lookalike").symlink_to(ROOT / "lookalike")
    script = commands[1].replace("http://127.0.0.1:5601", server.url).replace("curl ", "curl --silent ")
    done = subprocess.run(["bash", "-ec", script], cwd=tmp_path, capture_output=True, check=True)
    assert json.loads(done.stdout) == {"success": True, "successCount": 13}
    by_hand = dict(server.objects)
    assert install(server) == 13
    assert server.objects == by_hand


def test_the_login_is_that_of_opensearch_or_of_the_address(server: FakeDashboards) -> None:
    server.login = base64.b64encode(b"anna:hunter2").decode()
    assert install(server, ConnectionSettings(user="anna", password="hunter2")) == 13
    server.url = server.url.replace("http://", "http://anna:hunter2@")
    assert install(server, ConnectionSettings(user="ben", password="other")) == 13


@pytest.mark.parametrize(
    ("settings", "who"),
    [
        (ConnectionSettings(user="anna", password="hunter3"), "the password of 'anna'"),
        (ConnectionSettings(), "a request without credentials"),
    ],
)
def test_a_wrong_or_missing_login(server: FakeDashboards, settings: ConnectionSettings, who: str) -> None:
    server.login = "other"
    with pytest.raises(AccessError) as caught:
        install(server, settings)
    assert str(caught.value) == (
        f"Dashboards at {server.url} does not accept {who} (401): give --user and --password, or LOOKALIKE_USER and "
        "LOOKALIKE_PASSWORD"
    )


def test_objects_that_it_does_not_take_are_named(server: FakeDashboards) -> None:
    server.known.remove("search")
    with pytest.raises(RequestFailedError) as caught:
        install(server)
    assert str(caught.value) == (
        f"Dashboards at {server.url} did not take 1 objects: lookalike-photos-pictures: unsupported_type"
    )


def test_an_old_version(server: FakeDashboards) -> None:
    server.version = "2.19.1"
    with pytest.raises(ConnectionFailedError, match=r"is version 2\.19\.1; expected 3\.0 or newer"):
        install(server)


def test_kibana(server: FakeDashboards) -> None:
    server.headers = {"kbn-name": "kibana"}
    with pytest.raises(ConnectionFailedError, match="is Kibana; expected OpenSearch Dashboards"):
        install(server)


def test_one_that_is_still_starting(server: FakeDashboards) -> None:
    server.status = 503
    with pytest.raises(ConnectionFailedError, match=r"is not ready yet \(503\): try again in a minute"):
        install(server)


def test_one_that_refuses(server: FakeDashboards) -> None:
    server.status = 403
    with pytest.raises(AccessError, match="the user needs the right to write into the global tenant"):
        install(server)


def test_a_wrong_path(server: FakeDashboards) -> None:
    server.url += "/elsewhere"
    with pytest.raises(ConnectionFailedError, match="GET /api/status is a 404. If it has a base path, that belongs"):
        install(server)


def test_nobody_listens() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ConnectionFailedError, match=f"nothing listens at {url}: expected OpenSearch Dashboards, whose"):
        install(FakeDashboards(url))


def test_an_address_that_is_none() -> None:
    with pytest.raises(ConfigError, match="--dashboards: expected something like .*, found 'localhost:5601'"):
        install(FakeDashboards("localhost:5601"))


def test_an_address_with_credentials_is_shown_without() -> None:
    server = Dashboards("https://anna:hunter2@example.org/base/", ConnectionSettings())
    assert server.address("photos") == "https://example.org/base/app/dashboards#/view/lookalike-photos"


@pytest.mark.cluster
def test_opensearch_itself_is_not_dashboards(node: Node) -> None:
    with pytest.raises(
        ConnectionFailedError, match="that is OpenSearch itself; Dashboards has a port of its own, 5601"
    ):
        install(FakeDashboards(node.url))


@pytest.mark.cluster
def test_init_makes_both_indices_and_tells_where_the_dashboard_is(
    run: Run, client: OpenSearch, index: str, server: FakeDashboards
) -> None:
    try:
        done = run("init", index, "--dashboards", server.url)
        assert done.code == 0, done.err
        assert client.indices.exists(index=f"{index}-failures")
        assert done.out.splitlines()[1:] == [
            f"13 objects installed: {server.url}/app/dashboards#/view/lookalike-{index}",
            f"failures show in it if you ingest with --failed-index {index}-failures",
        ]
        titles = {item["attributes"]["title"] for (kind, _), item in server.objects.items() if kind == "index-pattern"}
        assert titles == {index, f"{index}-failures"}
    finally:
        client.indices.delete(index=f"{index}-failures", ignore_unavailable=True)


@pytest.mark.cluster
def test_without_dashboards_init_makes_nothing(run: Run, client: OpenSearch, index: str) -> None:
    done = run("init", index, "--dashboards", f"http://127.0.0.1:{free_port()}")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("Error: nothing listens at ")
    assert not client.indices.exists(index=index)


def test_through_tls_and_a_login(server: FakeDashboards) -> None:
    with proxy(server.url) as guarded:
        settings = ConnectionSettings(user=USER, password=PASSWORD, ca_cert=guarded.ca_cert)
        server.url = guarded.url
        assert install(server, settings) == 13
        with pytest.raises(ConnectionFailedError, match="is not signed by an authority this machine trusts"):
            install(server)
