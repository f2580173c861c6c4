"""The images of an index as a source: where each document says that its image lies, with what it says of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from opensearchpy import OpenSearch

from lookalike.cluster.client import translated_errors
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cluster.whole import read_all, whole
from lookalike.errors import ImageError
from lookalike.fetching.fetcher import Limits
from lookalike.ingest.columns import ColumnChoice
from lookalike.ingest.folders import ARCHIVE
from lookalike.ingest.item import Item
from lookalike.ingest.listed_image import ListedImage, listed_image
from lookalike.ingest.object_store import ObjectStore
from lookalike.ingest.paths import path_of
from lookalike.ingest.remote import Fetchable, Fetching
from lookalike.ingest.shards import Shard, ShardImage
from lookalike.ingest.stored_file import StoredFile
from lookalike.ingest.stores import OBJECT_STORES, scheme_of
from lookalike.printable import printable

__all__ = ["IndexedImage", "IndexedImages"]

_AT_ONCE = 500
_OPEN_FOR = "6h"  # the longest that a page of documents may take to be embedded
_ARCHIVES = 2  # whose members' places are kept


@dataclass(frozen=True)
class IndexedImage:
    """A document's image; its id, URL and metadata are the document's, `place` is where its bytes are read."""

    id: str
    uri: str
    metadata: Mapping[str, Any]
    place: Item | None

    @property
    def shown_path(self) -> str:
        """The URL, or the id of a document that has none."""
        return printable(self.uri or f"document {self.id}")

    @property
    def unreadable(self) -> str | None:
        """Why there is nothing to read."""
        if self.place is None:
            return "not in its archive any more" if self.uri else "its document does not say where it lies (image_url)"
        return self.place.unreadable

    @property
    def stamp(self) -> str:
        """What its place says."""
        return self.place.stamp if self.place else ""

    def begin(self, fetching: Fetching, stamp: str) -> None:
        """Start to fetch it, if it has to be."""
        place: object = self.place
        if isinstance(place, Fetchable):
            place.begin(fetching, stamp)

    def read(self) -> bytes:
        """Its bytes. Raises OSError, ImageError or Unchanged."""
        if self.place is None:
            raise ImageError(self.unreadable or "no image")
        return self.place.read()


class IndexedImages:
    """All images of an index, or of those that an alias stands for, as they are when it is gone through.

    `limits` are for reading what archives in stores hold.
    """

    def __init__(self, client: OpenSearch, connection: ConnectionSettings, index: str, limits: Limits) -> None:
        self._client, self._connection, self._index, self._limits = client, connection, index, limits

    def __iter__(self) -> Iterator[IndexedImage]:
        """Every document's image. Raises as translated_errors does, and ConnectionFailedError if a shard is missing."""
        query = {"query": {"match_all": {}}, "_source": ["image_url", "metadata"]}
        with translated_errors(self._connection):
            for hit in read_all(self._client, self._index, query, _AT_ONCE, _OPEN_FOR):
                yield _indexed_image(hit["_id"], hit["_source"], self._limits)

    def count(self) -> int:
        """How many documents there are."""
        with translated_errors(self._connection):
            return int(whole(self._client.count(index=self._index), self._index)["count"])

    def declare(self, client: OpenSearch, index: str) -> None:
        """Give an index the mapping of metadata that this one has."""
        for found in self._client.indices.get_mapping(index=self._index).values():
            metadata = found["mappings"].get("properties", {}).get("metadata", {}).get("properties")
            if metadata:
                client.indices.put_mapping(index=index, body={"properties": {"metadata": {"properties": metadata}}})


def _indexed_image(key: str, source: Mapping[str, Any], limits: Limits) -> IndexedImage:
    uri = source.get("image_url")
    uri = uri if isinstance(uri, str) else ""
    return IndexedImage(key, uri, source.get("metadata") or {}, _place(uri, limits) if uri else None)


def _place(uri: str, limits: Limits) -> Item | None:
    archive, separator, member = uri.partition("#")  # in the name of a file it would be %23
    scheme = scheme_of(uri)
    if not separator or not archive.lower().endswith(ARCHIVE) or scheme not in {"file", *OBJECT_STORES}:
        return listed_image(uri, Path("/"), None, {})
    try:
        return _members(archive, limits).get(unquote(member, errors="surrogateescape"))
    except ImageError as error:
        return ListedImage(None, uri, printable(uri), {}, str(error))


@lru_cache(_ARCHIVES)
def _members(archive: str, limits: Limits) -> Mapping[str, ShardImage]:
    """The images of an archive by name; none if it is gone. Raises ImageError if a store does not give it."""
    file: Path | StoredFile
    if scheme_of(archive) == "file":
        file = path_of(archive)
    else:
        store = ObjectStore(limits)
        file = StoredFile(archive, store, int(store.ask(archive, "info").get("size") or 0))
    return {image.name: image for image in Shard(file).items(ColumnChoice()) if image.fault is None}
