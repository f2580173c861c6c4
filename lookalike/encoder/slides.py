"""Whole-slide images and other tiled TIFFs of any size, read part by part with OpenSlide (extra `slides`)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from lookalike.encoder.decode import DecodedImage
from lookalike.encoder.tiles import Box
from lookalike.errors import ImageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Slide", "open_slide"]

_OVERVIEW_SIDE = 4096
_BLOCK_SIDE = 2048  # read at once: 16 MB, and as much again while it is converted
_MARGIN = 2  # pixels of a part for each of the network's, as in decode
_MOST_WITHOUT_PYRAMID = 2_000_000_000  # pixels of the smallest level: minutes to read


class Slide:
    """A slide in which parts can be looked at; not to be used from several threads.

    `overview` is the whole at a small scale, read once; `magnification` the objective's power, None if the file does
    not tell it.
    """

    def __init__(self, slide: Any, side: int) -> None:
        self._slide = slide
        self.width, self.height = slide.dimensions
        self.magnification = _magnification(slide.properties)
        whole = Box(0, 0, self.width, self.height)
        upright = self._read(whole, _OVERVIEW_SIDE / max(self.width, self.height))
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
        part = self._read(box, min(1.0, scale))
        return np.asarray(part.resize((side, side), Image.Resampling.BILINEAR))

    def _read(self, box: Box, scale: float) -> Image.Image:
        """RGB pixels of a box, at the smallest scale at hand of at least `scale`."""
        level = self._slide.get_best_level_for_downsample(1 / min(scale, 1.0))
        shrunk = self._slide.level_downsamples[level]
        width, height = max(1, round(box.width / shrunk)), max(1, round(box.height / shrunk))
        factor = max(1, math.floor(1 / (scale * shrunk)))
        block = _BLOCK_SIDE // factor * factor or factor
        picture = Image.new("RGB", (math.ceil(width / factor), math.ceil(height / factor)))
        for top in range(0, height, block):
            for left in range(0, width, block):
                size = min(block, width - left), min(block, height - top)
                corner = box.x + round(left * shrunk), box.y + round(top * shrunk)
                picture.paste(self._block(corner, level, size).reduce(factor), (left // factor, top // factor))
        return picture

    def _block(self, corner: tuple[int, int], level: int, size: tuple[int, int]) -> Image.Image:
        from openslide import OpenSlideError

        try:
            pixels = self._slide.read_region(corner, level, size)
        except OpenSlideError as error:
            raise ImageError(f"damaged image: near {corner[0]}, {corner[1]} of level {level}: {error}") from error
        white = Image.new("RGB", size, "white")
        white.paste(pixels, mask=pixels.getchannel("A"))
        return white


@contextmanager
def open_slide(path: Path, side: int) -> Iterator[Slide]:
    """Open a slide whose overview is also resized to a square of `side` pixels.

    Raises ImageError for what OpenSlide cannot read, what is damaged, and what has so many pixels and no smaller level
    that reading it would take minutes.
    """
    try:
        import openslide
    except ImportError:
        raise ImageError("a whole-slide image; `pip install 'lookalike[slides]'` brings what reads it") from None
    try:
        slide = openslide.OpenSlide(path)
    except openslide.OpenSlideUnsupportedFormatError:
        raise ImageError("not a slide that OpenSlide can read, nor a tiled TIFF") from None
    except openslide.OpenSlideError as error:
        raise ImageError(f"damaged image: {error}") from error
    with slide:
        width, height = slide.level_dimensions[-1]
        if width * height > _MOST_WITHOUT_PYRAMID:
            raise ImageError(
                f"its smallest level has {width} x {height} pixels, more than {_MOST_WITHOUT_PYRAMID:,}: it needs a "
                "pyramid (`vips tiffsave --tile --pyramid` makes one)"
            )
        yield Slide(slide, side)


def _magnification(properties: Any) -> float | None:
    """The objective's power, or what it usually is for that many micrometres a pixel."""
    try:
        if "openslide.objective-power" in properties:
            return float(properties["openslide.objective-power"])
        return round(10 / float(properties["openslide.mpp-x"]), 1)
    except (KeyError, ValueError, ZeroDivisionError):
        return None
