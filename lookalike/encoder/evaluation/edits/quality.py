"""Edits that lose detail."""

import io

import numpy as np
from PIL import Image, ImageFilter

from lookalike.encoder.evaluation.edits.edit import Canvas, Edit

__all__ = ["blur", "compress", "noise", "pixelate", "posterize", "shrink", "specks"]


def blur(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Gaussian blur, its radius 1 to 2.5 % of the shorter side."""
    radius = canvas.between(0.01, 0.025) * min(image.size)
    return image.filter(ImageFilter.GaussianBlur(max(radius, 1.0)))


def noise(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Gaussian noise with a deviation of 20 to 50 of 255 in every sample."""
    pixels = np.asarray(image).astype(np.float32)
    grain = canvas.random.standard_normal(pixels.shape, np.float32) * canvas.between(20, 50)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def specks(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Salt and pepper: 4 to 12 % of the pixels become white or black."""
    pixels = np.array(image)
    hit = canvas.random.random(pixels.shape[:2])
    share = canvas.between(0.04, 0.12)
    pixels[hit < share / 2] = 0
    pixels[hit > 1 - share / 2] = 255
    return Image.fromarray(pixels)


def pixelate(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Squares of one colour, 24 to 40 along the longer side."""
    cells = canvas.between(24, 40) / max(image.size)
    small = image.resize((max(1, int(image.width * cells)), max(1, int(image.height * cells))), Image.Resampling.BOX)
    return small.resize(image.size, Image.Resampling.NEAREST)


def compress(form: str, quality: int) -> Edit:
    """The picture as a file format and quality leave it."""

    def edit(image: Image.Image, _: Canvas) -> Image.Image:
        buffer = io.BytesIO()
        image.save(buffer, form, quality=quality)
        return Image.open(buffer).convert("RGB")

    return edit


def posterize(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Three to five levels for each of red, green and blue."""
    step = 255 / (int(canvas.random.integers(3, 6)) - 1)
    return image.point([round(round(value / step) * step) for value in range(256)] * 3)


def shrink(image: Image.Image, canvas: Canvas) -> Image.Image:
    """A small version: the longer side becomes 48 to 96 pixels (never more than before)."""
    share = min(canvas.between(48, 96) / max(image.size), 0.9)
    return image.resize(
        (max(1, round(image.width * share)), max(1, round(image.height * share))), Image.Resampling.LANCZOS
    )
