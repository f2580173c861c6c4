"""A checked connection to OpenSearch, and its errors in words that a person can act on."""

import base64
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import opensearchpy
from opensearchpy import OpenSearch

from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import AccessError, ConfigError, ConnectionFailedError, RequestFailedError

__all__ = [
    "OLDEST_VERSION",
    "connect",
    "describe",
    "explain_block",
    "login_headers",
    "open_client",
    "require_opensearch",
    "translated_errors",
]

OLDEST_VERSION = (3, 0)
_KEPT_CONNECTIONS = 10  # that threads may share; urllib3 would keep one and open the others anew

_PLAIN_TO_TLS = "plain HTTP request was sent to HTTPS port"  # what nginx says
# opensearch-py logs every failed request; our messages say the same once, in words.
logging.getLogger("opensearch").addHandler(logging.NullHandler())


def connect(settings: ConnectionSettings, timeout: float = 60) -> OpenSearch:
    """Connect and make sure that an OpenSearch with k-NN, recent enough, answers.

    `timeout` is in seconds and bounds every request. Requests are not retried here: whoever can repeat one
    safely does so itself. Raises ConnectionFailedError, AccessError or ConfigError.
    """
    client = open_client(settings, timeout)
    with translated_errors(settings):
        _require_recent(settings, require_opensearch(settings, client.info()))
        try:
            plugins = client.cat.plugins(format="json")
        except opensearchpy.AuthorizationException:
            return client  # a user may search an index without the right to list plugins
    if not any(plugin["component"] == "opensearch-knn" for plugin in plugins):
        raise ConnectionFailedError(
            f"OpenSearch at {settings.url} has no k-NN plugin, which vector search needs: "
            "install opensearch-knn on every node and restart it"
        )
    return client


def open_client(settings: ConnectionSettings, timeout: float = 60) -> OpenSearch:
    """A client of which nothing has been asked yet; `timeout` is in seconds. Raises ConfigError if requests cannot be
    signed."""
    return OpenSearch(
        hosts=[settings.url],
        http_auth=_aws_signer(settings.aws_region) if settings.aws_region else None,
        headers=login_headers(settings),
        ca_certs=str(settings.ca_cert) if settings.ca_cert else None,
        timeout=timeout,
        pool_maxsize=_KEPT_CONNECTIONS,
        max_retries=0,
        http_compress=not settings.url.startswith("http://127.0.0.1"),
    )


def require_opensearch(settings: ConnectionSettings, info: Any) -> str:
    """The version that the answer to `GET /` tells. Raises ConnectionFailedError if it is another product's."""
    version = info.get("version") if isinstance(info, dict) else None
    if not isinstance(version, dict) or version.get("distribution") != "opensearch":
        number = version.get("number") if isinstance(version, dict) else None
        found = f"version {number} of another product (Elasticsearch?)" if number else "something else"
        raise ConnectionFailedError(f"{settings.url} is not OpenSearch: found {found}; check the address")
    return str(version["number"])


@contextmanager
def translated_errors(settings: ConnectionSettings) -> Iterator[None]:
    """Turn opensearch-py's exceptions into ours; the messages hold the address but never credentials."""
    try:
        yield
    except opensearchpy.SSLError as error:
        raise ConnectionFailedError(_tls_message(settings, error)) from error
    except opensearchpy.ConnectionTimeout as error:
        raise ConnectionFailedError(
            f"OpenSearch at {settings.url} did not answer in time; is it overloaded?"
        ) from error
    except opensearchpy.ConnectionError as error:
        raise ConnectionFailedError(_connection_message(settings, error)) from error
    except opensearchpy.AuthenticationException as error:
        given = f"the password of {settings.user!r}" if settings.user else "a request without credentials"
        raise AccessError(
            f"OpenSearch at {settings.url} does not accept {given} (401): "
            "give --user and --password, or LOOKALIKE_USER and LOOKALIKE_PASSWORD"
        ) from error
    except opensearchpy.AuthorizationException as error:
        blocked = explain_block(describe(error))
        if blocked:
            raise RequestFailedError(f"OpenSearch at {settings.url} refuses to write: {blocked}", 403) from error
        raise AccessError(
            f"OpenSearch at {settings.url} refuses {settings.user or 'this client'} the request (403): "
            f"{describe(error)}. Ask its administrator for the missing permission."
        ) from error
    except opensearchpy.SerializationError as error:
        raise ConnectionFailedError(f"{settings.url} answers, but not as OpenSearch does; check the address") from error
    except opensearchpy.TransportError as error:
        if _PLAIN_TO_TLS in str(error.error):
            raise ConnectionFailedError(f"{settings.url} speaks TLS; try https:// instead of http://") from error
        reason = explain_block(describe(error)) or describe(error)
        raise RequestFailedError(
            f"OpenSearch at {settings.url} answered {error.status_code}: {reason}", int(error.status_code)
        ) from error


