"""Whether OpenSearch answers, over what, and how well the cluster is."""

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

from lookalike.cluster.client import require_opensearch
from lookalike.doctor.finding import Finding, State, Subject
from lookalike.loopback import is_loopback

__all__ = ["connection", "health", "is_local"]


def connection(subject: Subject) -> Iterator[Finding]:
    """Reachable, by TLS or not, with credentials that are accepted."""
    settings = subject.connection
    began = time.monotonic()
    version = require_opensearch(settings, subject.client.info())
    took = (time.monotonic() - began) * 1000
    if settings.aws_region:
        who = f"signed for {settings.aws_region}"
    else:
        who = f"as {settings.user}" if settings.user else "without a login"
    found = f"OpenSearch {version} answers at {settings.url} in {took:.0f} ms, {who}"
    if settings.url.startswith("https://"):
        yield Finding(State.OK, f"{found}, over TLS")
    elif is_local(settings.url):
        yield Finding(State.OK, found)
    else:
        yield Finding(
            State.WARNING,
            f"{found}, unencrypted over a network",
            "use https:// (docs/deployment.md), or whoever listens reads passwords and pictures",
        )


def health(subject: Subject) -> Iterator[Finding]:
    """Whether all shards are there: of the index if one is named, else of the cluster."""
    index = subject.existing_index()
    answer = subject.client.cluster.health(index=index)
    what = f"index {index!r}" if index else "the cluster"
    nodes = f"{answer['number_of_nodes']} nodes" if answer["number_of_nodes"] != 1 else "1 node"
    missing = answer["unassigned_shards"]
    if answer["status"] == "green":
        yield Finding(State.OK, f"{what} is green on {nodes}")
    elif answer["status"] == "yellow":
        yield Finding(
            State.WARNING,
            f"{what} is yellow: {missing} copies of shards are on no node",
            "add a node, or let the index have fewer replicas; until then a lost node can be lost data",
        )
    else:
        yield Finding(
            State.PROBLEM,
            f"{what} is red: {missing} shards are on no node, and searches miss what is in them",
            "bring the lost nodes back; GET /_cluster/allocation/explain says why a shard has no place",
        )


def is_local(url: str) -> bool:
    """Whether a URL leads to this machine alone."""
    return is_loopback(urlsplit(url).hostname or "")
