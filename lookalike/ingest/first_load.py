"""Settings of an index while it is filled for the first time: no refreshes, no replicas; restored whatever happens.

What they were is kept in the mapping (`_meta.lookalike.loading`), so that a run after one that was killed restores
them.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from opensearchpy import OpenSearch

from lookalike.cluster.client import translated_errors
from lookalike.cluster.contract import update_record
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import LookalikeError

__all__ = ["first_load"]

_WHILE_LOADING = {"refresh_interval": "-1", "auto_expand_replicas": "false", "number_of_replicas": "0"}


@contextmanager
def first_load(client: OpenSearch, connection: ConnectionSettings, index: str, is_new: bool) -> Iterator[None]:
    """Lower the settings of a new index, or leave them as a killed run has lowered them; restore them in the end."""
    with translated_errors(connection):
        before = _kept(client, index)
        if before is None and is_new:
            before = _now(client, index)
            update_record(client, index, {"loading": before})
            client.indices.put_settings(index=index, body={"index": _WHILE_LOADING})
    if before is None:
        yield
        return
    try:
        yield
    except BaseException:
        with suppress(LookalikeError):  # what ended the run may be in the way of this, too, and tells more
            _restore(client, connection, index)
        raise
    _restore(client, connection, index)


def _restore(client: OpenSearch, connection: ConnectionSettings, index: str) -> None:
    """Give the index its settings back, unless another job that filled it, too, has done so already."""
    with translated_errors(connection):
        before = _kept(client, index)
        if before is not None:
            client.indices.put_settings(index=index, body={"index": before})
            update_record(client, index, {"loading": None})


def _now(client: OpenSearch, index: str) -> dict[str, Any]:
    (answer,) = client.indices.get_settings(index=index).values()
    settings = answer["settings"]["index"]
    return {name: settings.get(name) for name in _WHILE_LOADING}  # what is not set comes back as the default


def _kept(client: OpenSearch, index: str) -> dict[str, Any] | None:
    for answer in client.indices.get_mapping(index=index).values():
        kept = answer["mappings"].get("_meta", {}).get("lookalike", {}).get("loading")
        if isinstance(kept, dict):
            return {name: kept.get(name) for name in _WHILE_LOADING}
    return None
