"""What a URL of a store names on the command line: an object, everything below a prefix, or a glob."""

import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from glob import has_magic
from typing import Any

from lookalike.errors import ImageError, SourceError
from lookalike.ingest.folders import ARCHIVE, EXTENSIONS, IGNORED_FOLDERS
from lookalike.ingest.object_store import NotFoundError, ObjectStore
from lookalike.ingest.remote import StoredImage
from lookalike.ingest.stored_file import StoredFile
from lookalike.ingest.stores import OBJECT_STORES, NoCredentialsError, fault_of_object, open_store, stamp_of
from lookalike.printable import printable

__all__ = ["StoreListing", "list_store"]

_PAGE = 1000  # objects, the most that S3 lists in one answer
_UNREADABLE = "unreadable"
_CHAINED = "chained URLs are not read; expected one URL, such as s3://BUCKET/FOLDER"
_SET_UP = {
    "s3": "; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or AWS_PROFILE, or FSSPEC_S3_ANON=true for public buckets",
    "gs": "; log in with gcloud auth application-default login, or set FSSPEC_GS_TOKEN=anon for public buckets",
    "az": "; set AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or AZURE_STORAGE_ANON=true for public ones",
}

Info = Mapping[str, Any]


@dataclass
class StoreListing:
    """The images below `top`, a URL; iterating lists the store anew, so it costs little memory.

    S3 is listed by pages, other stores folder by folder. `ignored` tells whether to leave out a path relative to the
    top, that of a folder ending in `/`; `wanted`, if any, is what an image's path in the store has to match. `only` is
    the one object that was named. Of the last listing `archives` are tar shards, and `other` counts what was passed
    over.
    """

    top: str
    store: ObjectStore
    ignored: Callable[[str], bool] | None = None
    wanted: re.Pattern[str] | None = None
    only: Info | None = None
    other: int = 0
    archives: list[StoredFile] = field(default_factory=list)

    def __iter__(self) -> Iterator[StoredImage]:
        """Every image; a folder, or the rest of the listing, that cannot be read becomes one with the reason."""
        self.other, self.archives = 0, []
        if self.only is not None:
            if _ending(self.top) == ARCHIVE:
                self.archives.append(StoredFile(self.top, self.store, _size(self.only)))
            else:
                yield StoredImage(self.top, self.top, listed=stamp_of(self.only), size=_size(self.only))
            return
        skipped = lru_cache(maxsize=1024)(self._skips)
        try:
            store, path = open_store(self.top, self.store.limits.timeout)
            path = path.rstrip("/")
            listed = self._pages(store, path) if hasattr(store, "call_s3") else self._folders(path, skipped)
            for info in listed:
                name = str(info["name"])[len(path) :].lstrip("/")
                folder, _, last = name.rpartition("/")
                if not last or last.startswith(".") or skipped(folder) or (self.ignored and self.ignored(name)):
                    continue
                if _UNREADABLE in info or self._wants(str(info["name"]), EXTENSIONS):
                    yield self._image(name, folder, info)
                elif self._wants(str(info["name"]), {ARCHIVE}):
                    self.archives.append(StoredFile(f"{self.top}/{name}", self.store, _size(info)))
                else:
                    self.other += 1
        except ImageError as error:
            yield self._image("", "", {_UNREADABLE: f"cannot be listed to its end: {error}"})

    def named_file(self) -> StoredFile | None:
        """The one object that was named, as a file; None for a folder or a glob."""
        return None if self.only is None else StoredFile(self.top, self.store, _size(self.only))

    def _image(self, name: str, folder: str, info: Info) -> StoredImage:
        url = f"{self.top}/{name}"
        fault = info.get(_UNREADABLE)
        return StoredImage(url, url, {}, fault, folder=folder, listed=stamp_of(info), size=_size(info))

    def _wants(self, path: str, endings: Collection[str]) -> bool:
        return _ending(path) in endings and (self.wanted is None or self.wanted.fullmatch(path) is not None)

    def _skips(self, folder: str) -> bool:
        """Whether a folder, relative to the top, or one above it is hidden or ignored."""
        parts = folder.split("/") if folder else []
        if any(part.startswith(".") or part in IGNORED_FOLDERS for part in parts):
            return True
        above = ("/".join(parts[: count + 1]) + "/" for count in range(len(parts)))
        return self.ignored is not None and any(map(self.ignored, above))

    def _pages(self, store: Any, path: str) -> Iterator[Info]:
        """S3's own listing, page by page, whatever folders they are in."""
        bucket, prefix, _ = store.split_path(path)
        options = {"Bucket": bucket, "Prefix": f"{prefix}/" if prefix else "", "MaxKeys": _PAGE, **store.req_kw}
        while True:
            page = self.store.ask(self.top, "call_s3", "list_objects_v2", **options)
            for found in page.get("Contents", ()):
                yield {**found, "name": f"{bucket}/{found['Key']}", "size": found["Size"]}
            if not page.get("IsTruncated"):
                return
            options["ContinuationToken"] = page["NextContinuationToken"]

    def _folders(self, path: str, skipped: Callable[[str], bool]) -> Iterator[Info]:
        """Depth first, by name; fsspec lists one folder whole."""
        waiting = [path]
        while waiting:
            folder = waiting.pop()
            try:
                found = sorted(self.store.ask(self.top, "ls", folder, detail=True), key=lambda info: str(info["name"]))
            except ImageError as error:
                if folder == path:
                    raise
                yield {"name": folder, _UNREADABLE: f"cannot be listed: {error}"}
                continue
            yield from (info for info in found if info["type"] != "directory")
            below = [str(info["name"]).rstrip("/") for info in found if info["type"] == "directory"]
            waiting += [one for one in reversed(below) if one != folder and not skipped(one[len(path) :].strip("/"))]


