"""Finding images: folders, globs and single files, less what the ignore rules name."""

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lookalike.encoder.image_file import read_image_file
from lookalike.errors import SourceError
from lookalike.ingest.item import item_id
from lookalike.printable import printable

__all__ = [
    "ARCHIVE",
    "EXTENSIONS",
    "IGNORED_FOLDERS",
    "ImageFile",
    "Listing",
    "expand",
    "ignore_rules",
    "list_images",
    "listing_of",
    "shown",
]

EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"})
ARCHIVE = ".tar"
# Beside hidden ones: folders of thumbnails that network drives and archives leave beside pictures.
IGNORED_FOLDERS = frozenset({"@eaDir", "__MACOSX"})


@dataclass(frozen=True)
class ImageFile:
    """A file to ingest; `folder` is its folder relative to the source that it was found in ("" at its top).

    `unreadable` holds the reason for a sub-folder that could not be listed, which stands for the files in it.
    """

    path: Path
    folder: str
    unreadable: str | None = None

    @cached_property
    def uri(self) -> str:
        """`file://` and the absolute path; bytes that URIs do not allow, UTF-8 or not, are percent-encoded."""
        return "file://" + quote(os.fsencode(self.path))

    @cached_property
    def id(self) -> str:
        """The document's id, of the URI."""
        return item_id(self.uri)

    @property
    def shown_path(self) -> str:
        """The path for people and JSON: bytes that are not UTF-8 and control characters are escaped."""
        return printable(shown(self.path))

    @property
    def stamp(self) -> str:
        """Nothing: files are read to see whether they have changed."""
        return ""

    @property
    def metadata(self) -> Mapping[str, Any]:
        """`filename` and, below the top of its source, `folder`."""
        named = {"filename": shown(self.path.name)}
        return {**named, "folder": self.folder} if self.folder else named

    def read(self) -> bytes:
        """The file's bytes. Raises OSError or ImageError."""
        return read_image_file(self.path)


@dataclass
class Listing:
    """What sources hold: iterating it walks the disk anew, so it costs no memory.

    `files` are named one by one, `folders` are walked. `ignored` tells whether to leave out a path, relative to its
    folder, that of a folder ending in `/`. Of the last complete walk `other` counts the files passed over because
    their name is not that of an image, and `archives` are those whose name is a tar archive's.
    """

    files: list[Path]
    folders: list[Path]
    ignored: Callable[[str], bool] | None = None
    other: int = 0
    archives: list[Path] = field(default_factory=list)

    def __iter__(self) -> Iterator[ImageFile]:
        """Yield every image once, in the order of their names within each source."""
        self.other, self.archives = 0, []
        seen: set[Path] | None = set() if self._overlap() else None
        for file in self._walk():
            if seen is not None:
                if file.path in seen:
                    continue
                seen.add(file.path)
            yield file

    def _overlap(self) -> bool:
        """Whether a path is named twice or lies in a folder that is named, too; else there is nothing to remember."""
        named = [*self.files, *self.folders]
        folders = set(self.folders)
        return len(set(named)) < len(named) or any(parent in folders for path in named for parent in path.parents)

    def count(self) -> int:
        """How many images there are. Raises SourceError, with what was found instead, if there is no archive either."""
        total = sum(1 for _ in self)
        if total == 0 and not self.archives:
            named = ", ".join(printable(shown(folder)) for folder in self.folders)
            found = f"{self.other} other files" if self.other else "no files"
            raise SourceError(
                f"no images in {named}: found {found}; images are files named {', '.join(sorted(EXTENSIONS))}"
            )
        return total

    def _walk(self) -> Iterator[ImageFile]:
        for path in self.files:
            yield ImageFile(path, "")
        for top in self.folders:
            yield from self._walk_folder(top)

    def _walk_folder(self, top: Path) -> Iterator[ImageFile]:
        """Walk depth first; links are followed, but not into a folder that is being walked already."""
        try:
            open_folders = [_Folder(top, "")]
        except OSError as error:
            raise SourceError(f"cannot read the folder {printable(shown(top))}: {error.strerror}") from error
        while open_folders:
            entry = next(open_folders[-1].entries, None)
            if entry is None:
                open_folders.pop()
                continue
            if entry.name.startswith(".") or entry.name in IGNORED_FOLDERS:
                continue
            relative = open_folders[-1].relative
            name = f"{relative}/{entry.name}" if relative else entry.name
            try:
                is_folder = entry.is_dir()
                if self.ignored is not None and self.ignored(name + "/" if is_folder else name):
                    continue
                folder = _Folder(Path(entry.path), shown(name)) if is_folder else None
            except OSError as error:
                # What lies behind it cannot be named, so it becomes the failed row itself.
                yield ImageFile(Path(entry.path), relative, error.strerror)
                continue
            if folder is not None:
                if folder.identity not in [above.identity for above in open_folders]:
                    open_folders.append(folder)
                continue
            ending = os.path.splitext(entry.name)[1].lower()
            if ending in EXTENSIONS:
                yield ImageFile(Path(entry.path), relative)
            elif ending == ARCHIVE:
                self.archives.append(Path(entry.path))
            else:
                self.other += 1


class _Folder:
    """A folder in the middle of being walked: its entries by name, and what tells it from every other one."""

    def __init__(self, path: Path, relative: str) -> None:
        self.relative = relative
        status = path.stat()
        self.identity = (status.st_dev, status.st_ino)
        with os.scandir(path) as entries:
            self.entries = iter(sorted(entries, key=lambda entry: entry.name))


def list_images(sources: Sequence[str], ignore: Sequence[str] = ()) -> Listing:
    """Resolve sources (folders, files, quoted globs with `**`) to a listing of the images in them."""
    return listing_of([path for source in sources for path in expand(source)], ignore)


def listing_of(paths: Sequence[Path], ignore: Sequence[str] = ()) -> Listing:
    """The images in folders, and the files among the paths.

    `ignore` holds patterns as in .gitignore, relative to each folder; hidden files are always ignored. A file that
    is named itself is taken whatever its name. Raises SourceError for a pattern that is none.
    """
    files: list[Path] = []
    folders: list[Path] = []
    for path in paths:
        (folders if path.is_dir() else files).append(path)
    return Listing(files, folders, ignore_rules(ignore))


def shown(path: Path | str) -> str:
    """A path as text that JSON can hold: bytes that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def ignore_rules(patterns: Sequence[str]) -> Callable[[str], bool] | None:
    """Tells of a path, relative to its source, whether patterns as in .gitignore leave it out; None without any.

    Raises SourceError for a pattern that is none.
    """
    if not patterns:
        return None
    import pathspec

    try:
        return pathspec.PathSpec.from_lines("gitignore", patterns).match_file
    except ValueError as error:
        raise SourceError(f"--ignore: {error}") from error


def expand(source: str) -> list[Path]:
    """The absolute paths that a source names: itself, or what matches it. Raises SourceError if there is none."""
    expected = "expected a folder, an image or a glob in quotes"
    if not source:
        raise SourceError(f"a source is empty; {expected}")
    path = os.path.expanduser(source)
    if os.path.lexists(path):
        return [_absolute(path)]
    found = sorted(glob.glob(path, recursive=True)) if glob.has_magic(source) else []
    if not found:
        kind = "matches nothing" if glob.has_magic(source) else "does not exist"
        raise SourceError(f"{printable(source[:200])} {kind}; {expected}")
    return [_absolute(match) for match in found]


def _absolute(path: str) -> Path:
    """Without `.` and `..`, so that a file has one URI however it is named."""
    return Path(os.path.abspath(path))
