"""Asking an index for the pictures that look like one."""

import base64
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from opensearchpy import OpenSearch
from PIL import Image

from lookalike.cluster.client import connect, translated_errors
from lookalike.cluster.contract import IndexContract, ModelRecord, read_contract
from lookalike.cluster.native import require_native_libraries
from lookalike.cluster.settings import ConnectionSettings
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.quantise import to_bytes
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ImageError, IndexContractError, SearchError
from lookalike.search.answers import Answer, read_hits
from lookalike.search.filters import parse_filters
from lookalike.search.query import knn_request, stored_vector_request

__all__ = ["Searcher"]

_PREVIEW = (320, 320)


class Searcher:
    """An open index, ready for questions.

    Raises what `connect` raises, and IndexContractError if the index cannot be searched with `model`.
    """

    def __init__(
        self, connection: ConnectionSettings, index: str, model: str, native_libraries: bool = False
    ) -> None:
        self._connection = connection
        self._index = index
        artefact = find_artefact(model)
        self._session = EncoderSession(artefact, threads=os.cpu_count() or 1)
        self._client: OpenSearch = connect(connection)
        with translated_errors(connection):
            self._contract: IndexContract = read_contract(self._client, index)
            require_native_libraries(
                self._client, self._contract.engine, f"index {index!r}", native_libraries
            )
        self._contract.require_model(ModelRecord(artefact.name, artefact.sha256), artefact.dimension)

    def by_image(
        self,
        image: Path,
        k: int,
        filters: Sequence[str] = (),
        min_score: float | None = None,
        thumbnails: bool = False,
    ) -> Answer:
        """The `k` pictures nearest to an image file. Raises SearchError for a bad image or filter."""
        try:
            decoded = decode(image.read_bytes(), self._session.artefact.native_size)
        except ImageError as error:
            raise SearchError(f"cannot search by {image}: {error}") from error
        except OSError as error:
            raise SearchError(f"cannot read {image}: {error.strerror}") from error
        embeddings = self._session.embed(decoded.pixels[np.newaxis])
        vectors = to_bytes(embeddings) if self._contract.data_type == "byte" else embeddings
        preview = _preview(decoded.upright) if thumbnails else None
        return self._ask(image.name, vectors[0].tolist(), k, filters, None, min_score, preview, thumbnails)

    def by_id(
        self,
        document_id: str,
        k: int,
        filters: Sequence[str] = (),
        min_score: float | None = None,
        thumbnails: bool = False,
    ) -> Answer:
        """The `k` other pictures nearest to an indexed one. Raises SearchError if there is no such id."""
        with translated_errors(self._connection):
            found = self._client.search(index=self._index, body=stored_vector_request(document_id))["hits"]["hits"]
        if not found or "embedding" not in found[0]["_source"]:
            raise SearchError(
                f"--like: index {self._index!r} has no picture with the id {document_id!r}; ids stand in the answers "
                "of `lookalike search`"
            )
        source = found[0]["_source"]
        name = source.get("image_url", document_id).rpartition("/")[2]
        preview = source.get("thumbnail") if thumbnails else None
        return self._ask(name, source["embedding"], k, filters, document_id, min_score, preview, thumbnails)

    def _ask(  # noqa: PLR0913 - the one place where all parts of a question meet
        self,
        question: str,
        vector: list[float],
        k: int,
        filters: Sequence[str],
        exclude: str | None,
        min_score: float | None,
        preview: str | None,
        thumbnails: bool,
    ) -> Answer:
        clauses = parse_filters(filters, self._contract.fields)
        request = knn_request(vector, k, clauses, exclude, min_score, thumbnails)
        with translated_errors(self._connection):
            response = self._client.search(index=self._index, body=request)
        if response["timed_out"] or response["_shards"]["failed"]:
            raise IndexContractError(
                f"index {self._index!r} answered incompletely: {response['_shards']['failed']} of "
                f"{response['_shards']['total']} shards failed; see its cluster's health"
            )
        return Answer(question, read_hits(response), response["took"], preview)


def _preview(upright: Image.Image) -> str:
    small = upright.copy()
    small.thumbnail(_PREVIEW)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=85)
    return base64.b64encode(buffer.getvalue()).decode()
