"""What `lookalike ingest` does, from sources that are open to an exit code."""

import itertools
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from opensearchpy import OpenSearch

from lookalike.cluster.client import translated_errors
from lookalike.cluster.metadata_mapping import mapping_of
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.device import Device
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ConfigError, LookalikeError
from lookalike.fetching.fetcher import Fetcher
from lookalike.ingest.failed_index import failed_index
from lookalike.ingest.failures import Failures, failed_rows_file, require_writable
from lookalike.ingest.first_load import first_load
from lookalike.ingest.force_merge import force_merge
from lookalike.ingest.interrupt import interruptible
from lookalike.ingest.item import Item
from lookalike.ingest.job import Job, Mode, default_name, open_job
from lookalike.ingest.ledger import Summary
from lookalike.ingest.mapper import DocumentOptions, Mapper
from lookalike.ingest.ray_engine.cluster import RayChoice, ray_cluster
from lookalike.ingest.reader import STANDARD_INPUT, Sources
from lookalike.ingest.remote import Fetching
from lookalike.ingest.report import print_failure, print_summary, progress_bar
from lookalike.ingest.runner import Settings, begin_fetching, run
from lookalike.ingest.target import Target, open_target
from lookalike.ingest.writer import BulkWriter

__all__ = ["Wanted", "ingest_sources", "show_documents"]

_SHOWN_DOCUMENTS = 3
_DELETED_AT_ONCE = 1000
_INTERRUPTED, _SOME_FAILED = 130, 3


