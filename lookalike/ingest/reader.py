"""What SOURCE... on the command line means: folders and images, URLs, stores, manifests, tar shards, standard input."""

import io
import itertools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from opensearchpy import OpenSearch

from lookalike.cluster.metadata_mapping import declare_columns
from lookalike.errors import SourceError
from lookalike.fetching.fetcher import Limits
from lookalike.ingest.columns import ColumnChoice, ColumnTypes
from lookalike.ingest.folders import ARCHIVE, Listing, expand, ignore_rules, listing_of
from lookalike.ingest.item import Item
from lookalike.ingest.lines import lines
from lookalike.ingest.listed_image import listed_image
from lookalike.ingest.manifest import Manifest
from lookalike.ingest.object_store import ObjectStore
from lookalike.ingest.paths import shown
from lookalike.ingest.shards import Shard
from lookalike.ingest.store_listing import StoreListing, list_store
from lookalike.ingest.stores import scheme_of
from lookalike.ingest.tables import FORMATS
from lookalike.printable import printable

__all__ = ["STANDARD_INPUT", "Sources", "open_sources"]

STANDARD_INPUT = "-"
_WEB = {"http", "https", "file"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*::?)+//")


class Sources:
    """Everything to ingest, in the order: files and folders, URLs, stores, shards, manifests, standard input.

    `types` are those of the manifests' columns and those that were asked for, by their names as metadata.
    """

    def __init__(
        self,
        listing: Listing | None,
        urls: Sequence[str],
        stores: Sequence[StoreListing],
        shards: Sequence[Path],
        manifests: Sequence[Manifest],
        choice: ColumnChoice,
        reads_standard_input: bool,
    ) -> None:
        self._listing, self._urls, self._stores, self._manifests = listing, urls, stores, manifests
        self._images = listing.count() if listing is not None else 0
        archives = listing.archives if listing is not None else []
        self._shards = [Shard(path) for path in dict.fromkeys([*shards, *archives])]
        self._choice = choice
        self._reads_standard_input = reads_standard_input
        chosen = {column.name: column.type for column in choice.chosen if column.type}
        self.types: Mapping[str, str] = {**_merged(manifests), **chosen}

    def __iter__(self) -> Iterator[Item]:
        """Every item once; standard input can be gone through once only."""
        if self._listing is not None:
            yield from self._listing
        for url in self._urls:
            yield listed_image(url, Path.cwd(), None, {})
        yield from self._in_stores()
        for shard in self._shards:
            yield from shard.items(self._choice)
        for manifest in self._manifests:
            yield from manifest.items(self.types)
        if self._reads_standard_input:
            if isinstance(sys.stdin, io.TextIOWrapper):
                sys.stdin.reconfigure(errors="surrogateescape")  # names of files may hold any bytes
            yield from lines(sys.stdin, self._choice)

    def declare(self, client: OpenSearch, index: str) -> None:
        """Give an index the mapping of the columns, and take over the types of those that it knows."""
        self.types = declare_columns(client, index, self.types)

    def _in_stores(self) -> Iterator[Item]:
        """What is in stores, once even if one source lies in another."""
        tops = [f"{store.top}/" for store in self._stores]
        overlap = any(one.startswith(other) for one, other in itertools.permutations(tops, 2))
        seen: set[str] = set()
        for image in itertools.chain.from_iterable(self._stores):
            if image.url not in seen:
                yield image
            if overlap:
                seen.add(image.url)
        archives = {str(archive): archive for store in self._stores for archive in store.archives}
        for archive in archives.values():
            yield from Shard(archive).items(self._choice)

    def count(self) -> int | None:
        """How many items there are, None if standard input or a store is among them."""
        if self._reads_standard_input or self._stores:
            return None
        listed = sum(manifest.count() for manifest in self._manifests)
        return self._images + len(self._urls) + listed + sum(shard.count() for shard in self._shards)


def open_sources(
    sources: Sequence[str], ignore: Sequence[str], choice: ColumnChoice, limits: Limits | None = None
) -> Sources:
    """Find out what each source is, and read manifests through once; `limits` are for stores, by default as in Limits.

    Folders are walked, for shards too; files are images unless their name is a manifest's or a shard's, and `-` stands
    for lines of standard input. What is named twice counts once. Raises SourceError for what does not exist, cannot be
    read or holds no image.
    """
    named = list(dict.fromkeys(source for source in sources if source != STANDARD_INPUT))
    urls = [source for source in named if _SCHEME.match(source)]
    if sources.count(STANDARD_INPUT) > 1:
        raise SourceError(f"{STANDARD_INPUT!r} can be named once only: standard input is read through once")
    images: list[Path] = []
    shards: list[Path] = []
    manifests: list[Manifest] = []
    for path in dict.fromkeys(path for source in named if source not in urls for path in expand(source)):
        if path.is_file() and path.suffix.lower() in FORMATS:
            manifests.append(Manifest(path, choice))
        elif path.is_file() and path.suffix.lower() == ARCHIVE:
            Shard(path).require()
            shards.append(path)
        else:
            images.append(path)
    _refuse_compressed(images)
    listing = listing_of(images, ignore, choice) if images else None
    stores: list[StoreListing] = []
    asked = ObjectStore(limits or Limits())
    for url in (url for url in urls if scheme_of(url) not in _WEB):
        store = list_store(url, ignore_rules(ignore), asked)
        file = store.named_file()
        if file is not None and file.suffix.lower() in FORMATS:
            manifests.append(Manifest(file, choice))
        else:
            stores.append(store)
    on_the_web = [url for url in urls if scheme_of(url) in _WEB]
    return Sources(listing, on_the_web, stores, shards, manifests, choice, STANDARD_INPUT in sources)


def _merged(manifests: Sequence[Manifest]) -> dict[str, str]:
    merged = ColumnTypes()
    for manifest in manifests:
        for name, kind in manifest.types.found().items():
            merged.observe_type(name, kind)
    return dict(merged.found())


def _refuse_compressed(paths: Sequence[Path]) -> None:
    for path in paths:
        if path.is_file() and path.name.lower().endswith((".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".csv.gz")):
            raise SourceError(f"{printable(shown(path))} is compressed; expected a plain file, so unpack it first")
