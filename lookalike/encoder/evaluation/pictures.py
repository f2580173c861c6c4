"""The pictures that are evaluated on: found in folders, decoded, told apart."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from lookalike.encoder.decode import decode
from lookalike.encoder.image_file import read_image_file
from lookalike.errors import ConfigError, ImageError

__all__ = ["Picture", "Unreadable", "fingerprint", "list_pictures", "open_picture", "working_copy"]

_SIDE = 224  # large JPEGs are decoded at a scale that holds twice this
_LONGEST = 640


@dataclass(frozen=True)
class Picture:
    """A file below a folder that was named; `label` is the sub-folder that it lies in, empty if it lies in none."""

    path: Path
    folder: Path
    label: str
    is_original: bool


@dataclass(frozen=True)
class Unreadable:
    """A file that is no picture, and why."""

    path: Path
    reason: str


def list_pictures(originals: Sequence[Path], distractors: Sequence[Path]) -> list[Picture]:
    """All files below the folders but hidden ones, in the order of folders and names, each file once.

    Raises ConfigError if a folder is none.
    """
    found: dict[Path, Picture] = {}
    for folders, is_original in ((originals, True), (distractors, False)):
        for folder in folders:
            if not folder.is_dir():
                raise ConfigError(f"{folder} is not a folder; expected one with pictures in it")
            for path in sorted(folder.rglob("*")):
                inside = path.relative_to(folder)
                if not any(part.startswith(".") for part in inside.parts) and path.is_file():
                    label = "" if inside.parent == Path() else inside.parent.as_posix()
                    found.setdefault(path.resolve(), Picture(path, folder, label, is_original))
    return list(found.values())


def open_picture(path: Path) -> Image.Image:
    """The picture, upright RGB. Raises ImageError."""
    try:
        return decode(read_image_file(path), _SIDE).upright
    except OSError as error:
        raise ImageError(f"cannot be read: {error.strerror}") from error


def working_copy(image: Image.Image) -> Image.Image:
    """At most 640 pixels on the longer side: enough for every method, and edits take milliseconds."""
    copy = image.copy()
    copy.thumbnail((_LONGEST, _LONGEST), Image.Resampling.BILINEAR)
    return copy


def fingerprint(image: Image.Image) -> str:
    """Equal for pictures that look the same pixel by pixel, whatever their files are."""
    small = image.resize((32, 32), Image.Resampling.BILINEAR)
    return hashlib.sha256(np.asarray(small).tobytes() + repr(image.size).encode()).hexdigest()
