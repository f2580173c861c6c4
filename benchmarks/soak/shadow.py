"""The shadow copy of an index: pictures on disk, and what the index must hold of them."""

import hashlib
from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from opensearchpy import OpenSearch, OpenSearchException

from benchmarks.soak.tally import DOUBLED, LOST, WRONG, Tally
from lookalike.cluster.whole import whole
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from lookalike.ingest.item import item_id
from lookalike.search.answers import Hit
from tests.pictures import encoded, picture

__all__ = ["MOST", "Shadow", "read_documents"]

MOST = 10_000  # documents: what OpenSearch answers at a time
_LEAST_COSINE = 0.9999  # of two vectors of the same picture
_TOLERANCE = 1e-3  # of a similarity: the plugin decodes the picture that is asked for by itself
Document = dict[str, Any]


@dataclass(frozen=True)
class _Expected:
    file: Path
    content_sha256: str
    vector: NDArray[np.float32]


class Shadow:
    """Pictures in `folder`, no two alike, and by id what documents of them must hold; `session` embeds them."""

    def __init__(self, folder: Path, session: EncoderSession) -> None:
        self.folder = folder
        self._session = session
        self._expected: dict[str, _Expected] = {}
        self._drawn = 0

    @property
    def ids(self) -> list[str]:
        """Of all that must be in the index."""
        return list(self._expected)

    def add(self, count: int) -> list[str]:
        """Write so many new pictures; their ids."""
        return [self._draw(self.folder / f"{self._drawn:06}.jpg") for _ in range(count)]

    def change(self, ids: Iterable[str]) -> None:
        """Write other pictures into the files of these."""
        for key in ids:
            self._draw(self._expected[key].file)

    def remove(self, ids: Iterable[str]) -> None:
        """Delete the files of these."""
        for key in ids:
            self._expected.pop(key).file.unlink()

    def data(self, key: str) -> bytes:
        """The file of one."""
        return self._expected[key].file.read_bytes()

    def similarity(self, key: str, other: str) -> float:
        """The cosine of the vectors of two."""
        return float(self._expected[key].vector @ self._expected[other].vector)

    def compare(self, documents: Sequence[Document], tally: Tally) -> None:
        """Tell what differs; `documents` are all of the index, as `read_documents` yields them."""
        times = Counter(document["_id"] for document in documents)
        for key in self._expected.keys() - times.keys():
            tally.fault(LOST, f"{key} is not in the index")
        for key, count in times.items():
            if count > 1:
                tally.fault(DOUBLED, f"{key} is in the index {count} times")
            if key not in self._expected:
                tally.fault(DOUBLED, f"{key} is in the index and was deleted, or never there")
        for document in documents:
            expected = self._expected.get(document["_id"])
            if expected:
                _compare(document, expected, tally)

    def judge(self, key: str, hits: Sequence[Hit], moving: Container[str], tally: Tally) -> None:
        """Tell what is wrong with the answer to the picture of `key`; those of `moving` may be as they were before.

        It has to be the first hit itself, no hit may come twice, and each has to have the similarity of its picture.
        """
        ids = [hit.id for hit in hits]
        if ids[:1] != [key]:
            tally.fault(WRONG, f"a search by {key} found {ids[0] if ids else 'nothing'} first")
        for twice in {found for found in ids if ids.count(found) > 1}:
            tally.fault(DOUBLED, f"a search by {key} found {twice} {ids.count(twice)} times")
        for hit in hits:
            if hit.id in moving:
                continue
            if hit.id not in self._expected:
                tally.fault(WRONG, f"a search by {key} found {hit.id}, which was deleted or never there")
                continue
            expected = self.similarity(key, hit.id)
            if abs(hit.similarity - expected) > _TOLERANCE:
                text = f"expected the similarity {expected:.4f}, found {hit.similarity:.4f}"
                tally.fault(WRONG, f"a search by {key} found {hit.id}: {text}")

    def _draw(self, file: Path) -> str:
        data = encoded(picture(self._drawn), quality=90)
        self._drawn += 1
        file.write_bytes(data)
        square = decode(data, self._session.artefact.native_size).pixels
        vector = self._session.embed(square[np.newaxis])[0]
        key = item_id(file.absolute().as_uri())
        self._expected[key] = _Expected(file, hashlib.sha256(data).hexdigest(), vector)
        return key


def read_documents(client: OpenSearch, index: str, copies: str | None = None) -> list[Document]:
    """All documents with what `Shadow.compare` looks at, from any copy of each shard or from the ones named.

    Raises OpenSearchException or RequestFailedError if a shard does not answer.
    """
    shards = client.indices.refresh(index=index)["_shards"]
    if shards["failed"]:
        raise OpenSearchException(f"{shards['failed']} of {shards['total']} shards were not refreshed")
    request = {"size": MOST, "_source": ["content_sha256", "embedding"]}
    answer = client.search(index=index, body=request, params={"preference": copies} if copies else {})
    found: list[Document] = whole(answer, index)["hits"]["hits"]
    return found


def _compare(document: Document, expected: _Expected, tally: Tally) -> None:
    key, source = document["_id"], document["_source"]
    if source.get("content_sha256") != expected.content_sha256:
        found = source.get("content_sha256")
        tally.fault(WRONG, f"{key}: expected content_sha256 {expected.content_sha256}, found {found}")
    elif "embedding" not in source:
        tally.fault(WRONG, f"{key} has no vector")
    else:
        cosine = float(np.array(source["embedding"], np.float32) @ expected.vector)
        if cosine < _LEAST_COSINE:
            tally.fault(WRONG, f"{key}: expected its picture's vector, found one with the cosine {cosine:.4f} to it")
