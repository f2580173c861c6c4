"""Finding images: folders, globs and single files, less what the ignore rules name."""

import glob
import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from lookalike.errors import SourceError
from lookalike.printable import printable

__all__ = ["EXTENSIONS", "ImageFile", "Listing", "list_images", "shown"]

EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"})
# Beside hidden ones: folders of thumbnails that network drives and archives leave beside pictures.
_IGNORED_FOLDERS = frozenset({"@eaDir", "__MACOSX"})


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
        """The document's id: the first 40 hex digits of the SHA-256 of the URI."""
        return hashlib.sha256(self.uri.encode()).hexdigest()[:40]

    @property
    def shown_path(self) -> str:
        """The path for people and JSON: bytes that are not UTF-8 and control characters are escaped."""
        return printable(shown(self.path))


@dataclass
class Listing:
    """What sources hold: iterating it walks the disk anew, so it costs no memory.

    `files` are named one by one, `folders` are walked. `ignored` tells whether to leave out a path, relative to its
    folder, that of a folder ending in `/`. `other` counts the files passed over in the last complete walk because
    their name is not that of an image.
    """

    files: list[Path]
    folders: list[Path]
    ignored: Callable[[str], bool] | None = None
    other: int = 0

    def __iter__(self) -> Iterator[ImageFile]:
        """Yield every image once, in the order of their names within each source."""
        self.other = 0
        seen: set[Path] | None = set() if len(self.files) + len(self.folders) > 1 else None
        for file in self._walk():
            if seen is not None:
                if file.path in seen:
                    continue
                seen.add(file.path)
            yield file

    def count(self) -> int:
        """How many images there are. Raises SourceError, with what was found instead, if there is none."""
        total = sum(1 for _ in self)
        if total == 0:
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
            yield from self._walk_folder(top, top)

    def _walk_folder(self, top: Path, folder: Path) -> Iterator[ImageFile]:
        relative = "" if folder == top else shown(folder.relative_to(top))
        try:
            with os.scandir(folder) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            if folder == top:
                raise SourceError(f"cannot read the folder {printable(shown(folder))}: {error.strerror}") from error
            # Its images cannot be named, so the folder itself becomes the failed row.
            yield ImageFile(folder, relative, error.strerror)
            return
        for entry in ordered:
            is_folder = entry.is_dir(follow_symlinks=False)
            if entry.name.startswith(".") or (is_folder and entry.name in _IGNORED_FOLDERS):
                continue
            if self.ignored is not None:
                name = f"{relative}/{entry.name}" if relative else entry.name
                if self.ignored(name + "/" if is_folder else name):
                    continue
            if is_folder:
                yield from self._walk_folder(top, Path(entry.path))
            elif os.path.splitext(entry.name)[1].lower() not in EXTENSIONS:
                self.other += 1
            else:
                yield ImageFile(Path(entry.path), relative)


def list_images(sources: Sequence[str], ignore: Sequence[str] = ()) -> Listing:
    """Resolve sources (folders, files, quoted globs with `**`) to a listing of the images in them.

    `ignore` holds patterns as in .gitignore, relative to each folder; hidden files are always ignored. A file that
    is named itself is taken whatever its name. Raises SourceError if a source does not exist.
    """
    files: list[Path] = []
    folders: list[Path] = []
    for source in sources:
        for path in _expand(source):
            (folders if path.is_dir() else files).append(path)
    return Listing(files, folders, _rules(ignore) if ignore else None)


def shown(path: Path | str) -> str:
    """A path as text that JSON can hold: bytes that are not UTF-8 are escaped."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _rules(patterns: Sequence[str]) -> Callable[[str], bool]:
    import pathspec

    try:
        return pathspec.PathSpec.from_lines("gitignore", patterns).match_file
    except ValueError as error:
        raise SourceError(f"--ignore: {error}") from error


def _expand(source: str) -> list[Path]:
    path = Path(source).expanduser()
    if path.exists():
        return [path.absolute()]
    found = sorted(glob.glob(str(path), recursive=True)) if glob.has_magic(source) else []
    if not found:
        kind = "matches nothing" if glob.has_magic(source) else "does not exist"
        raise SourceError(f"{printable(source)} {kind}; expected a folder, an image or a glob in quotes")
    return [Path(match).absolute() for match in found]
