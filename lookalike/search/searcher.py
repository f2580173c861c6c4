"""Asking an index for the pictures that look like one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tenacity
from numpy.typing import NDArray
from opensearchpy import OpenSearch

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.contract import IndexContract
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cluster.whole import whole
from lookalike.cores import usable_cores
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.encoder.quantise import to_bytes
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.tiles import Box
from lookalike.errors import RequestFailedError, SearchError
from lookalike.printable import printable
from lookalike.search.answers import Answer, Hit, described, file_name, read_hits
from lookalike.search.examples import ask_for_example, parse_example, vector_of
from lookalike.search.filters import parse_filters
from lookalike.search.opening import open_contract
from lookalike.search.places import read_places
from lookalike.search.plugin import embeds_pictures
from lookalike.search.query import (
    Clause,
    Document,
    documents_request,
    image_clause,
    knn_clause,
    places_request,
    regions_request,
    search_request,
)
from lookalike.search.question import Question, views_of
from lookalike.search.refining import refined
from lookalike.search.source import text_in

__all__ = ["ANY_MAGNIFICATION", "Searcher", "Wanted"]

_BUSY = 429
# What the plugin answers to a picture that it does not take, or not now; then it is embedded here.
_NOT_TAKEN = {400, 413, _BUSY}
ANY_MAGNIFICATION = (0.0, math.inf)
_SAME_MAGNIFICATION = 1.5  # times more or less: the step between two levels of regions
# Regions of other magnifications are left out of the documents found, so that more of these are asked for.
_MORE_OF_A_MAGNIFICATION = 3
_MOST_ANSWERS = 10_000  # of OpenSearch's to one request


@dataclass(frozen=True)
class Wanted:
    """What is asked of an answer: at most `k` hits that satisfy every filter and score at least `min_score`.

    `filters` are texts as `parse_filters` reads them; `thumbnails` says whether hits bring theirs, and the answer the
    query's unless `preview` is False, which saves decoding it. `region` is the part of the picture that counts, in its
    pixels; `views` (`flip`, `rotations`) are tried as well. `in_regions` compares with the regions of images instead of
    with images as wholes; `magnification`, lowest and highest, is that of the regions wanted, by default about the
    query's if that is a slide. `more_like` and `less_like` are ids of indexed pictures, `ID#N` of their regions.
    `verify` looks whether the files of the hits really hold the query.
    """

    k: int = 10
    filters: Sequence[str] = ()
    min_score: float | None = None
    thumbnails: bool = False
    preview: bool = True
    region: Box | None = None
    views: Sequence[str] = ()
    in_regions: bool = False
    magnification: tuple[float, float] | None = None
    more_like: Sequence[str] = ()
    less_like: Sequence[str] = ()
    verify: bool = False

    @property
    def is_refined(self) -> bool:
        """Whether indexed pictures are examples, too."""
        return bool(self.more_like or self.less_like)


@dataclass(frozen=True)
class _Query:
    """What is asked, as OpenSearch is to be asked. `region` is that of the preview, in fractions."""

    name: str
    clause: Clause
    preview: str | None
    exclude: Sequence[str] = ()
    region: dict[str, float] | None = None
    magnification: float | None = None


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, RequestFailedError) and error.status == _BUSY


_again_if_busy = tenacity.retry(
    retry=tenacity.retry_if_exception(_is_busy),
    stop=tenacity.stop_after_attempt(5),
    wait=tenacity.wait_random_exponential(multiplier=0.2, max=2),
    reraise=True,
)


class Searcher:
    """An open index, ready for questions. Pictures are embedded by the plugin where the cluster has it, else here.

    Raises what `connect` raises, ArtefactError, and IndexContractError if the index cannot be searched with `model`.
    """

    def __init__(
        self,
        connection: ConnectionSettings,
        index: str,
        model: str = DEFAULT_MODEL,
        native_libraries: bool = False,
    ) -> None:
        self._connection = connection
        self._index = index
        self._native_libraries = native_libraries
        self._session = EncoderSession(find_artefact(model), threads=usable_cores())
        self._client: OpenSearch = connect(connection)
        self.read_index()

    def read_index(self) -> None:
        """Read again what the index says of itself: one that is searched for long may get fields, or stand for another
        one. Raises as the start does."""
        artefact = self._session.artefact
        with translated_errors(self._connection):
            contract = open_contract(self._client, self._index, artefact, self._native_libraries)
            in_cluster = embeds_pictures(self._client, artefact.name, artefact.sha256)
        self.contract: IndexContract = contract
        self._in_cluster = in_cluster

    def by_image(self, image: Path | bytes, wanted: Wanted) -> Answer:
        """The pictures nearest to an image file, or to the bytes of one.

        Raises SearchError for a bad image, region, example or filter.
        """
        question = Question(image, wanted.region, self._session.artefact.native_size)
        if self._in_cluster and not wanted.is_refined:
            picture, region = question.sent
            clause = image_clause(picture, self._session.artefact.name, region, wanted.views)
            try:  # without waiting for a node that is busy, since the picture can be embedded here
                answer = self._ask(self._query(question, clause, wanted), wanted, patient=False)
                return self._judged(question, answer, wanted)
            except RequestFailedError as error:
                if error.status not in _NOT_TAKEN:
                    raise
        vectors = self._session.embed(views_of(question.square, wanted.views))
        answer = self._ask(self._query(question, self._nearest(vectors, wanted), wanted), wanted)
        return self._judged(question, answer, wanted)

    def by_id(self, document_id: str, wanted: Wanted) -> Answer:
        """The other pictures nearest to an indexed one, `ID#N` to a region of it.

        Raises SearchError if there is none, or for a bad example or filter.
        """
        example = parse_example(document_id)
        source = ask_for_example(self.search, self._index, example, "--like")
        name = file_name(text_in(source, "image_url")) or example.id
        clause = self._nearest(vector_of(source, example, "--like")[np.newaxis], wanted)
        exclude = [example.id, *self._example_ids(wanted)]
        return self._ask(_Query(printable(name), clause, text_in(source, "thumbnail") or None, exclude), wanted)

    def _judged(self, question: Question, answer: Answer, wanted: Wanted) -> Answer:
        if not wanted.verify:
            return answer
        from lookalike.search.verifying import verified

        return replace(answer, hits=verified(question.part, "flip" in wanted.views, answer.hits))

    def _query(self, question: Question, clause: Clause, wanted: Wanted) -> _Query:
        slide = question.data is None
        return _Query(
            question.name,
            clause,
            question.preview if wanted.thumbnails and wanted.preview else None,
            self._example_ids(wanted),
            question.fractions if wanted.thumbnails and wanted.preview else None,
            question.magnification if slide else None,
        )

    def _example_ids(self, wanted: Wanted) -> list[str]:
        """Of the examples, which are no answers."""
        return [parse_example(text).id for text in (*wanted.more_like, *wanted.less_like)]

    def _nearest(self, vectors: NDArray[np.float32], wanted: Wanted) -> Clause:
        """The clause for what is nearest to one of the vectors, after examples have moved them."""
        if wanted.is_refined:
            more = self._example_vectors(wanted.more_like, "--more-like")
            vectors = refined(vectors, more, self._example_vectors(wanted.less_like, "--less-like"))
        return knn_clause(to_bytes(vectors) if self.contract.data_type == "byte" else vectors)

    def _example_vectors(self, texts: Sequence[str], option: str) -> list[NDArray[np.float32]]:
        return [
            vector_of(ask_for_example(self.search, self._index, example, option), example, option)
            for example in map(parse_example, texts)
        ]

    def _ask(self, query: _Query, wanted: Wanted, patient: bool = True) -> Answer:
        clauses = parse_filters(wanted.filters, self.contract.fields)
        calibration = self._session.artefact.calibration
        # A similarity is read against those of more neighbours than are shown.
        asked = max(_looked_into(query, wanted), calibration.neighbourhood.documents if calibration else 0)
        request = search_request(query.clause, asked, clauses, query.exclude, wanted.in_regions)
        response = self.search(request) if patient else self._search(request)
        hits = read_hits(response, calibration)
        took = response["took"]
        if wanted.in_regions:
            hits, more = self._with_places(hits, query, wanted)
            took += more
        hits = [hit for hit in hits if hit.score >= (wanted.min_score or 0)][: wanted.k]
        if hits:
            hits = self._described(hits, wanted.thumbnails)
        return Answer(query.name, hits, took, query.preview, query.region, request)

    def _with_places(self, hits: list[Hit], query: _Query, wanted: Wanted) -> tuple[list[Hit], int]:
        """Hits with the places in them, and the milliseconds that took. Raises SearchError if there are no regions."""
        if not hits:
            self._require_regions()
            return [], 0
        shown = hits[: _looked_into(query, wanted)]
        response = self.search(places_request(query.clause, _documents(shown), _magnification(query, wanted)))
        found = read_places(response)
        placed = [
            replace(hit, places=places, score=places[0].score, similarity=places[0].similarity)
            for hit in shown
            if (places := found.get((hit.index, hit.id)))
        ]
        placed.sort(key=lambda hit: -hit.score)
        return [replace(hit, rank=rank) for rank, hit in enumerate(placed, start=1)], int(response["took"])

    def _require_regions(self) -> None:
        if self.search(regions_request())["hits"]["total"]["value"] == 0:
            raise SearchError(
                f"--in regions: index {self._index!r} has no regions; ingest its pictures with "
                f"`lookalike ingest … --index {self._index} --regions`"
            )

    def _described(self, hits: list[Hit], thumbnails: bool) -> list[Hit]:
        """Hits with what their documents say; without those deleted since."""
        response = self.search(documents_request(_documents(hits), thumbnails))
        found = {(document["_index"], document["_id"]): document for document in response["hits"]["hits"]}
        return [described(hit, found[hit.index, hit.id]) for hit in hits if (hit.index, hit.id) in found]

    @_again_if_busy
    def search(self, request: dict[str, Any]) -> dict[str, Any]:
        """The response to a request, asked again for some seconds while OpenSearch is too busy.

        Raises RequestFailedError if a shard is away or time ran out.
        """
        return self._search(request)

    def _search(self, request: dict[str, Any]) -> dict[str, Any]:
        with translated_errors(self._connection):
            response: dict[str, Any] = self._client.search(index=self._index, body=request)
        return whole(response, self._index)


def _magnification(query: _Query, wanted: Wanted) -> tuple[float, float] | None:
    """Lowest and highest of the regions that count, None if all do."""
    if wanted.magnification is not None:
        return None if wanted.magnification == ANY_MAGNIFICATION else wanted.magnification
    if query.magnification is None:
        return None
    return query.magnification / _SAME_MAGNIFICATION, query.magnification * _SAME_MAGNIFICATION


def _looked_into(query: _Query, wanted: Wanted) -> int:
    """Of how many documents the places are asked for, `k` without places."""
    some_left_out = wanted.in_regions and _magnification(query, wanted)
    return min(wanted.k * (_MORE_OF_A_MAGNIFICATION if some_left_out else 1), _MOST_ANSWERS)


def _documents(hits: Sequence[Hit]) -> list[Document]:
    return [(hit.index, hit.id) for hit in hits]
