"""Tar shards in webdataset form, such as img2dataset writes: files with one base name are one sample."""

import os
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from lookalike.encoder.image_file import MAX_BYTES
from lookalike.errors import ImageError, SourceError
from lookalike.ingest.columns import ColumnChoice
from lookalike.ingest.folders import EXTENSIONS
from lookalike.ingest.paths import file_uri, shown
from lookalike.ingest.sample import Sample, Sidecar
from lookalike.ingest.stored_file import StoredFile
from lookalike.printable import printable

__all__ = ["Shard", "ShardImage"]

_BLOCK = 512
_CAPTION = ".txt"


@dataclass(frozen=True)
class _Part:
    """Where a member's bytes lie in the archive."""

    offset: int
    size: int


@dataclass(frozen=True)
class ShardImage(Sample):
    """An image in a shard; its bytes and its metadata are read from their places when they are wanted."""

    archive: Path | StoredFile
    name: str
    image: _Part | None
    json: _Part | None
    text: _Part | None
    choice: ColumnChoice
    fault: str | None = None

    @property
    def shown_path(self) -> str:
        """The archive and the member's name."""
        return printable(f"{shown(str(self.archive))}:{shown(self.name)}")

    @property
    def filename(self) -> str:
        """The last part of the member's name."""
        return self.name.rsplit("/", 1)[-1]

    @property
    def place(self) -> str:
        """The archive's URI and, after `#`, the member's name."""
        archive = file_uri(self.archive) if isinstance(self.archive, Path) else str(self.archive)
        return archive + "#" + quote(os.fsencode(self.name))

    def beside(self, sidecar: Sidecar) -> bytes | None:
        """The bytes of the member of the same base name. Raises OSError or ImageError."""
        part = self.json if sidecar == "JSON" else self.text
        if part is None:
            return None
        self.require_small(sidecar, part.size)
        return self._bytes(part)

    def read(self) -> bytes:
        """The image's bytes. Raises OSError or ImageError."""
        if self.image is None:
            raise ImageError(self.fault or "no image")
        if self.image.size > MAX_BYTES:
            raise ImageError(f"{self.image.size:,} bytes, more than {MAX_BYTES:,}")
        return self._bytes(self.image)

    def _bytes(self, part: _Part) -> bytes:
        if isinstance(self.archive, StoredFile):
            found = self.archive.part(part.offset, part.size)
        else:
            with self.archive.open("rb") as stream:
                found = os.pread(stream.fileno(), part.size, part.offset)
        if len(found) < part.size:
            raise ImageError("the archive ends before it")
        return found


class Shard:
    """One uncompressed tar archive; `require` raises SourceError if it is none."""

    def __init__(self, file: Path | StoredFile) -> None:
        self._file = file

    def require(self) -> None:
        """Raise SourceError if it cannot be opened; otherwise that becomes an item with the reason."""
        try:
            with self._file.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:"):
                pass
        except (tarfile.TarError, OSError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise SourceError(f"{printable(shown(str(self._file)))} is not a readable tar archive: {reason}") from error

    def count(self) -> int:
        """How many items it yields."""
        return sum(1 for _ in self.items(ColumnChoice()))

    def items(self, choice: ColumnChoice) -> Iterator[ShardImage]:
        """An item for each sample with an image, in the archive's order; an archive that ends early yields one more,
        with the reason."""
        try:
            yield from self._samples(choice)
        except (tarfile.TarError, OSError, ValueError, OverflowError, MemoryError, ImageError) as error:
            reason = f"the archive cannot be read to its end: {printable(str(error))[:120]}"
            yield ShardImage(self._file, "", None, None, None, choice, reason)

    def _samples(self, choice: ColumnChoice) -> Iterator[ShardImage]:
        parts: dict[str, tuple[str, _Part]] = {}
        base = None
        last = -1
        with self._file.open("rb") as stream, tarfile.open(fileobj=stream, mode="r:") as archive:
            for member in archive:
                if member.size < 0 or member.offset_data <= last:
                    raise tarfile.ReadError("a member of impossible size")
                last = member.offset_data
                archive.members = []  # type: ignore[attr-defined]  # else it keeps all of them
                if not member.isreg() or member.name.rsplit("/", 1)[-1].startswith("."):
                    continue
                stem, ending = _split(member.name)
                if stem != base:
                    yield from self._sample(parts, choice)
                    parts, base = {}, stem
                parts[ending.lower()] = (member.name, _Part(member.offset_data, member.size))
            yield from self._sample(parts, choice)
            # tarfile takes damage for the end; only a block of zeros is one.
            stream.seek(archive.offset)
            if stream.read(_BLOCK) != bytes(_BLOCK):
                raise tarfile.ReadError("no end mark where its members end")

    def _sample(self, parts: Mapping[str, tuple[str, _Part]], choice: ColumnChoice) -> Iterator[ShardImage]:
        endings = sorted(parts, key=lambda ending: ending not in EXTENSIONS)  # x.jpg before x.mask.png
        image = next((parts[ending] for ending in endings if ending[ending.rfind(".") :] in EXTENSIONS), None)
        if image is not None:
            beside = [parts[ending][1] if ending in parts else None for ending in (".json", _CAPTION)]
            yield ShardImage(self._file, image[0], image[1], beside[0], beside[1], choice)


def _split(name: str) -> tuple[str, str]:
    """The base name, up to the first dot of the last part as in webdataset, and the ending."""
    folder, slash, last = name.rpartition("/")
    stem, dot, ending = last.partition(".")
    return folder + slash + stem, dot + ending
