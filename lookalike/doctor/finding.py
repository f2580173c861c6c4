"""What a check has found, and what it may look at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from opensearchpy import OpenSearch

from lookalike.cluster.settings import ConnectionSettings

__all__ = ["Check", "Finding", "State", "Subject"]


class State(StrEnum):
    """How serious a finding is."""

    OK = "ok"
    WARNING = "warning"  # works, but slower, less safely or less completely than it could
    PROBLEM = "problem"  # ingest or search fails


@dataclass(frozen=True)
class Finding:
    """What was found, in words, and what to do about it; `advice` is empty where there is nothing to do."""

    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Subject:
    """What is looked at: a cluster, one index of it (None: no index), and an installed model by name or folder."""

    connection: ConnectionSettings
    client: OpenSearch
    index: str | None
    model: str

    def existing_index(self) -> str | None:
        """The index if one was named and it is there; the check of the mapping says if it is not."""
        if self.index and self.client.indices.exists(index=self.index, allow_no_indices=False):
            return self.index
        return None


# Yields its findings; may raise what opensearch-py and LookalikeError raise, which becomes a finding.
Check = Callable[[Subject], Iterable[Finding]]