def describe(error: opensearchpy.TransportError) -> str:
    """The deepest reason that OpenSearch gives for an error, on one line."""
    info = error.info
    cause: Any = info.get("error", info) if isinstance(info, dict) else info
    while isinstance(cause, dict):
        roots = cause.get("root_cause") or [cause.get("caused_by")]
        deeper = cause.get("caused_by") or (roots[0] if roots[0] is not cause else None)
        if not deeper:
            cause = cause.get("reason") or cause.get("type")
            break
        cause = deeper
    text = str(cause or error.error or "no reason was given")
    page = re.search(r"<title>(.*?)</title>", text, re.DOTALL)  # of a proxy
    return " ".join((page[1] if page else text).split())[:500]


def explain_block(reason: str) -> str | None:
    """What to do about a reason that names a block against writing; None if it names none."""
    if "blocked by: [" not in reason:
        return None
    if "disk usage exceeded flood-stage watermark" in reason or "cluster create-index blocked" in reason:
        advice = "a disk of the cluster is full: free or add space, and OpenSearch lifts the block by itself"
    else:
        advice = "a setting of the index or cluster forbids it; whoever set the block can lift it"
    return f"{reason.strip().rstrip(';')}. This means that {advice}"


def login_headers(settings: ConnectionSettings) -> dict[str, str]:
    """HTTP basic authentication in UTF-8; opensearch-py's own knows Latin-1 alone."""
    if not settings.user or settings.aws_region:
        return {}
    pair = f"{settings.user}:{settings.password}".encode()
    return {"authorization": f"Basic {base64.b64encode(pair).decode()}"}


def _aws_signer(region: str) -> Any:
    try:
        import boto3
        import botocore.exceptions
    except ModuleNotFoundError:
        raise ConfigError("--aws-region needs boto3, which is not installed: pip install 'lookalike[aws]'") from None
    try:
        credentials = boto3.Session().get_credentials()
    except botocore.exceptions.BotoCoreError as error:
        raise ConfigError(f"--aws-region: cannot read the AWS credentials: {error}") from error
    if credentials is None:
        raise ConfigError(
            "--aws-region: no AWS credentials found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or run `aws configure`"
        )
    return opensearchpy.Urllib3AWSV4SignerAuth(credentials, region, "es")


def _require_recent(settings: ConnectionSettings, number: str) -> None:
    if tuple(int(part) for part in number.split(".")[:2]) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise ConnectionFailedError(
            f"OpenSearch at {settings.url} is version {number}; Lookalike needs {oldest} or newer"
        )


def _tls_message(settings: ConnectionSettings, error: Exception) -> str:
    text = str(error)
    if "WRONG_VERSION_NUMBER" in text or "record layer failure" in text:
        return f"{settings.url} does not speak TLS; try http:// instead of https://"
    if "CERTIFICATE_VERIFY_FAILED" in text and settings.ca_cert is None:
        return (
            f"the certificate of {settings.url} is not signed by an authority this machine trusts: "
            "give that authority's certificate with --ca-cert FILE"
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return f"the certificate of {settings.url} is not valid under {settings.ca_cert}: {_short(text)}"
    return f"TLS with {settings.url} fails: {_short(text)}"


def _connection_message(settings: ConnectionSettings, error: Exception) -> str:
    text = str(error)
    if "refused" in text:
        return (
            f"nothing listens at {settings.url}: start the local node with `lookalike up`, "
            "or give the address of your OpenSearch with --url or LOOKALIKE_URL"
        )
    if "resolve" in text or "Name or service not known" in text or "getaddrinfo" in text:
        return f"the host name in {settings.url} is not known; check --url"
    if settings.url.startswith("http://") and ("RemoteDisconnected" in text or "Connection aborted" in text):
        return f"{settings.url} closed the connection; if it uses TLS, try https://"
    return f"cannot reach OpenSearch at {settings.url}: {_short(text)}"


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
