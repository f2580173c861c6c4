"""Deleting documents by id and filter, counted before and after."""

from collections.abc import Sequence
from typing import Any

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.contract import read_contract
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cluster.whole import read_all, whole
from lookalike.errors import RequestFailedError, SearchError
from lookalike.search.filters import parse_filters

__all__ = ["Deletion"]

_SECONDS = 3600
_AT_ONCE, _OPEN_FOR = 1000, "1m"


class Deletion:
    """What is to be deleted from an index: the documents with one of `ids`, if there are any, for which all `filters`
    hold.

    Raises what `connect` raises, IndexContractError if the index is not Lookalike's, SearchError for a bad filter, and
    if neither ids nor filters are given, or an id that is not there.
    """

    def __init__(self, connection: ConnectionSettings, index: str, ids: Sequence[str], filters: Sequence[str]) -> None:
        self._connection, self._index = connection, index
        self._client = connect(connection, timeout=_SECONDS)
        with translated_errors(connection):
            contract = read_contract(self._client, index)
            self._client.indices.refresh(index=index)
        clauses: list[dict[str, Any]] = list(parse_filters(filters, contract.fields))
        if ids:
            clauses.append({"ids": {"values": list(ids)}})
        if not clauses:
            raise SearchError(
                "nothing to delete: give ids or --filter; `--filter '{\"match_all\": {}}'` means everything"
            )
        self._query = {"query": {"bool": {"filter": clauses}}}
        if ids and not filters:
            self._require(ids)

    def _require(self, ids: Sequence[str]) -> None:
        with translated_errors(self._connection):
            # Page by page: there may be more ids than an answer holds, and several indices behind a name may have one.
            found = read_all(self._client, self._index, {**self._query, "_source": False}, _AT_ONCE, _OPEN_FOR)
            missing = set(ids) - {hit["_id"] for hit in found}
        if missing:
            raise SearchError(
                f"index {self._index!r} has no picture with the id {min(missing)!r}"
                + (f", nor {len(missing) - 1} others" if len(missing) > 1 else "")
                + "; ids stand in the answers of `lookalike search --json`"
            )

    def count(self) -> int:
        """How many documents it means now. Raises RequestFailedError if a shard is away."""
        with translated_errors(self._connection):
            return int(whole(self._client.count(index=self._index, body=self._query), self._index)["count"])

    def run(self) -> int:
        """Delete them; how many there were. Raises RequestFailedError if some could not be deleted."""
        with translated_errors(self._connection):
            # In one slice: with several, OpenSearch never answers where a shard is away.
            answer = self._client.delete_by_query(
                index=self._index, body=self._query, conflicts="proceed", refresh=True
            )
        left = len(answer["failures"]) + answer["version_conflicts"]
        if left:
            raise RequestFailedError(
                f"{answer['deleted']} deleted, {left} could not be, because they were written to meanwhile or their "
                "shard failed; run the command again",
                409,
            )
        return int(answer["deleted"])
