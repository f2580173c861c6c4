"""Installing saved objects into OpenSearch Dashboards, by its own import API."""

import json
from typing import Any
from urllib.parse import quote

import urllib3
from opensearchpy import OpenSearch

from lookalike.cluster.client import login_headers
from lookalike.cluster.install import create_failures_index
from lookalike.cluster.settings import ConnectionSettings, split_credentials
from lookalike.errors import AccessError, ConnectionFailedError, RequestFailedError
from lookalike.mappings import dashboards

__all__ = ["Dashboards", "install_dashboards"]

_OLDEST = (3, 0)
_TIMEOUT = 60  # seconds
# Any value of the first will do; the second, of the security plugin, is the tenant that all users see.
_HEADERS = {"osd-xsrf": "true", "securitytenant": "global"}
_SHOWN = 3  # objects that could not be imported
_Answer = urllib3.BaseHTTPResponse


def install_dashboards(server: "Dashboards", client: OpenSearch, index: str) -> tuple[int, str]:
    """Make the index of failures for an index, and import the objects for both over those of an earlier import.

    Returns how many they are and the name of the index of failures, without which panels would show an error.
    Raises IndexContractError, AccessError, ConnectionFailedError or RequestFailedError.
    """
    failures = f"{index}-failures"
    create_failures_index(client, failures, "--dashboards")
    return server.import_objects(dashboards(index, failures).encode()), failures


class Dashboards:
    """A server of Dashboards at an address, its base path included.

    The login is that in the address, else OpenSearch's; the authority's certificate is OpenSearch's. Raises ConfigError
    for an address that is none; every request may raise ConnectionFailedError or AccessError.
    """

    def __init__(self, url: str, settings: ConnectionSettings) -> None:
        self._url, user, password = split_credentials(url, "--dashboards")
        self._user = user or settings.user
        if user:
            settings = ConnectionSettings(self._url, user, password or "", settings.ca_cert)
        self._headers = {**_HEADERS, **login_headers(settings)}
        ca_certs = str(settings.ca_cert) if settings.ca_cert else None
        self._pool = urllib3.PoolManager(ca_certs=ca_certs, timeout=_TIMEOUT, retries=False)

    def address(self, index: str) -> str:
        """Where a browser finds the dashboard of an index."""
        return f"{self._url}/app/dashboards#/view/lookalike-{quote(index)}"

    def require_ready(self) -> None:
        """Raise unless Dashboards of a version that takes our objects answers, and is ready."""
        answer = self._ask("GET", "/api/status")
        body = _json(answer)
        version = body.get("version")
        number = str(version.get("number")) if isinstance(version, dict) else ""
        if answer.headers.get("kbn-name"):
            raise ConnectionFailedError(f"{self._url} is Kibana; expected OpenSearch Dashboards")
        if answer.status != 200 or not number or "status" not in body:
            hint = "that is OpenSearch itself; Dashboards has a port of its own, 5601 unless it was changed"
            found = hint if "X-OpenSearch-Version" in answer.headers else f"GET /api/status is a {answer.status}"
            raise ConnectionFailedError(
                f"{self._url} is not OpenSearch Dashboards: {found}. If it has a base path, that belongs to the URL"
            )
        if tuple(int(part) for part in number.split(".")[:2] if part.isdecimal()) < _OLDEST:
            oldest = ".".join(map(str, _OLDEST))
            raise ConnectionFailedError(f"Dashboards at {self._url} is version {number}; expected {oldest} or newer")

    def import_objects(self, objects: bytes) -> int:
        """How many were imported. Raises RequestFailedError that names those that were not."""
        file = ("lookalike.ndjson", objects, "application/ndjson")
        answer = self._ask("POST", "/api/saved_objects/_import?overwrite=true", {"file": file})
        body = _json(answer)
        if answer.status != 200:
            reason = " ".join(str(body.get("message") or answer.data[:200].decode(errors="replace")).split())
            raise RequestFailedError(
                f"Dashboards at {self._url} refuses the import ({answer.status}): {reason}", answer.status
            )
        errors = body.get("errors") or []
        if not body.get("success"):
            shown = "; ".join(f"{error.get('id')}: {_reason(error)}" for error in errors[:_SHOWN])
            raise RequestFailedError(f"Dashboards at {self._url} did not take {len(errors)} objects: {shown}", 200)
        return int(body["successCount"])

    def _ask(self, method: str, path: str, fields: dict[str, Any] | None = None) -> _Answer:
        """An answer that is neither a refusal of the login nor a sign that Dashboards is still starting."""
        try:
            answer = self._pool.request(
                method, f"{self._url}{path}", headers=self._headers, fields=fields, redirect=False
            )
        except urllib3.exceptions.HTTPError as error:
            raise ConnectionFailedError(_connection_message(self._url, error)) from error
        if answer.status == 401 or 300 <= answer.status < 400:
            given = f"the password of {self._user!r}" if self._user else "a request without credentials"
            raise AccessError(
                f"Dashboards at {self._url} does not accept {given} ({answer.status}): give --user and --password, "
                "or LOOKALIKE_USER and LOOKALIKE_PASSWORD"
            )
        if answer.status == 403:
            raise AccessError(
                f"Dashboards at {self._url} refuses {self._user or 'this client'} the request (403): the user needs "
                "the right to write into the global tenant (the role kibana_user, for one)"
            )
        if answer.status == 503:
            raise ConnectionFailedError(f"Dashboards at {self._url} is not ready yet (503): try again in a minute")
        return answer


def _json(answer: _Answer) -> dict[str, Any]:
    try:
        body = json.loads(answer.data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reason(error: dict[str, Any]) -> str:
    """As in "missing_references (index-pattern lookalike-photos)"."""
    found = error.get("error", {})
    missing = ", ".join(f"{item.get('type')} {item.get('id')}" for item in found.get("references", []))
    return str(found.get("message") or found.get("type")) + (f" ({missing})" if missing else "")


def _connection_message(url: str, error: Exception) -> str:
    text = " ".join(str(error).split())
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            f"the certificate of {url} is not signed by an authority this machine trusts: give it with --ca-cert FILE"
        )
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text:
        return f"{url} does not speak TLS; try http:// instead of https://"
    if "refused" in text:
        return f"nothing listens at {url}: expected OpenSearch Dashboards, whose port is 5601 unless it was changed"
    return f"cannot reach Dashboards at {url}: {text[:200]}"
