"""The work of a soak: rounds of ingest, update and delete while others search, each followed by a comparison."""

import random
import re
import threading
import time
from collections.abc import Callable, Container, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from opensearchpy import OpenSearchException

from benchmarks.soak.presence import Presence
from benchmarks.soak.shadow import Shadow, read_documents
from benchmarks.soak.tally import WRONG, Tally
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
from lookalike.search.answers import Hit
from lookalike.search.deleting import Deletion
from lookalike.search.searcher import Searcher, Wanted

__all__ = ["ANSWERED", "ANSWERED_MEANWHILE", "DELETED", "WRITTEN", "SoakWork"]

WRITTEN, DELETED = "documents written", "documents deleted"
ANSWERED, ANSWERED_MEANWHILE = "searches answered", "searches answered while a node was away"
SHARDS = 3
SEARCHERS = 2
_PART = 15  # of which one is new, one changed and one deleted in a round
_ASKED_AFTERWARDS = 3  # of the deleted, the changed and the new ones each
_PATIENCE = 300  # seconds
_PAUSE = 0.5  # seconds before the next try
_TOLD = 150  # characters of an error
_ADDRESS = re.compile(r"(https?://)?127\.0\.0\.1:\d+|\{.*\}|[0-9a-f]{40}")
_WANTED = Wanted(k=3, preview=False)
_ALL = '{"match_all": {}}'
T = TypeVar("T")


class SoakWork:
    """Fills an index and keeps changing it, through any node at one of `urls` that is there; `tally` is told what
    came of it.

    What fails is done again; if no node was away that is told as a failure. Raises what does not cease to fail.
    """

    def __init__(self, urls: Sequence[str], index: str, shadow: Shadow, tally: Tally, presence: Presence) -> None:
        self._connections = [ConnectionSettings(url) for url in urls]
        self._index, self._shadow, self.tally, self._presence = index, shadow, tally, presence
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
        pictures = [self._shadow.data(key) for key in gone[:_ASKED_AFTERWARDS]]
        with self._searching(stable):
            added = self._shadow.add(part)
            self._shadow.change(changed)
            self._shadow.remove(gone)
            self._persist("delete", lambda number: self._delete(number, gone))
            self._persist("ingest", self._ingest)
        for picture in pictures:
            self._require_gone(picture, gone)
        for key in (*added[:_ASKED_AFTERWARDS], *changed[:_ASKED_AFTERWARDS]):
            hits = self._persist("search", self._asking(self._shadow.data(key)))
            self._shadow.judge(key, hits, (), self.tally)
        self.check()
        self.tally.count("rounds")

    def check(self, copies: str | None = None) -> None:
        """Compare the index with the shadow copy, from any copy of each shard or from the ones named, as in the
        parameter `preference` of a search.

        Where copies are named no other one answers instead of one that is on its way to another node, so that may fail.
        """
        what, is_excused = f"comparison {copies or ''}".strip(), copies is not None
        documents = self._persist(what, lambda number: self._documents(number, copies), is_excused)
        self._shadow.compare(documents, self.tally)
        self.tally.count("documents compared", len(documents))

    def _ingest(self, number: int) -> None:
        """As `lookalike ingest FOLDER`."""
        connection = self._connections[number]
        sources = open_sources([str(self._shadow.folder)], (), ColumnChoice())
        summary = Summary()
        with open_job("soak", Mode.ALL) as job:
            target = open_target(connection, self._index, DEFAULT_MODEL, None, SHARDS, False)
            job.fill(target.identity)
            mapper = Mapper(target.session(threads=1), target.contract.data_type)
            settings = Settings(usable_cores(), 16)
            with first_load(target.client, connection, self._index, target.is_new):
                run(sources, mapper, target.writer(), job, settings, summary)
        self.tally.count(WRITTEN, summary.written)
        for failure in summary.failures.first:
            self.tally.fault(WRONG, f"{failure.path} was not ingested: {failure.reason}")

    def _delete(self, number: int, ids: Sequence[str]) -> None:
        """As `lookalike delete ID...`; what is not there any more is none, because this may be the second time."""
        self.tally.count(DELETED, Deletion(self._connections[number], self._index, ids, [_ALL]).run())

    def _documents(self, number: int, copies: str | None) -> list[dict[str, object]]:
        connection = self._connections[number]
        with open_client(connection) as client, translated_errors(connection):
            return read_documents(client, self._index, copies)

    def _asking(self, picture: bytes) -> Callable[[int], Sequence[Hit]]:
        return lambda number: self._searchers[number].by_image(picture, _WANTED).hits

    def _require_gone(self, picture: bytes, gone: Sequence[str]) -> None:
        found = {hit.id for hit in self._persist("search", self._asking(picture))}
        for key in found.intersection(gone):
            self.tally.fault(WRONG, f"{key} was found after it had been deleted")

    @contextmanager
    def _searching(self, stable: Sequence[str]) -> Iterator[None]:
        """Others search for pictures that stay as they are."""
        enough = threading.Event()
        moving = _Others(stable)

        def search(seed: int) -> None:
            drawn = random.Random(seed)  # noqa: S311
            while not enough.is_set():
                self._search(drawn.choice(stable), drawn.choice(self._presence.present()), moving)

        seeds = [self._random.getrandbits(32) for _ in range(SEARCHERS)]
        with ThreadPoolExecutor(SEARCHERS, thread_name_prefix="search") as pool:
            try:
                searching = [pool.submit(search, seed) for seed in seeds]
                yield
            finally:
                enough.set()
        for one in searching:
            one.result()

    def _search(self, key: str, number: int, moving: Container[str]) -> None:
        began = time.monotonic()
        try:
            hits = self._asking(self._shadow.data(key))(number)
        except LookalikeError as error:
            self._failed("search", began, error)
            time.sleep(_PAUSE)
            return
        self.tally.count(ANSWERED)
        if self._presence.is_one_away:
            self.tally.count(ANSWERED_MEANWHILE)
        self._shadow.judge(key, hits, moving, self.tally)

    def _persist(self, what: str, step: Callable[[int], T], is_excused: bool = False) -> T:
        """Do it through a node that is there, again and again if need be."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            began = time.monotonic()
            try:
                return step(self._random.choice(self._presence.present()))
            except (LookalikeError, OpenSearchException) as error:
                self._failed(what, began, error, is_excused)
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)

    def _failed(self, what: str, began: float, error: Exception, is_excused: bool = False) -> None:
        text = _ADDRESS.sub("a node", " ".join(str(error).split()))[:_TOLD]
        self.tally.failure(f"{what}: {text}", is_excused or self._presence.was_away(began))


class _Others:
    """All ids but these."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = frozenset(ids)

    def __contains__(self, key: object) -> bool:
        return key not in self._ids
