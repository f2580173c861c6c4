"""Running the checks: each stands for itself, and whatever one raises is a finding."""

import os
from collections.abc import Iterator

import opensearchpy

from lookalike.cluster.client import describe, open_client, translated_errors
from lookalike.cluster.settings import ConnectionSettings
from lookalike.doctor.connection import connection, health
from lookalike.doctor.disk import disk
from lookalike.doctor.finding import Check, Finding, State, Subject
from lookalike.doctor.mapping import mapping, templates
from lookalike.doctor.memory import heap, local_memory, native_memory, page_cache
from lookalike.doctor.model import artefact, index_model, plugin_models
from lookalike.doctor.plugin import plugin
from lookalike.doctor.rights import ingest_rights, login, search_rights
from lookalike.doctor.versions import versions
from lookalike.errors import LookalikeError

__all__ = ["examine"]

_TIMEOUT = 15  # seconds for each request
_LOCAL: list[tuple[str, Check]] = [("model", artefact), ("memory", local_memory)]
_IN_CLUSTER: list[tuple[str, Check]] = [
    ("connection", health),
    ("rights", login),
    ("rights", search_rights),
    ("rights", ingest_rights),
    ("versions", versions),
    ("plugin", plugin),
    ("model", plugin_models),
    ("model", index_model),
    ("mapping", mapping),
    ("mapping", templates),
    ("disk", disk),
    ("memory", heap),
    ("memory", native_memory),
    ("memory", page_cache),
]


def examine(settings: ConnectionSettings, index: str | None, model: str) -> Iterator[tuple[str, Finding]]:
    """Yield every finding with the name of its check as soon as it is there.

    Where OpenSearch does not answer, only what lies on this machine is looked at. Raises ConfigError if requests
    cannot be signed.
    """
    subject = Subject(settings, open_client(settings, _TIMEOUT), index, model)
    answers = True
    for found in _run(connection, subject):
        answers = answers and found.state is not State.PROBLEM
        yield "connection", found
    for name, check in [*(_IN_CLUSTER if answers else []), *_LOCAL]:
        for found in _run(check, subject):
            yield name, found


def _run(check: Check, subject: Subject) -> Iterator[Finding]:
    try:
        with translated_errors(subject.connection):
            yield from _permitted(check, subject)
    except LookalikeError as error:
        yield Finding(State.PROBLEM, str(error))
    except Exception as error:
        if "LOOKALIKE_DEBUG" in os.environ:
            raise
        name = check.__name__.replace("_", " ")
        yield Finding(
            State.PROBLEM,
            f"the check of {name} failed: {type(error).__name__}: {error}",
            "this is a fault of lookalike's; please report it with the traceback that LOOKALIKE_DEBUG=1 shows",
        )


def _permitted(check: Check, subject: Subject) -> Iterator[Finding]:
    """A check that may not look is no reason to alarm anybody."""
    try:
        yield from check(subject)
    except opensearchpy.AuthorizationException as error:
        yield Finding(
            State.WARNING,
            f"cannot look at {check.__name__.replace('_', ' ')}: {describe(error)}",
            "ask the administrator for that permission, or to run `lookalike doctor`",
        )
