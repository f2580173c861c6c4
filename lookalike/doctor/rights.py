"""What the user may do, tried with requests that change nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import opensearchpy
from opensearchpy import OpenSearch

from lookalike.cluster.client import describe, explain_block
from lookalike.doctor.connection import is_local
from lookalike.doctor.finding import Finding, State, Subject

__all__ = ["ingest_rights", "login", "search_rights"]

# A write that OpenSearch refuses with 409, after it has found that the user may write: the document is not there.
_NEVER_WRITTEN = [{"index": {"_id": "lookalike-doctor", "if_seq_no": 0, "if_primary_term": 1}}, {}]
_Trial = Callable[[OpenSearch, str], Any]


def login(subject: Subject) -> Iterator[Finding]:
    """Whether the cluster asks who is there at all, and who this user is to it."""
    url, user = subject.connection.url, subject.connection.user
    try:
        answer = subject.client.transport.perform_request("GET", "/_plugins/_security/authinfo")
    except (opensearchpy.RequestError, opensearchpy.NotFoundError):
        if user:
            yield Finding(State.OK, "no security plugin, but a login: whoever has it may do everything")
        elif is_local(url):
            yield Finding(State.OK, "no security plugin: everybody on this machine may do everything")
        else:
            yield Finding(
                State.WARNING,
                f"no security plugin: whoever reaches {url} may read and delete everything",
                "install OpenSearch's security plugin, or let only a proxy with a login reach it (docs/deployment.md)",
            )
        return
    roles = ", ".join(answer.get("roles", [])) or "none"
    yield Finding(State.OK, f"the security plugin knows {answer.get('user_name')!r}, with the roles {roles}")


def search_rights(subject: Subject) -> Iterator[Finding]:
    """What `lookalike search` needs."""
    trials: dict[str, _Trial] = {
        "indices:admin/mappings/get": lambda client, index: client.indices.get_mapping(index=index),
        "indices:data/read/search": lambda client, index: client.search(index=index, body={"size": 0}),
    }
    yield from _tried(subject, "search", trials)


def ingest_rights(subject: Subject) -> Iterator[Finding]:
    """What `lookalike ingest` needs into an index that is there; nothing is written."""
    trials: dict[str, _Trial] = {
        "indices:data/write/index in indices:data/write/bulk": _try_to_write,
        "indices:admin/refresh": lambda client, index: client.indices.refresh(index=index),
        "indices:monitor/settings/get": lambda client, index: client.indices.get_settings(index=index),
    }
    yield from _tried(subject, "ingest", trials)


def _tried(subject: Subject, command: str, trials: dict[str, _Trial]) -> Iterator[Finding]:
    index = subject.existing_index()
    if index is None:
        return
    missing = []
    for permission, trial in trials.items():
        try:
            trial(subject.client, index)
        except opensearchpy.AuthorizationException as error:
            blocked = explain_block(describe(error))
            if blocked:
                may_not = "searched" if command == "search" else "written"
                yield Finding(State.PROBLEM, f"index {index!r} cannot be {may_not}: {blocked}")
                return
            missing.append(permission)
    if missing:
        yield Finding(
            State.PROBLEM if command == "search" else State.WARNING,
            f"`lookalike {command}` lacks permissions on {index!r}: {', '.join(missing)}",
            "ask the administrator for them; plugin/README.md lists what each command needs",
        )
    else:
        yield Finding(State.OK, f"`lookalike {command}` may use index {index!r}")


def _try_to_write(client: OpenSearch, index: str) -> None:
    """Raises AuthorizationException if it is forbidden; several indices behind a name cannot be written to."""
    if "*" in index or "," in index:
        return
    answer = client.bulk(index=index, body=_NEVER_WRITTEN)
    result = answer["items"][0]["index"]
    if result["status"] == 403:
        raise opensearchpy.AuthorizationException(403, result["error"]["type"], {"error": result["error"]})
