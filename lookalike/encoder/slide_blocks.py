"""Pixels of a slide's levels, read in blocks; what regions that overlap have in common is read once."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from PIL import Image

from lookalike.errors import ImageError

__all__ = ["SlideBlocks"]

_READ_SIDE = 512  # pixels of a level
_MOST_KEPT = 20_000_000  # pixels, 60 MB: all that a row of regions needs in slides up to some 13,000 pixels wide


class SlideBlocks:
    """The levels of an OpenSlide object as RGB, transparency laid on white; not to be used from several threads."""

    def __init__(self, slide: Any) -> None:
        self._slide = slide
        self._kept: OrderedDict[tuple[int, int, int, int], Image.Image] = OrderedDict()
        self._kept_pixels = 0

    def reduced(self, level: int, factor: int, area: tuple[int, int, int, int]) -> Image.Image:
        """An area (left, top, right, bottom) of a level that is reduced by a whole number, in pixels of the result.

        Raises ImageError if the slide is damaged there.
        """
        left, top, right, bottom = area
        side = max(1, _READ_SIDE // factor)
        picture = Image.new("RGB", (right - left, bottom - top))
        for row in range(top // side, (bottom - 1) // side + 1):
            for column in range(left // side, (right - 1) // side + 1):
                block = self._block(level, factor, column, row)
                picture.paste(block, (column * side - left, row * side - top))
        return picture

    def forget(self) -> None:
        """Let go of all blocks."""
        self._kept.clear()
        self._kept_pixels = 0

    def _block(self, level: int, factor: int, column: int, row: int) -> Image.Image:
        key = level, factor, column, row
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        side = max(1, _READ_SIDE // factor) * factor
        width, height = self._slide.level_dimensions[level]
        left, top = column * side, row * side
        block = self._read(level, left, top, (min(side, width - left), min(side, height - top))).reduce(factor)
        self._kept[key] = block
        self._kept_pixels += block.width * block.height
        while self._kept_pixels > _MOST_KEPT:
            _, oldest = self._kept.popitem(last=False)
            self._kept_pixels -= oldest.width * oldest.height
        return block

    def _read(self, level: int, left: int, top: int, size: tuple[int, int]) -> Image.Image:
        from openslide import OpenSlideError

        shrunk = self._slide.level_downsamples[level]
        corner = round(left * shrunk), round(top * shrunk)
        try:
            pixels: Image.Image = self._slide.read_region(corner, level, size)
        except OpenSlideError as error:
            raise ImageError(f"damaged image: near pixel {corner[0]}, {corner[1]} of level {level}: {error}") from error
        opacity = pixels.getchannel("A")
        if opacity.getextrema() == (255, 255):
            return pixels.convert("RGB")
        white = Image.new("RGB", size, "white")
        white.paste(pixels, mask=opacity)
        return white
