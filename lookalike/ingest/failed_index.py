"""Failed rows as documents of an index of their own, so that people can look at them in OpenSearch."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from opensearchpy import OpenSearch

from lookalike.cluster.client import translated_errors
from lookalike.cluster.install import create_failures_index
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import RequestFailedError
from lookalike.ingest.failures import Failure
from lookalike.ingest.item import item_id
from lookalike.ingest.job import Job
from lookalike.ingest.writer import BulkWriter

__all__ = ["FailedIndex", "failed_index"]

_BULK = 500
_SECONDS = 3600


class FailedIndex:
    """Writes the failures of one job's run, a document for each image however often it fails."""

    def __init__(self, client: OpenSearch, connection: ConnectionSettings, name: str, job: Job, index: str) -> None:
        self._client, self._connection, self._name = client, connection, name
        self._writer = BulkWriter(client, connection, name)
        self._whose = {"index": index, "job": job.name}
        self._session = job.session
        self._waiting: dict[str, dict[str, Any]] = {}

    def add(self, failure: Failure) -> None:
        """Take a failure; it is written with those that come after it, or by `flush`."""
        key = item_id("\0".join([*self._whose.values(), failure.id, failure.path]))
        failed_at = datetime.now(UTC).isoformat(timespec="seconds")
        self._waiting[key] = {**self._whose, "session": self._session, **vars(failure), "failed_at": failed_at}
        if len(self._waiting) >= _BULK:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Raises RequestFailedError if OpenSearch refuses it."""
        waiting, self._waiting = self._waiting, {}
        refused = self._writer.write(waiting) if waiting else {}
        if refused:
            raise RequestFailedError(
                f"--failed-index: {self._name} refuses {len(refused)} rows: {next(iter(refused.values()))}", 400
            )

    def forget_earlier(self) -> None:
        """Delete the job's failures of earlier runs: after a complete one they do not fail any more."""
        self.flush()
        self._writer.refresh()
        ours = [{"term": {key: value}} for key, value in self._whose.items()]
        query = {"bool": {"filter": ours, "must_not": {"term": {"session": self._session}}}}
        with translated_errors(self._connection):
            self._client.delete_by_query(
                index=self._name, body={"query": query}, conflicts="proceed", refresh=True, request_timeout=_SECONDS
            )


@contextmanager
def failed_index(
    client: OpenSearch, connection: ConnectionSettings, name: str | None, job: Job, index: str
) -> Iterator[FailedIndex | None]:
    """Open the index of failures, or make it; what waits in the end is written.

    Raises IndexContractError if there is an index of that name that holds something else.
    """
    if name is None:
        yield None
        return
    with translated_errors(connection):
        create_failures_index(client, name, "--failed-index")
    failures = FailedIndex(client, connection, name, job, index)
    try:
        yield failures
    finally:
        failures.flush()
