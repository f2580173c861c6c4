"""The work of a soak: rounds of ingest, update and delete while others search, each followed by a comparison."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from opensearchpy import OpenSearchException

from benchmarks.soak_shadow import Shadow, read_documents
from benchmarks.soak_tally import WRONG, Tally
from lookalike.cluster.client import open_client, translated_errors
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.encoder.artefact import DEFAULT_MODEL
from lookalike.errors import LookalikeError
from lookalike.ingest.columns import ColumnChoice
from lookalike.ingest.first_load import first_load
from lookalike.ingest.job import Mode, open_job
from lookalike.ingest.ledger import Summary
from lookalike.ingest.mapper import Mapper
from lookalike.ingest.reader import open_sources
from lookalike.ingest.runner import Settings, run
from lookalike.ingest.target import open_target
from lookalike.search.deleting import Deletion
from lookalike.search.searcher import Searcher, Wanted

__all__ = ["SoakWork"]

SHARDS = 3
SEARCHERS = 2
_PART = 15  # of which one is new, one changed and one deleted in a round
_ASKED_AFTERWARDS = 3  # of the deleted ones
_PATIENCE = 300  # seconds
_WANTED = Wanted(k=3, preview=False)
_ALL = '{"match_all": {}}'
T = TypeVar("T")


class SoakWork:
    """Fills an index and keeps changing it, through each of `urls` in turn; `tally` is told what came of it.

    `was_away` says whether a node was away after a moment of the monotonic clock. What fails is done again through the
    next node; if none was away that is told as a failure. Raises what does not cease to fail.
    """

    def __init__(
        self, urls: Sequence[str], index: str, shadow: Shadow, tally: Tally, was_away: Callable[[float], bool]
    ) -> None:
        self._connections = [ConnectionSettings(url) for url in urls]
        self._turns = itertools.cycle(self._connections)
        self._index, self._shadow, self._tally, self._was_away = index, shadow, tally, was_away
        self._random = random.Random(0)  # noqa: S311, no secrets
        self._searchers: list[Searcher] = []

    def fill(self, count: int) -> None:
        """Ingest the first pictures."""
        self._shadow.add(count)
        self._persist("ingest", self._ingest)
        self._searchers = [Searcher(connection, self._index) for connection in self._connections]

    def round(self) -> None:
        """Add, change and delete pictures while others are searched for, then compare."""
        ids = self._shadow.ids
        part = max(1, len(ids) // _PART)
        self._random.shuffle(ids)
        changed, gone, stable = ids[:part], ids[part : 2 * part], ids[2 * part :]
        pictures = {key: self._shadow.data(key) for key in gone[:_ASKED_AFTERWARDS]}
        with self._searching(stable):
            self._shadow.add(part)
            self._shadow.change(changed)
            self._shadow.remove(gone)
            self._persist("delete", lambda connection: self._delete(connection, gone))
            self._persist("ingest", self._ingest)
        for picture in pictures.values():
            self._require_gone(picture, gone)
        self.check()
        self._tally.count("rounds")

    def check(self) -> None:
        """Compare the index with the shadow copy."""
        documents = self._persist("comparison", self._documents)
        self._shadow.compare(documents, self._tally)
        self._tally.count("documents compared", len(documents))

    def _ingest(self, connection: ConnectionSettings) -> None:
        """As `lookalike ingest FOLDER`."""
        sources = open_sources([str(self._shadow.folder)], (), ColumnChoice())
        summary = Summary()
        with open_job("soak", Mode.ALL) as job:
            target = open_target(connection, self._index, DEFAULT_MODEL, None, SHARDS, False)
            job.fill(target.identity)
            mapper = Mapper(target.session(threads=1), target.contract.data_type)
            settings = Settings(usable_cores(), 16)
            with first_load(target.client, connection, self._index, target.is_new):
                run(sources, mapper, target.writer(), job, settings, summary)
        self._tally.count("documents written", summary.written)
        for failure in summary.failures.first:
            self._tally.fault(WRONG, f"{failure.path} was not ingested: {failure.reason}")

    def _delete(self, connection: ConnectionSettings, ids: Sequence[str]) -> None:
        """As `lookalike delete ID...`; what is not there any more is none, because this may be the second time."""
        self._tally.count("documents deleted", Deletion(connection, self._index, ids, [_ALL]).run())

    def _documents(self, connection: ConnectionSettings) -> list[dict[str, object]]:
        with open_client(connection) as client, translated_errors(connection):
            return read_documents(client, self._index)

    def _require_gone(self, picture: bytes, gone: Sequence[str]) -> None:
        def ask(connection: ConnectionSettings) -> list[str]:
            searcher = self._searchers[self._connections.index(connection)]
            return [hit.id for hit in searcher.by_image(picture, _WANTED).hits]

        for key in set(gone).intersection(self._persist("search", ask)):
            self._tally.fault(WRONG, f"{key} was found after it had been deleted")

    @contextmanager
    def _searching(self, stable: Sequence[str]) -> Iterator[None]:
        """Others search for pictures that stay as they are."""
        enough = threading.Event()

        def search(seed: int) -> None:
            drawn = random.Random(seed)  # noqa: S311
            while not enough.is_set():
                self._search(drawn.choice(stable), drawn.choice(range(len(self._searchers))))

        seeds = [self._random.getrandbits(32) for _ in range(SEARCHERS)]
        threads = [threading.Thread(target=search, args=(seed,), daemon=True) for seed in seeds]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            enough.set()
            for thread in threads:
                thread.join()

    def _search(self, key: str, number: int) -> None:
        """A picture of the index is to be the first answer to itself."""
        began = time.monotonic()
        try:
            hits = self._searchers[number].by_image(self._shadow.data(key), _WANTED).hits
        except LookalikeError as error:
            self._failed("search", began, error)
            time.sleep(0.2)
            return
        self._tally.count("searches answered")
        first = hits[0].id if hits else "nothing"
        if first != key:
            self._tally.fault(WRONG, f"a search by {key} found {first} first")

    def _persist(self, what: str, step: Callable[[ConnectionSettings], T]) -> T:
        """Do it, again and again if need be."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            began = time.monotonic()
            try:
                return step(next(self._turns))
            except (LookalikeError, OpenSearchException) as error:
                self._failed(what, began, error)
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.5)

    def _failed(self, what: str, began: float, error: Exception) -> None:
        if self._was_away(began):
            self._tally.count(f"failed while a node was away: {what}")
        else:
            self._tally.failures.append(f"{what}: {error}")
