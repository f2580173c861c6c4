"""TIFFs that tests make: tiled, with and without a pyramid, as slide scanners write them."""

from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

__all__ = ["APERIO", "large_pixels", "write_tiff"]

APERIO = "Aperio Image Library v1\n12000x11000 |AppMag = 40|MPP = 0.25"


def large_pixels(width: int, height: int) -> NDArray[np.uint8]:
    """White `[height, width, 3]` with coloured gradients and fine stripes in its upper left quarter."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    random = np.random.default_rng(0)
    colours = Image.fromarray(random.integers(0, 200, (8, 8, 3), np.uint8))
    part = np.asarray(colours.resize((width // 2, height // 2), Image.Resampling.BILINEAR)).copy()
    part[::64] += 50
    pixels[: height // 2, : width // 2] = part
    return pixels


def write_tiff(path: Path, pixels: NDArray[np.uint8], levels: int = 1, **options: Any) -> Path:
    """A TIFF, by default deflated in tiles of 512 pixels; each of its levels is a quarter as wide as the one before."""
    given: dict[str, Any] = {"tile": (512, 512), "compression": "deflate", "compressionargs": {"level": 1}, **options}
    with tifffile.TiffWriter(path) as file:
        level = Image.fromarray(pixels)
        for number in range(levels):
            small = np.asarray(level.reduce(4**number))
            file.write(small, photometric="rgb", metadata=None, subfiletype=int(number > 0), **given)
    return path
