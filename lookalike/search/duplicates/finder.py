"""Finding the groups of copies in an index."""

import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from opensearchpy import OpenSearch

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cluster.whole import whole
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.errors import ConfigError, IndexContractError, SearchError
from lookalike.search.duplicates.decisions import Decisions
from lookalike.search.duplicates.group import Group
from lookalike.search.duplicates.grouped import grouped
from lookalike.search.duplicates.links import Links
from lookalike.search.duplicates.neighbourhoods import Neighbourhoods
from lookalike.search.duplicates.page import write_page
from lookalike.search.duplicates.picture import Picture, read_picture
from lookalike.search.duplicates.removal import Removed, remove_copies
from lookalike.search.duplicates.stored import documents_at_once, stored_vectors
from lookalike.search.duplicates.twins import Twins
from lookalike.search.filters import parse_filters
from lookalike.search.opening import open_contract

__all__ = ["DuplicateFinder"]

_SECONDS = 300
_SHOWN = ["image_url", "metadata", "width", "height", "bytes", "format", "exif.taken_at", "ingested_at"]


class DuplicateFinder:
    """An index to look through. `name` is its own, where an alias was given.

    Raises what `connect` raises, ArtefactError, ConfigError if the model is not calibrated, and IndexContractError if
    the index does not hold its vectors or `index` stands for several.
    """

    def __init__(
        self,
        connection: ConnectionSettings,
        index: str,
        model: str = DEFAULT_MODEL,
        native_libraries: bool = False,
    ) -> None:
        self._connection = connection
        artefact = find_artefact(model)
        if artefact.calibration is None:
            raise ConfigError(
                f"model {artefact.name!r} is not calibrated, so nobody knows what its similarities mean; make it so "
                "with `lookalike calibrate`"
            )
        self._calibration = artefact.calibration
        self._client: OpenSearch = connect(connection, timeout=_SECONDS)
        with translated_errors(connection):
            self._fields = open_contract(self._client, index, artefact, native_libraries).fields
            self.name, names = self._single(index)
            self._decisions = Decisions(self._client, names)
            self._client.indices.refresh(index=self.name)
            self._at_once = documents_at_once(self._client, self.name)

    def _single(self, index: str) -> tuple[str, list[str]]:
        """The name of the index, and all its names. Raises IndexContractError if there are several."""
        answer = self._client.indices.get_alias(index=index)
        if len(answer) > 1:
            raise IndexContractError(
                f"{index!r} stands for {len(answer)} indices, {', '.join(sorted(answer))}; duplicates are looked for "
                "in one, so name one of them"
            )
        ((name, about),) = answer.items()
        return name, [name, *about["aliases"]]

    def count(self, filters: Sequence[str] = ()) -> int:
        """How many documents satisfy the filters. Raises SearchError for a bad filter."""
        query = {"query": {"bool": {"filter": parse_filters(filters, self._fields)}}}
        with translated_errors(self._connection):
            return int(whole(self._client.count(index=self.name, body=query), self.name)["count"])

    def find(
        self, probability: float, filters: Sequence[str] = (), progress: Callable[[int], None] = lambda done: None
    ) -> list[Group]:
        """All groups of documents that satisfy the filters, the largest first.

        `probability` is the least for two to be copies, 0.5 to 1; `progress` is told how many documents are done.
        Raises SearchError for a bad filter or a probability that the model never gives, RequestFailedError if the index
        answers incompletely.
        """
        highest = self._calibration.probabilities[-1]
        if probability > highest:
            raise SearchError(
                f"--probability {probability}: no pair of pictures reaches it, because this model is never surer than "
                f"{math.floor(highest * 10_000) / 10_000}"
            )
        clauses = parse_filters(filters, self._fields)
        with translated_errors(self._connection):
            apart = self._decisions.pairs()
            twins, found = Twins(apart), []
            near = Neighbourhoods(
                self._client, self.name, self._calibration, clauses, least=max(0.0, 2 * probability - 1)
            )
            done = 0
            for some in near.of(twins.first_of(stored_vectors(self._client, self.name, clauses, self._at_once))):
                found += [neighbourhood for neighbourhood in some if neighbourhood.near]
                done += len(some)
                progress(done)
            return grouped(Links(found, twins.first_for, apart), twins, probability, self._pictures)

    def not_duplicates(self, ids: Sequence[str]) -> str:
        """Remember that none of some pictures is a copy of another; what was done, in words.

        Raises SearchError for fewer than two ids, and for one that the index does not have.
        """
        with translated_errors(self._connection):
            self._require(ids)
            self._decisions.remember(ids)
        return f"{self.name}: remembered that {len(set(ids))} pictures are no duplicates of each other"

    def forget(self, ids: Sequence[str]) -> str:
        """Forget all decisions about some pictures; what was done, in words. Raises SearchError for no ids."""
        with translated_errors(self._connection):
            forgotten = self._decisions.forget(ids)
        return f"{self.name}: {forgotten} decision{'' if forgotten == 1 else 's'} forgotten"

    def write_page(self, file: Path, groups: Sequence[Group]) -> None:
        """Write groups as a page. Raises ConfigError if the file cannot be written."""
        with translated_errors(self._connection):
            write_page(file, self._client, self.name, groups, self._at_once)

    def remove(self, groups: Sequence[Group]) -> Removed:
        """Delete the copies of groups. Raises RequestFailedError if some could not be deleted."""
        with translated_errors(self._connection):
            return remove_copies(self._client, self.name, groups)

    def _require(self, ids: Sequence[str]) -> None:
        missing = set(ids) - self._pictures(ids).keys()
        if missing:
            raise SearchError(
                f"index {self.name!r} has no picture with the id {min(missing)!r}; ids stand in the answers of "
                "`lookalike duplicates --json`"
            )

    def _pictures(self, ids: Iterable[str]) -> dict[str, Picture]:
        """What the documents say, by id, less those that are gone meanwhile."""
        pictures = {}
        wanted = list(ids)
        for start in range(0, len(wanted), self._at_once):
            some = wanted[start : start + self._at_once]
            request = {
                "size": len(some),
                "query": {"ids": {"values": some}},
                "_source": {"includes": _SHOWN},
                "seq_no_primary_term": True,
            }
            for hit in whole(self._client.search(index=self.name, body=request), self.name)["hits"]["hits"]:
                pictures[hit["_id"]] = read_picture(hit)
        return pictures
