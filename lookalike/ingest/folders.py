"""Finding images: folders, globs and single files, less what the ignore rules name."""

import glob
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from lookalike.encoder.image_file import read_image_file
from lookalike.encoder.slide_file import SLIDES
from lookalike.errors import SourceError
from lookalike.ingest.columns import ColumnChoice
from lookalike.ingest.item import item_id
from lookalike.ingest.paths import file_uri, shown
from lookalike.ingest.sample_file import SampleFile, folder_described, holds_samples
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
        """The file's URI."""
        return file_uri(self.path)

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
    their name is not that of an image, and `archives` are those whose name is a tar archive's. In folders that
    img2dataset wrote the files beside an image are its metadata, by `choice`.
    """

    files: list[Path]
    folders: list[Path]
    ignored: Callable[[str], bool] | None = None
    other: int = 0
    archives: list[Path] = field(default_factory=list)
    choice: ColumnChoice = field(default_factory=ColumnChoice)

    def __iter__(self) -> Iterator[ImageFile | SampleFile]:
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

    def _walk(self) -> Iterator[ImageFile | SampleFile]:
        known = lru_cache(maxsize=64)(holds_samples)
        for path in self.files:
            yield self._image(path, "", known(path.parent))
        for top in self.folders:
            yield from self._walk_folder(top)

    def _image(self, path: Path, folder: str, is_sample: bool) -> ImageFile | SampleFile:
        return SampleFile(path, self.choice) if is_sample else ImageFile(path, folder)

    def _walk_folder(self, top: Path) -> Iterator[ImageFile | SampleFile]:
        """Walk depth first; links are followed, but not into a folder that is being walked already."""
        try:
            open_folders = [_Folder(top, "", holds_samples(top))]
        except OSError as error:
            raise SourceError(f"cannot read the folder {printable(shown(top))}: {error.strerror}") from error
        while open_folders:
            entry = next(open_folders[-1].entries, None)
            if entry is None:
                open_folders.pop()
                continue
            if entry.name.startswith(".") or entry.name in IGNORED_FOLDERS:
                continue
            here = open_folders[-1]
            relative = here.relative
            name = f"{relative}/{entry.name}" if relative else entry.name
            try:
                is_folder = entry.is_dir()
                if self.ignored is not None and self.ignored(name + "/" if is_folder else name):
                    continue
                folder = None
                if is_folder:
                    folder = _Folder(Path(entry.path), shown(name), entry.name in here.described)
            except OSError as error:
                # What lies behind it cannot be named, so it becomes the failed row itself.
                yield ImageFile(Path(entry.path), relative, error.strerror)
                continue
            if folder is not None:
                if folder.identity not in [above.identity for above in open_folders]:
                    open_folders.append(folder)
                continue
            ending = os.path.splitext(entry.name)[1].lower()
            if ending in EXTENSIONS or ending in SLIDES:
                yield self._image(Path(entry.path), relative, here.holds_samples)
            elif ending == ARCHIVE:
                self.archives.append(Path(entry.path))
            else:
                self.other += 1


class _Folder:
    """A folder in the middle of being walked: its entries by name, and what tells it from every other one.

    `holds_samples` says that img2dataset wrote it; `described` names the folders in it of which its files say so.
    """

    def __init__(self, path: Path, relative: str, holds_samples: bool) -> None:
        self.relative = relative
        self.holds_samples = holds_samples
        status = path.stat()
        self.identity = (status.st_dev, status.st_ino)
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        self.described = {folder_described(entry.name) for entry in found}
        self.entries = iter(found)


def list_images(sources: Sequence[str], ignore: Sequence[str] = ()) -> Listing:
    """Resolve sources (folders, files, quoted globs with `**`) to a listing of the images in them."""
    return listing_of([path for source in sources for path in expand(source)], ignore)


def listing_of(paths: Sequence[Path], ignore: Sequence[str] = (), choice: ColumnChoice | None = None) -> Listing:
    """The images in folders, and the files among the paths.

    `ignore` holds patterns as in .gitignore, relative to each folder; hidden files are always ignored. A file that
    is named itself is taken whatever its name. Raises SourceError for a pattern that is none.
    """
    files: list[Path] = []
    folders: list[Path] = []
    for path in paths:
        (folders if path.is_dir() else files).append(path)
    return Listing(files, folders, ignore_rules(ignore), choice=choice or ColumnChoice())


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
