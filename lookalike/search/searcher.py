"""Asking an index for the pictures that look like one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from opensearchpy import OpenSearch

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.contract import IndexContract, ModelRecord, read_contract
from lookalike.cluster.native import require_native_libraries
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.encoder.image_file import read_image_file
from lookalike.encoder.quantise import to_bytes
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.tiles import Box
from lookalike.errors import ImageError, RequestFailedError, SearchError
from lookalike.printable import printable
from lookalike.search.answers import Answer, Hit, file_name, read_hits
from lookalike.search.filters import parse_filters
from lookalike.search.plugin import embeds_pictures
from lookalike.search.query import (
    Clause,
    image_clause,
    knn_clause,
    region_search_request,
    search_request,
    stored_vector_request,
    thumbnails_request,
)
from lookalike.search.question import Question, open_question
from lookalike.search.refining import Example, parse_example, refined

__all__ = ["Searcher", "Wanted"]

_LARGEST_SENT = 20_000_000  # bytes: what the plugin takes unless its owner chose otherwise
# What the plugin answers to a picture that it does not take, or not now; then it is embedded here.
_NOT_TAKEN = {400, 413, 429}
# Regions of other magnifications are left out of the documents found, so that more of these are asked for.
_MORE_OF_A_MAGNIFICATION = 3


@dataclass(frozen=True)
class Wanted:
    """What is asked of an answer: at most `k` hits that satisfy every filter and score at least `min_score`.

    `filters` are texts as `parse_filters` reads them; `thumbnails` says whether hits bring theirs. `region` is the part
    of the picture that counts, in its pixels; `views` (`flip`, `rotations`) are tried as well. `in_regions` compares
    with the regions of images instead of with images as wholes; `magnification`, lowest and highest, is that of the
    regions wanted. `more_like` and `less_like` are ids of indexed pictures, `ID#N` of their regions.
    """

    k: int = 10
    filters: Sequence[str] = ()
    min_score: float | None = None
    thumbnails: bool = False
    region: Box | None = None
    views: Sequence[str] = ()
    in_regions: bool = False
    magnification: tuple[float, float] | None = None
    more_like: Sequence[str] = ()
    less_like: Sequence[str] = ()

    @property
    def is_refined(self) -> bool:
        """Whether indexed pictures are examples, too."""
        return bool(self.more_like or self.less_like)


@dataclass(frozen=True)
class _Query:
    name: str
    clause: Clause
    preview: str | None
    exclude: str | None = None
    region: Box | None = None  # of the preview, in fractions


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
        artefact = find_artefact(model)
        self._session = EncoderSession(artefact, threads=usable_cores())
        self._client: OpenSearch = connect(connection)
        with translated_errors(connection):
            self._contract: IndexContract = read_contract(self._client, index)
            require_native_libraries(self._client, self._contract.engine, f"index {index!r}", native_libraries)
            self._in_cluster = embeds_pictures(self._client, artefact.name, artefact.sha256)
        self._contract.require_model(ModelRecord(artefact.name, artefact.sha256), artefact.dimension)

    def by_image(self, image: Path, wanted: Wanted) -> Answer:
        """The pictures nearest to an image file. Raises SearchError for a bad image or filter."""
        data = _read(image)
        if self._in_cluster and len(data) <= _LARGEST_SENT:
            preview = self._preview(image, data) if wanted.thumbnails else None
            clause = image_clause(data, self._session.artefact.name)
            try:
                return self._ask(_Query(printable(image.name), clause, preview), wanted)
            except RequestFailedError as error:
                if error.status not in _NOT_TAKEN:
                    raise
        return self._ask(self._embedded(image, data, wanted.thumbnails), wanted)

    def by_id(self, document_id: str, wanted: Wanted) -> Answer:
        """The other pictures nearest to an indexed one. Raises SearchError if there is none, or for a bad filter."""
        return self._ask(self._stored(document_id), wanted)

    def _embedded(self, image: Path, data: bytes, with_preview: bool) -> _Query:
        decoded = self._decoded(image, data)
        embeddings = self._session.embed(decoded.pixels[np.newaxis])
        vectors = to_bytes(embeddings) if self._contract.data_type == "byte" else embeddings
        preview = jpeg_thumbnail(decoded.upright, _PREVIEW_SIDE) if with_preview else None
        return _Query(printable(image.name), knn_clause(vectors[0]), preview)

    def _preview(self, image: Path, data: bytes) -> str:
        return jpeg_thumbnail(self._decoded(image, data).upright, _PREVIEW_SIDE)

    def _decoded(self, image: Path, data: bytes) -> DecodedImage:
        try:
            return decode(data, self._session.artefact.native_size)
        except ImageError as error:
            raise SearchError(f"cannot search by {image}: {error}") from error

    def _stored(self, document_id: str) -> _Query:
        with translated_errors(self._connection):
            found = self._client.search(index=self._index, body=stored_vector_request(document_id))["hits"]["hits"]
        if not found or "embedding" not in found[0]["_source"]:
            raise SearchError(
                f"--like: index {self._index!r} has no picture with the id {document_id!r}; ids stand in the answers "
                "of `lookalike search --json`"
            )
        source = found[0]["_source"]
        name = file_name(str(source.get("image_url") or document_id))
        return _Query(printable(name), knn_clause(source["embedding"]), source.get("thumbnail"), exclude=document_id)

    def _request(self, query: _Query, wanted: Wanted) -> dict[str, Any]:
        clauses = parse_filters(wanted.filters, self._contract.fields)
        calibration = self._session.artefact.calibration
        # A similarity is read against those of more neighbours than are shown.
        asked = max(wanted.k, calibration.neighbourhood.documents if calibration else 0)
        return search_request(query.clause, asked, clauses, query.exclude)

    def _ask(self, query: _Query, wanted: Wanted) -> Answer:
        response = self._search(self._request(query, wanted))
        hits = read_hits(response, self._session.artefact.calibration)[: wanted.k]
        if wanted.min_score is not None:
            hits = [hit for hit in hits if hit.score >= wanted.min_score]
        if wanted.thumbnails and hits:
            hits = self._with_thumbnails(hits)
        return Answer(query.name, hits, response["took"], query.preview)

    def _with_thumbnails(self, hits: list[Hit]) -> list[Hit]:
        """Only of the hits that are shown, because thumbnails are most of a document."""
        found = {
            hit["_id"]: hit["_source"].get("thumbnail")
            for hit in self._search(thumbnails_request([hit.id for hit in hits]))["hits"]["hits"]
        }
        return [replace(hit, thumbnail=text if isinstance(text := found.get(hit.id), str) else None) for hit in hits]

    def _search(self, request: dict[str, Any]) -> dict[str, Any]:
        """The response to a request. Raises RequestFailedError if a shard failed or time ran out."""
        with translated_errors(self._connection):
            response: dict[str, Any] = self._client.search(index=self._index, body=request)
        shards = response["_shards"]
        if response["timed_out"] or shards["failed"]:
            raise RequestFailedError(
                f"index {self._index!r} answered incompletely: {shards['failed']} of {shards['total']} shards failed; "
                "see the health of its cluster",
                200,
            )
        return response


def _read(image: Path) -> bytes:
    try:
        return read_image_file(image)
    except ImageError as error:
        raise SearchError(f"cannot search by {image}: {error}") from error
    except OSError as error:
        raise SearchError(f"cannot read {image}: {error.strerror}") from error
