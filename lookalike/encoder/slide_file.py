"""Which files are slides, to be read part by part; in a file of its own, so that listing images loads nothing more."""

import os
import stat
from pathlib import Path

from lookalike.encoder.image_file import MAX_BYTES

__all__ = ["SLIDES", "is_slide"]

SLIDES = frozenset({".bif", ".mrxs", ".ndpi", ".scn", ".svs", ".svslide"})
_TIFFS = frozenset({".tif", ".tiff"})


def is_slide(path: Path) -> bool:
    """Whether a regular file is a whole-slide image by its name, or a TIFF too large to be decoded as a whole."""
    ending = os.path.splitext(path)[1].lower()
    if ending not in SLIDES and ending not in _TIFFS:
        return False
    try:
        facts = path.stat()
    except OSError:  # whoever reads it says what is wrong
        return False
    return stat.S_ISREG(facts.st_mode) and (ending in SLIDES or facts.st_size > MAX_BYTES or _has_many_pixels(path))


def _has_many_pixels(tiff: Path) -> bool:
    from PIL.TiffImagePlugin import TiffImageFile

    from lookalike.encoder.decode import MAX_PIXELS

    try:
        with tiff.open("rb") as file, TiffImageFile(file) as image:  # Image.open would refuse the largest
            return image.width * image.height > MAX_PIXELS
    except Exception:  # whoever reads it says what is wrong
        return False
