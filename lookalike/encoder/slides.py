"""Whole-slide images and other tiled TIFFs of any size, read part by part with OpenSlide (extra `slides`)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lookalike.encoder.decode import DecodedImage, decoding
from lookalike.encoder.slide_blocks import SlideBlocks
from lookalike.encoder.tiles import Box
from lookalike.errors import ImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Slide", "open_slide"]

_OVERVIEW_SIDE = 4096  # at least, if the slide has as many
_MARGIN = 2  # pixels of a part for each of the network's, as in decode
_MOST_WITHOUT_PYRAMID = 2_000_000_000  # pixels of the smallest level: a minute to read
_HELD = 30_000_000  # of the pixels that may be decoded at a time: what a slide takes of memory, about 300 MB
_MAKE_TILES = "`vips tiffsave IMAGE OUT.tif --tile --pyramid --bigtiff --compression deflate`"


class Slide:
    """A slide in which parts can be looked at; not to be used from several threads.

    `overview` is the whole at a small scale, read once; `magnification` the objective's power, None if the file does
    not tell it.
    """

    def __init__(self, slide: Any, side: int) -> None:
        self._slide = slide
        self._blocks = SlideBlocks(slide)
        self.width, self.height = slide.dimensions
        self.magnification = _magnification(slide.properties)
        whole = Box(0, 0, self.width, self.height)
        upright = self._read(whole, _OVERVIEW_SIDE / max(self.width, self.height))
        self._blocks.forget()
        square = upright.resize((side, side), Image.Resampling.BILINEAR)
        vendor = slide.properties.get("openslide.vendor", "tiff")
        kind = "tiff" if vendor == "generic-tiff" else vendor
        self.overview = DecodedImage(np.asarray(square), upright, self.width, self.height, kind, Image.Exif())

    def square(self, box: Box, side: int) -> NDArray[np.uint8]:
        """A part of the slide as uint8 `[side, side, 3]`; `box` is in pixels of its largest level.

        Raises ImageError if it is damaged there.
        """
        scale = _MARGIN * side / min(box.width, box.height)
        if scale <= max(self.overview.upright.size) / max(self.width, self.height):
            return self.overview.square(box, side)
        return np.asarray(self._read(box, scale).resize((side, side), Image.Resampling.BILINEAR))

    def _read(self, box: Box, scale: float) -> Image.Image:
        """RGB pixels of a box, at the smallest scale at hand of at least `scale`, or at that of the largest level."""
        level = self._slide.get_best_level_for_downsample(max(1.0, 1 / scale))
        factor = max(1, math.floor(1 / (scale * self._slide.level_downsamples[level])))
        width, height = (math.ceil(length / factor) for length in self._slide.level_dimensions[level])
        left, right = _span(box.x, box.width, self.width, width)
        top, bottom = _span(box.y, box.height, self.height, height)
        return self._blocks.reduced(level, factor, (left, top, right, bottom))


@contextmanager
def open_slide(path: Path, side: int) -> Iterator[Slide]:
    """Open a slide whose overview is also resized to a square of `side` pixels.

    Raises ImageError for what OpenSlide cannot read, what is damaged, and what has so many pixels and no smaller level
    that reading it would take minutes, OSError if there is no such file. Waits while others decode much.
    """
    try:
        import openslide
    except ImportError:
        raise ImageError(
            "a whole-slide image or a TIFF of more than 100 million pixels or 200 MB; "
            "`pip install 'lookalike[slides]'` brings what reads it"
        ) from None
    if not path.stat().st_size:
        raise ImageError("empty file (0 bytes)")
    try:
        with decoding.spend(_HELD), openslide.OpenSlide(path) as slide:
            width, height = slide.level_dimensions[-1]
            if width * height > _MOST_WITHOUT_PYRAMID:
                raise ImageError(
                    f"its smallest level has {width} x {height} pixels, more than {_MOST_WITHOUT_PYRAMID:,}: it needs "
                    f"a pyramid; {_MAKE_TILES} makes one"
                )
            yield Slide(slide, side)
    except openslide.OpenSlideUnsupportedFormatError:
        raise ImageError(
            "neither a slide that OpenSlide can read nor a TIFF in tiles, and too large to be decoded as a whole if it "
            f"is an image; {_MAKE_TILES} makes one that can be read"
        ) from None
    except openslide.OpenSlideError as error:
        raise ImageError(f"damaged image: {error}") from error


def _span(start: int, length: int, whole: int, pixels: int) -> tuple[int, int]:
    """From where to where a part of a `whole` lies on fewer `pixels`: at least one of them."""
    first = min(round(start * pixels / whole), pixels - 1)
    return first, max(round((start + length) * pixels / whole), first + 1)


def _magnification(properties: Any) -> float | None:
    """The objective's power, or what it usually is for that many micrometres a pixel; a scanned page has none."""
    try:
        if "openslide.objective-power" in properties:
            power = float(properties["openslide.objective-power"])
        else:
            power = round(10 / float(properties["openslide.mpp-x"]), 1)
    except (KeyError, ValueError, ZeroDivisionError):
        return None
    return power if math.isfinite(power) and power >= 1 else None
