"""Which files are slides, to be read part by part; in a file of its own, so that listing images loads nothing more."""

import os
import warnings
from pathlib import Path

from lookalike.encoder.image_file import MAX_BYTES

__all__ = ["SLIDES", "is_slide"]

SLIDES = frozenset({".bif", ".mrxs", ".ndpi", ".scn", ".svs", ".svslide"})
_TIFFS = frozenset({".tif", ".tiff"})


def is_slide(path: Path) -> bool:
    """Whether a file is a whole-slide image by its name, or a TIFF too large to be decoded as a whole."""
    ending = os.path.splitext(path)[1].lower()
    return ending in SLIDES or (ending in _TIFFS and _is_large(path))


def _is_large(tiff: Path) -> bool:
    from PIL import Image

    from lookalike.encoder.decode import MAX_PIXELS

    try:
        if tiff.stat().st_size > MAX_BYTES:
            return True
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(tiff, formats=["TIFF"]) as image:
                return image.width * image.height > MAX_PIXELS
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        return True
    except Exception:  # whoever reads it says what is wrong
        return False
