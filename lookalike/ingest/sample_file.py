"""Images with sidecars, as img2dataset writes them into folders: 000000001.jpg, .json and .txt."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lookalike.encoder.image_file import read_image_file
from lookalike.ingest.columns import ColumnChoice
from lookalike.ingest.paths import file_uri, shown
from lookalike.ingest.sample import Sample, Sidecar
from lookalike.printable import printable

__all__ = ["SampleFile", "folder_described", "holds_samples"]

# What img2dataset writes beside each folder of samples, whose name is a number.
_STATISTICS = "_stats.json"
_ENDINGS = {"JSON": ".json", "text": ".txt"}


@dataclass(frozen=True)
class SampleFile(Sample):
    """A file whose sidecars, files of its name with other endings, tell what is known of it."""

    path: Path
    choice: ColumnChoice
    fault = None  # reading it will tell

    @property
    def filename(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def place(self) -> str:
        """The file's URI."""
        return file_uri(self.path)

    @property
    def shown_path(self) -> str:
        """The path for people and JSON."""
        return printable(shown(self.path))

    def beside(self, sidecar: Sidecar) -> bytes | None:
        """The bytes of the file of that ending. Raises OSError or ImageError."""
        file = self.path.with_suffix(_ENDINGS[sidecar])
        with suppress(FileNotFoundError):
            self.require_small(sidecar, file.stat().st_size)
            return read_image_file(file)
        return None

    def read(self) -> bytes:
        """The image's bytes. Raises OSError or ImageError."""
        return read_image_file(self.path)


def folder_described(name: str) -> str | None:
    """The name of the folder of samples that a file of this name lies beside, or None."""
    folder = name.removesuffix(_STATISTICS)
    return folder if folder != name and folder.isdecimal() else None


def holds_samples(folder: Path) -> bool:
    """Whether img2dataset wrote a folder: what it counted lies beside it."""
    return folder.name.isdecimal() and Path(f"{folder}{_STATISTICS}").is_file()
