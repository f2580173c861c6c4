"""What each worker of the cluster does: map images and write them, and tell what became of them."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from errno import ENOENT
from functools import cached_property
from typing import Any

import ray
from ray import cloudpickle

from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.device import Device
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ArtefactError, LookalikeError
from lookalike.ingest.batching import batched
from lookalike.ingest.failures import Failure
from lookalike.ingest.ledger import Group
from lookalike.ingest.mapper import DocumentOptions, Mapper
from lookalike.ingest.outcome import Buffer, Outcome
from lookalike.ingest.remote import Fetching
from lookalike.ingest.runner import Settings, begin_fetching
from lookalike.ingest.writer import BulkWriter

__all__ = ["Report", "StopFlag", "Worker", "Workload"]

_NOT_FOUND = os.strerror(ENOENT)


@dataclass(frozen=True)
class Workload:
    """What a worker needs to do as this process would; `identity` is that of the model, and `settings.workers` are its
    threads."""

    connection: ConnectionSettings
    index: str
    model: str
    identity: str
    device: Device
    data_type: str
    options: DocumentOptions
    settings: Settings


@dataclass
class Report:
    """What became of a group: `outcomes`, none if it was left because the run ends, or `fault`, the reason why no
    worker can go on."""

    outcomes: list[Outcome] = field(default_factory=list)
    fault: str = ""


class StopFlag:
    """An actor that tells all workers whether to begin more."""

    def __init__(self) -> None:
        self._is_set = False

    def set(self) -> None:
        """Let nothing more be begun."""
        self._is_set = True

    def is_set(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._is_set


class Worker:
    """An actor of the pool. Ray Data calls it with a row that holds a pickled Group, and gets one with its Report.

    What it needs is opened by the first call, so that an error reaches the user as a report. A group may come again,
    to this worker or another one, when the worker that had it is lost: it gives the same documents with the same ids.
    """

    def __init__(self, workload: Workload, stop: Any) -> None:
        self._workload = workload
        self._stop = stop

    def __call__(self, row: dict[str, bytes]) -> dict[str, bytes]:
        """Do what a row asks for."""
        report = Report()
        try:
            if not ray.get(self._stop.is_set.remote()):
                self._work(cloudpickle.loads(row["group"]), report.outcomes.append)
        except LookalikeError as error:
            report.fault = f"{error} (a worker on the Ray node {self._node})"
        return {"report": cloudpickle.dumps(report)}

    def _work(self, group: Group, settle: Callable[[Outcome], None]) -> None:
        buffer = Buffer(self._writer, settle)
        coming = []
        for batch in batched(group.items, self._workload.settings.batch_size):
            begin_fetching(batch, group.known, group.stamps, self._mapper, self._fetching)
            coming.append(self._threads.submit(self._mapper.map, batch, group.known))
        for future in coming:
            mapped = future.result()
            mapped.failures = [self._placed(failure) for failure in mapped.failures]
            buffer.add(mapped)
        buffer.flush()

    def _placed(self, failure: Failure) -> Failure:
        """A file that is not there may be on another machine."""
        if failure.reason != _NOT_FOUND:
            return failure
        return replace(failure, reason=f"{_NOT_FOUND} (on the Ray node {self._node})")

    @cached_property
    def _node(self) -> str:
        return str(ray.util.get_node_ip_address())

    @cached_property
    def _mapper(self) -> Mapper:
        artefact = find_artefact(self._workload.model)
        if artefact.identity != self._workload.identity:
            raise ArtefactError(
                f"the model {self._workload.model!r} is {artefact.identity} here, expected {self._workload.identity}; "
                "install the same on every node"
            )
        return Mapper(
            EncoderSession(artefact, threads=1, device=self._workload.device),
            self._workload.data_type,
            self._workload.options,
        )

    @cached_property
    def _writer(self) -> BulkWriter:
        connection = self._workload.connection
        return BulkWriter(connect(connection), connection, self._workload.index)

    @cached_property
    def _fetching(self) -> Fetching:
        return self._workload.settings.fetching()

    @cached_property
    def _threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._workload.settings.workers, thread_name_prefix="map")
