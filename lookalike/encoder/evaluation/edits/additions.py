"""Edits that put something on the picture or around it."""

import math

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from lookalike.encoder.evaluation.edits.edit import Canvas, colour, shade

__all__ = ["border", "caption", "paste", "screenshot", "stickers", "text", "watermark"]

_WORDS = (
    "when",
    "the",
    "very",
    "first",
    "picture",
    "of",
    "this",
    "place",
    "nobody",
    "had",
    "seen",
    "like",
    "that",
    "today",
)


def border(image: Image.Image, canvas: Canvas) -> Image.Image:
    """A frame of one colour, 6 to 20 % of the shorter side."""
    width = max(1, round(canvas.between(0.06, 0.20) * min(image.size)))
    return ImageOps.expand(image, width, shade(canvas))


def caption(image: Image.Image, canvas: Canvas) -> Image.Image:
    """A band of text above or below, 15 to 30 % of the height."""
    band = max(4, round(canvas.between(0.15, 0.30) * image.height))
    above = canvas.random.random() < 0.5
    dark = canvas.random.random() < 0.5
    ground, ink = ("black", "white") if dark else ("white", "black")
    whole = Image.new("RGB", (image.width, image.height + band), ground)
    whole.paste(image, (0, band if above else 0))
    middle = (image.width / 2, band / 2 if above else image.height + band / 2)
    font = _font(image.width, 22, band * 0.4)
    ImageDraw.Draw(whole).multiline_text(middle, _sentence(canvas, 8, 4), ink, font, "mm", align="center")
    return whole


def text(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Two or three lines of outlined text over the middle of the picture."""
    whole = image.copy()
    place = (image.width / 2, image.height * canvas.between(0.3, 0.7))
    font = _font(image.width, canvas.between(14, 22), image.height / 6)
    outline = max(1, round(float(font.size) / 12))
    ImageDraw.Draw(whole).multiline_text(
        place, _sentence(canvas, 9, 3), colour(canvas), font, "mm", align="center", stroke_width=outline, stroke_fill=0
    )
    return whole


def stickers(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Two to five faces like emoji, each 15 to 35 % of the shorter side."""
    whole = image.copy()
    draw = ImageDraw.Draw(whole)
    for _ in range(int(canvas.random.integers(2, 6))):
        side = max(8.0, canvas.between(0.15, 0.35) * min(image.size))
        x = canvas.between(0, max(image.width - side, 0))
        y = canvas.between(0, max(image.height - side, 0))
        draw.ellipse((x, y, x + side, y + side), colour(canvas), outline="black", width=max(1, round(side / 20)))
        for eye in (0.3, 0.6):
            draw.ellipse((x + eye * side, y + 0.3 * side, x + (eye + 0.1) * side, y + 0.45 * side), "black")
        box = (x + 0.25 * side, y + 0.4 * side, x + 0.75 * side, y + 0.8 * side)
        draw.arc(box, 20, 160, "black", max(1, round(side / 15)))
    return whole


def watermark(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Slanted, half transparent words all over."""
    side = 2 * max(image.size)
    layer = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(layer)
    font = _font(image.width, 20, image.height / 8)
    step = max(8, round(float(font.size) * 3))
    for row, y in enumerate(range(0, side, step)):
        draw.text((-(row % 3) * step, y), "   ".join([_sentence(canvas, 3, 3)] * 12), 255, font)
    layer = layer.rotate(30, Image.Resampling.BILINEAR)
    left, top = (side - image.width) // 2, (side - image.height) // 2
    strength = canvas.between(0.35, 0.65)
    mask = layer.crop((left, top, left + image.width, top + image.height)).point(
        [round(v * strength) for v in range(256)]
    )
    whole = image.copy()
    whole.paste(Image.new("RGB", image.size, shade(canvas)), mask=mask)
    return whole


def screenshot(image: Image.Image, canvas: Canvas) -> Image.Image:
    """As a telephone shows it: bars above and below, lines of text, the picture across the whole width."""
    dark = canvas.random.random() < 0.5
    ground, ink = ((24, 24, 28), (220, 220, 220)) if dark else ((250, 250, 250), (40, 40, 40))
    bar = max(6, round(canvas.between(0.10, 0.18) * image.width))
    below = max(12, round(canvas.between(0.25, 0.55) * image.width))
    whole = Image.new("RGB", (image.width, image.height + bar + below), ground)
    whole.paste(image, (0, bar))
    draw = ImageDraw.Draw(whole)
    draw.ellipse((bar * 0.2, bar * 0.2, bar * 0.8, bar * 0.8), colour(canvas))
    draw.text((bar, bar * 0.3), _sentence(canvas, 3, 3), ink, _font(image.width, 34, bar * 0.45))
    line = max(5.0, below / 6)
    for row in range(4):
        y = image.height + bar + below * 0.2 + row * line
        draw.text((bar * 0.3, y), _sentence(canvas, 7, 7), ink, _font(image.width, 42, line * 0.7))
    return whole


def paste(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Pasted into a foreign picture, of whose area it covers 20 to 45 %, or what fits."""
    whole = canvas.background().copy()
    area = canvas.between(0.20, 0.45) * whole.width * whole.height
    factor = math.sqrt(area / (image.width * image.height))
    factor = min(factor, 0.95 * whole.width / image.width, 0.95 * whole.height / image.height)
    small = image.resize((max(1, round(image.width * factor)), max(1, round(image.height * factor))))
    x = int(canvas.random.integers(0, max(whole.width - small.width, 0) + 1))
    y = int(canvas.random.integers(0, max(whole.height - small.height, 0) + 1))
    whole.paste(small, (x, y))
    return whole


def _sentence(canvas: Canvas, words: int, a_line: int) -> str:
    chosen = [str(word) for word in canvas.random.choice(np.array(_WORDS), words)]
    return "\n".join(" ".join(chosen[start : start + a_line]) for start in range(0, words, a_line))


def _font(width: int, letters: float, highest: float) -> ImageFont.FreeTypeFont:
    """Pillow's own font, in a size of which about that many letters fill a width, at most so many pixels high."""
    font = ImageFont.load_default(max(4.0, min(width / letters * 1.8, highest)))
    if not isinstance(font, ImageFont.FreeTypeFont):  # a Pillow without FreeType has one bitmap font
        raise TypeError("Pillow was built without FreeType")
    return font
