"""What people do to a picture before they post it again."""

import io
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

__all__ = ["EDITS"]


def _crop(image: Image.Image) -> Image.Image:
    """Keep 42 % of the area, off the centre."""
    width, height = image.size
    return image.crop((int(0.10 * width), int(0.15 * height), int(0.75 * width), int(0.80 * height)))


def _rotate(image: Image.Image) -> Image.Image:
    """Turn by 20 degrees on a black ground."""
    return image.rotate(20, resample=Image.Resampling.BICUBIC, expand=True)


def _caption(image: Image.Image) -> Image.Image:
    """Two lines across the picture and a band below it."""
    width, height = image.size
    band = height // 5
    framed = Image.new("RGB", (width, height + band), "white")
    framed.paste(image)
    draw = ImageDraw.Draw(framed)
    large = ImageFont.load_default(size=height // 8)
    small = ImageFont.load_default(size=height // 14)
    draw.text(
        (width // 20, height // 20),
        "WHEN YOU SEE IT",
        fill="white",
        stroke_width=3,
        stroke_fill="black",
        font=large,
    )
    draw.text((width // 20, height + band // 4), "seen somewhere on the net", fill="black", font=small)
    return framed


def _heavy_jpeg(image: Image.Image) -> Image.Image:
    """JPEG of quality 10, where blocks and banding are plain to see."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=10)
    return Image.open(buffer).convert("RGB")


EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "crop": _crop,
    "rotation": _rotate,
    "caption": _caption,
    "heavy-jpeg": _heavy_jpeg,
}