def list_store(url: str, ignored: Callable[[str], bool] | None, store: ObjectStore) -> StoreListing:
    """What a URL names: an object if there is one of that name, else a folder, else what a glob matches.

    Raises SourceError if nothing can be read there, or nothing is an image.
    """
    scheme, _, rest = url.partition("://")
    fault = _CHAINED if "::" in url else fault_of_object(url)
    if fault is not None:
        raise SourceError(f"{printable(scheme)}://{printable(rest.rpartition('@')[2])}: {fault}")
    listing = StoreListing(f"{scheme}://{rest.rstrip('/')}", store, ignored)
    try:
        listing = _found(listing)
        first = next(iter(listing), None)
    except ImageError as error:
        extra, _ = OBJECT_STORES.get(scheme.lower(), ("", ""))
        to_do = _SET_UP.get(extra, "") if isinstance(error, NoCredentialsError) else ""
        raise SourceError(f"{printable(url)}: {error}{to_do}") from error
    if first is None and not listing.archives:
        raise SourceError(
            f"no images in {printable(url)}: found {listing.other or 'no'} other objects; images are named "
            f"{', '.join(sorted(EXTENSIONS))}"
        )
    if first is not None and first.unreadable and not first.folder and first.url == f"{listing.top}/":
        raise SourceError(f"{printable(url)}: {first.unreadable}")
    return listing


def _size(info: Info) -> int:
    return int(info.get("size") or 0)


def _ending(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _found(listing: StoreListing) -> StoreListing:
    try:
        info = listing.store.ask(listing.top, "info")
    except NotFoundError:
        if not has_magic(listing.top):
            raise
        return _glob(listing)
    return listing if info.get("type") == "directory" else replace(listing, only=info)


def _glob(listing: StoreListing) -> StoreListing:
    """A glob is a listing of what lies below the last folder before its first special character."""
    from fsspec.utils import glob_translate

    fixed = re.split(r"[*?[]", listing.top, maxsplit=1)[0].rpartition("/")[0]
    if fixed.endswith("/") or "://" not in fixed:
        raise ImageError("a glob may begin after the first folder or the bucket only")
    pattern = open_store(listing.top, listing.store.limits.timeout)[1]
    return replace(listing, top=fixed, wanted=re.compile(glob_translate(pattern)))
