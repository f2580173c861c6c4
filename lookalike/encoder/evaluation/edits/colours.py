"""Edits of colour that leave every line where it was."""

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from lookalike.encoder.evaluation.edits.edit import Canvas

__all__ = ["brightness", "contrast", "gray", "hue", "invert", "saturation", "tint"]


def brightness(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Much darker (0.4 to 0.6) or much brighter (1.5 to 1.9)."""
    factor = canvas.either(canvas.between(0.4, 0.6), canvas.between(1.5, 1.9))
    return ImageEnhance.Brightness(image).enhance(factor)


def contrast(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Dull (0.3 to 0.5) or harsh (1.7 to 2.5)."""
    factor = canvas.either(canvas.between(0.3, 0.5), canvas.between(1.7, 2.5))
    return ImageEnhance.Contrast(image).enhance(factor)


def saturation(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Nearly gray (0.1 to 0.3) or garish (2 to 4)."""
    factor = canvas.either(canvas.between(0.1, 0.3), canvas.between(2.0, 4.0))
    return ImageEnhance.Color(image).enhance(factor)


def hue(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Every colour turned on the colour wheel by 30 to 180 degrees, either way."""
    turn = canvas.either(-1, 1) * canvas.between(30, 180) / 360 * 256
    tone, strength, value = image.convert("HSV").split()
    turned = Image.fromarray(((np.asarray(tone).astype(int) + round(turn)) % 256).astype(np.uint8))
    return Image.merge("HSV", (turned, strength, value)).convert("RGB")


def gray(image: Image.Image, _: Canvas) -> Image.Image:
    """No colour."""
    return image.convert("L").convert("RGB")


def invert(image: Image.Image, _: Canvas) -> Image.Image:
    """The negative."""
    return ImageOps.invert(image)


def tint(image: Image.Image, canvas: Canvas) -> Image.Image:
    """One-coloured, as sepia is: black, any hue, white."""
    middle = f"hsv({round(canvas.between(0, 359))}, 60%, 60%)"
    return ImageOps.colorize(image.convert("L"), "black", "white", middle)