class Source(Protocol):
    """What is ingested."""

    def __iter__(self) -> Iterator[Item]:
        """Every image once."""

    def count(self) -> int | None:
        """How many there are, None where nobody knows."""

    def declare(self, client: OpenSearch, index: str) -> None:
        """Give an index the mapping that metadata needs."""


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for."""

    index: str
    model: str
    device: Device
    native_libraries: bool
    options: DocumentOptions
    settings: Settings
    mode: Mode
    confirmed: bool
    failed: Path | None
    failed_index: str | None
    force_merge: bool
    as_json: bool
    ray: RayChoice | None  # None is this process
    job: str | None = None
    sync: bool = False
    variant: str | None = None
    shards: int | None = None


def show_documents(sources: Sources, model: str, options: DocumentOptions, settings: Settings) -> None:
    """Print the mapping of metadata and the first documents, as JSON, and what could not be read of them."""
    mapper = Mapper(EncoderSession(find_artefact(model)), "float", options)
    print(json.dumps({"mapping": {"metadata": {"properties": mapping_of(sources.types)}}}, indent=2))
    items = list(itertools.islice(sources, _SHOWN_DOCUMENTS))
    fetching = Fetching(Fetcher(settings.limits, _SHOWN_DOCUMENTS), _SHOWN_DOCUMENTS, _SHOWN_DOCUMENTS)
    begin_fetching(items, {}, {}, mapper, fetching)
    batch = mapper.map(items, {})
    fetching.close()
    for key, document in batch.documents.items():
        shown = {**document, "embedding": f"{len(document['embedding'])} numbers"}
        if "regions" in shown:
            shown["regions"] = f"{len(shown['regions'])} regions"
        if "thumbnail" in shown:
            shown["thumbnail"] = f"{len(shown['thumbnail'])} characters of base64"
        print(json.dumps({"_id": key, **shown}, indent=2))
    for failure in batch.failures:
        print_failure(failure)


def ingest_sources(sources: Source, named: Sequence[str], wanted: Wanted, connection: ConnectionSettings) -> int:
    """Ingest and report; 3 if some images failed, 130 after an interrupt. Raises what ends the run early."""
    total = sources.count()
    if wanted.failed is not None:
        require_writable(wanted.failed)
    if wanted.sync and STANDARD_INPUT in named:
        raise ConfigError("--sync cannot tell whether standard input was complete; name folders, manifests or shards")
    if wanted.sync and not wanted.confirmed and not sys.stdin.isatty():
        raise ConfigError("--sync asks before it deletes, and there is no terminal to ask on; give --yes")
    facts = {"url": connection.url, "index": wanted.index, "sources": [_absolute(name) for name in named]}
    with ExitStack() as stack:
        if wanted.ray is not None:
            stack.enter_context(ray_cluster(wanted.ray.address))
        job = stack.enter_context(open_job(wanted.job or default_name(wanted.index, facts), wanted.mode))
        target = open_target(
            connection, wanted.index, wanted.model, wanted.variant, wanted.shards, wanted.native_libraries
        )
        job.fill(target.identity)
        if target.is_new and not wanted.as_json:
            print(f"{wanted.index}: made (variant {target.contract.variant}, model {target.model})")
        if job.note:
            print(job.note, file=sys.stderr)
        with translated_errors(connection):
            sources.declare(target.client, wanted.index)
        with first_load(target.client, connection, wanted.index, target.is_new):
            summary = _run(sources, total, wanted, target, job)
            if summary.complete and wanted.force_merge:
                with translated_errors(connection):
                    force_merge(target.client, wanted.index)
        if summary.complete and wanted.sync:
            _sync(target.writer(), job, summary, wanted)
    if not summary.complete:
        sys.stdout.flush()
        os._exit(_INTERRUPTED)  # threads may wait for a server still, and nobody wants their answer
    return _SOME_FAILED if summary.failures.count else 0


def _absolute(source: str) -> str:
    return source if "://" in source else str(Path(source).absolute())


def _run(sources: Source, total: int | None, wanted: Wanted, target: Target, job: Job) -> Summary:
    """Run, and tell what came of it however it ends."""
    with ExitStack() as stack:
        write = stack.enter_context(failed_rows_file(wanted.failed))
        kept = stack.enter_context(
            failed_index(target.client, target.connection, wanted.failed_index, job, wanted.index)
        )
        tell = [write, *([kept.add] if kept else []), *([print_failure] if wanted.as_json else [])]
        summary = Summary(failures=Failures(tell))
        progress = stack.enter_context(progress_bar(total, quiet=wanted.as_json))
        stopping = stack.enter_context(interruptible())
        try:
            _run_engine(sources, wanted, target, job, summary, stopping, progress)
            if kept and summary.complete:
                kept.forget_earlier()
        except KeyboardInterrupt:
            pass  # the second one; what is under way is not in the counts
        except LookalikeError:
            _tell_how_to_go_on(summary, total, wanted.mode)
            print_summary(summary, wanted.index, wanted.as_json)
            raise
    if not summary.complete:
        _tell_how_to_go_on(summary, total, wanted.mode)
    print_summary(summary, wanted.index, wanted.as_json)
    return summary


def _run_engine(
    sources: Source,
    wanted: Wanted,
    target: Target,
    job: Job,
    summary: Summary,
    stopping: Callable[[], bool],
    progress: Callable[[Summary], None],
) -> None:
    settings = wanted.settings
    if target.is_new:
        settings = replace(settings, force=True)  # there is nothing to look up
    kind, options, writer = target.contract.data_type, wanted.options, target.writer()
    if wanted.ray is None:
        mapper = Mapper(target.session(threads=1, device=wanted.device), kind, options)
        run(sources, mapper, writer, job, settings, summary, stopping, progress)
        return
    from lookalike.ingest.ray_engine.runner import run_on_ray
    from lookalike.ingest.ray_engine.worker import Workload

    workload = Workload(
        target.connection, wanted.index, wanted.model, target.model, wanted.device, kind, options, settings
    )
    run_on_ray(sources, workload, writer, job, wanted.ray.workers, summary, stopping, progress)


def _tell_how_to_go_on(summary: Summary, total: int | None, mode: Mode) -> None:
    of = "" if total is None else f" of {total}"
    how = "the same command with --resume goes on" if mode is Mode.ALL else "the same command goes on"
    print(f"ended early, with {summary.done}{of} images done; {how}", file=sys.stderr)


def _sync(writer: BulkWriter, job: Job, summary: Summary, wanted: Wanted) -> None:
    """Delete what earlier runs of the job ingested and its sources no longer have. Raises ConfigError if they could not
    be read whole, because then nobody knows."""
    count = job.gone()
    if not count:
        return
    if summary.unreadable:
        raise ConfigError(
            f"{summary.unreadable} entries of the sources could not be read, so nothing is deleted: what seems to be "
            "gone may be behind them"
        )
    if not summary.done - summary.failures.count:
        raise ConfigError(f"the sources hold no image any more, so nothing is deleted; {count} would be")
    if not wanted.confirmed:
        answer = input(f"{count} images have left the sources. Delete them from {wanted.index}? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            print("nothing is deleted")
            return
    deleted = 0
    for ids in job.gone_ids(_DELETED_AT_ONCE):
        deleted += writer.delete(ids)
        job.forget(ids)
    writer.refresh()
    print(json.dumps({"deleted": deleted}) if wanted.as_json else f"{wanted.index}: {deleted} deleted")
