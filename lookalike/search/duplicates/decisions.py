"""What people decided: pictures that are no duplicates of each other, however alike they look.

Decisions lie in an index of the cluster, `lookalike_decisions`, so that all who use it share them. Documents would lose
them when they are written again; a picture's id is the same then, and in an index that `lookalike reembed` makes. So a
decision names ids, and every name that its index has: that itself and its aliases. It counts under each of them.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

from opensearchpy import NotFoundError, OpenSearch

from lookalike.cluster.whole import read_all
from lookalike.errors import IndexContractError, SearchError
from lookalike.mappings import decisions_index

__all__ = ["DECISIONS", "Decisions"]

DECISIONS = "lookalike_decisions"
_AT_ONCE = 1000
_OPEN_FOR = "5m"


class Decisions:
    """Those about one index, which has these names. Methods raise what opensearch-py raises."""

    def __init__(self, client: OpenSearch, names: Sequence[str]) -> None:
        self._client, self._names = client, sorted(names)
        self._ours = {"terms": {"indices": self._names}}

    def pairs(self) -> set[frozenset[str]]:
        """Pairs of ids that are no duplicates of each other."""
        try:
            self._client.indices.refresh(index=DECISIONS)
        except NotFoundError:
            return set()
        query = {"query": self._ours, "_source": ["ids"]}
        found = read_all(self._client, DECISIONS, query, _AT_ONCE, _OPEN_FOR)
        return {frozenset(pair) for hit in found for pair in combinations(hit["_source"]["ids"], 2)}

    def remember(self, ids: Sequence[str]) -> None:
        """None of these is a duplicate of another; saying it again changes nothing.

        Raises SearchError for fewer than two, IndexContractError if the name of the index is taken.
        """
        different = sorted(set(ids))
        if len(different) < 2:
            raise SearchError("--not-duplicates: expected two ids or more, of pictures that are no duplicates")
        self._make_index()
        said = {"indices": self._names, "ids": different}
        key = hashlib.sha256("\0".join([*self._names, "", *different]).encode()).hexdigest()[:40]
        document = {**said, "decided_at": datetime.now(UTC).isoformat(timespec="seconds")}
        self._client.index(index=DECISIONS, id=key, body=document, params={"refresh": "true"})

    def forget(self, ids: Sequence[str]) -> int:
        """Take back all decisions about any of these; how many there were. Raises SearchError for no ids."""
        if not ids:
            raise SearchError("--forget: expected ids of pictures that may be duplicates after all")
        query: dict[str, Any] = {"bool": {"filter": [self._ours, {"terms": {"ids": list(ids)}}]}}
        try:
            answer = self._client.delete_by_query(index=DECISIONS, body={"query": query}, params={"refresh": "true"})
        except NotFoundError:
            return 0
        return int(answer["deleted"])

    def _make_index(self) -> None:
        if not self._client.indices.exists(index=DECISIONS):
            self._client.indices.create(index=DECISIONS, body=decisions_index())
        for found in self._client.indices.get_mapping(index=DECISIONS).values():
            if "lookalike-decisions" not in found["mappings"].get("_meta", {}):
                raise IndexContractError(
                    f"index {DECISIONS!r}, in which decisions are remembered, holds something else; rename that"
                )
