"""Hostile bytes to upright RGB pixels: the part of a vector's meaning that comes before the network.

What a picture means is fixed here, and the plugin does the same in Java: EXIF orientation applied, the first
frame of an animation, transparency laid on white, palettes resolved, 16-bit samples reduced to their high
byte, CMYK converted without a colour profile.
"""

import io
import math
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from lookalike.encoder.pixel_budget import PixelBudget
from lookalike.encoder.tiles import Box, Tiling
from lookalike.errors import ImageError

__all__ = ["FORMATS", "MAX_PIXELS", "DecodedImage", "decode", "decoded", "decoding"]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 100_000_000
# A JPEG is decoded at the smallest of 1/1, 1/2, 1/4 and 1/8 that still holds twice the network's square.
_REDUCED_DECODE_MARGIN = 2
_NAMES = {"MPO": "jpeg"}
_SIXTEEN_BITS = {"I;16", "I;16L", "I;16B", "I;16N"}
_TURNS = {  # EXIF orientation to what makes the picture upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {_TURNS[orientation] for orientation in (5, 6, 7, 8)}

# Pillow warns of what it can read nevertheless, and of sizes before our own, stricter check can speak.
warnings.filterwarnings("ignore", module=r"PIL\.")
_KEPT_SIDE = 4096
# What all threads decode at a time. Up to 12 bytes a pixel are held for a moment, so that this is about 1.2 GB.
decoding = PixelBudget(MAX_PIXELS)


@dataclass(frozen=True)
class DecodedImage:
    """One picture, decoded once for every use.

    `pixels` is uint8 `[side, side, 3]`, RGB; `upright` the RGB picture at the scale that it was decoded at; `width` and
    `height` are pixels of the whole picture as it is viewed; `format` is one of FORMATS in lower case, or a slide's
    vendor.
    """

    pixels: NDArray[np.uint8]
    upright: Image.Image
    width: int
    height: int
    format: str
    exif: Image.Exif

    def part(self, box: Box) -> Image.Image:
        """A part of the picture at the scale that it was decoded at; `box` is in pixels of the whole."""
        across, down = self.upright.size
        left, right = (_scaled(x, self.width, across) for x in (box.x, box.x + box.width))
        top, bottom = (_scaled(y, self.height, down) for y in (box.y, box.y + box.height))
        return self.upright.crop((left, top, max(right, left + 1), max(bottom, top + 1)))

    def square(self, box: Box, side: int) -> NDArray[np.uint8]:
        """A part of the picture, resized like the whole to uint8 `[side, side, 3]`."""
        return np.asarray(self.part(box).resize((side, side), Image.Resampling.BILINEAR))


def decode(data: bytes, side: int, max_pixels: int = MAX_PIXELS) -> DecodedImage:
    """Decode an encoded image and resize it to a square of `side` pixels, with antialiasing.

    `upright` has at most 4,096 pixels a side. Raises ImageError with the reason alone (no path) for anything that is
    not a complete image of one of FORMATS with at most `max_pixels` pixels. Pixels are counted before any is decoded.
    """
    with decoded(data, side, max_pixels) as image:
        longest = max(image.upright.size)
        if longest <= _KEPT_SIDE:
            return image
        # Hundreds of megabytes else, until it is used.
        return replace(image, upright=image.upright.reduce(math.ceil(longest / _KEPT_SIDE)))


@contextmanager
def decoded(
    data: bytes, side: int, max_pixels: int = MAX_PIXELS, cut: Tiling | Box | None = None
) -> Iterator[DecodedImage]:
    """As `decode`, with `upright` at a scale that suits the regions that are cut; not to be kept after the end."""
    with ExitStack() as spent:  # its pixels are given back when nothing of the picture is held any more
        yield _decode(data, side, max_pixels, cut, spent)


def _decode(data: bytes, side: int, max_pixels: int, cut: Tiling | Box | None, spent: ExitStack) -> DecodedImage:
    if not data:
        raise ImageError("empty file (0 bytes)")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            return _decode_opened(image, side, max_pixels, cut, spent)
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError(f"not a {', '.join(name.lower() for name in FORMATS)} image") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError(f"more than {max_pixels:,} pixels") from None
    except MemoryError:
        raise ImageError("not enough memory to decode it") from None
    except Exception as error:  # damaged files raise nearly every built-in exception in Pillow's parsers
        raise ImageError(f"damaged image: {_one_line(error)}") from error


def _decode_opened(
    image: Image.Image, side: int, max_pixels: int, cut: Tiling | Box | None, spent: ExitStack
) -> DecodedImage:
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError(f"{width} x {height} is {width * height:,} pixels, more than {max_pixels:,}")
    format_name = _NAMES.get(image.format or "", (image.format or "").lower())
    reduced = math.ceil(side / _least_part(width, height, cut)) * _REDUCED_DECODE_MARGIN
    image.draft(None, (reduced, reduced))
    spent.enter_context(decoding.spend(image.width * image.height))
    exif = image.getexif()  # decodes a PNG, whose EXIF may stand behind its pixels
    image.load()
    if format_name == "tiff":
        width, height = image.size  # Pillow has turned it, and dropped its orientation
    upright = _to_rgb(image)
    turn = _TURNS.get(exif.get(ExifTags.Base.Orientation, 1))
    if turn is not None:
        upright = upright.transpose(turn)
    if turn in _SIDEWAYS:
        width, height = height, width
    square = upright.resize((side, side), Image.Resampling.BILINEAR)
    return DecodedImage(np.asarray(square), upright, width, height, format_name, exif)


def _least_part(width: int, height: int, cut: Tiling | Box | None) -> float:
    """Of a side of the picture: what the smallest region has of it."""
    if isinstance(cut, Tiling):
        return cut.smallest_side(width, height) / min(width, height)
    # As the plugin, which does not know whether the picture lies on its side when it chooses the scale.
    return min(cut.width / width, cut.height / height) if cut else 1.0


def _scaled(position: int, length: int, pixels: int) -> int:
    """A position on `length` pixels, rounded on fewer of them."""
    return (2 * position * pixels + length) // (2 * length)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BITS:
        high_byte = (np.asarray(image) >> 8).astype(np.uint8)
        return Image.fromarray(high_byte).convert("RGB")
    if image.mode in {"I", "F"}:
        raise ImageError(f"32-bit samples (mode {image.mode}) have no fixed white; convert it to 8 or 16 bits")
    if image.has_transparency_data:
        coloured = image if image.mode == "RGBA" else image.convert("RGBA")
        white = Image.new("RGB", coloured.size, "white")
        white.paste(coloured, mask=coloured)
        return white
    return image.convert("RGB")


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text[:200]
