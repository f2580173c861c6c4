"""Edits that move every pixel."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.edits.edit import Canvas, Edit, shade

__all__ = ["crop", "flip", "mirror", "perspective", "rotate", "stretch", "turn"]


def mirror(image: Image.Image, _: Canvas) -> Image.Image:
    """Left and right exchanged."""
    return image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def flip(image: Image.Image, _: Canvas) -> Image.Image:
    """Top and bottom exchanged."""
    return image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)


def turn(image: Image.Image, canvas: Canvas) -> Image.Image:
    """A quarter turn, either way."""
    return image.transpose(Image.Transpose.ROTATE_90 if canvas.random.random() < 0.5 else Image.Transpose.ROTATE_270)


def rotate(low: float, high: float) -> Edit:
    """Turned by `low` to `high` degrees, either way, the whole picture kept and the corners filled."""

    def edit(image: Image.Image, canvas: Canvas) -> Image.Image:
        degrees = canvas.either(-1, 1) * canvas.between(low, high)
        return image.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=shade(canvas))

    return edit


def crop(low: float, high: float) -> Edit:
    """A part anywhere in the picture with `low` to `high` of its area and at most 1.4 times its aspect ratio."""

    def edit(image: Image.Image, canvas: Canvas) -> Image.Image:
        area = canvas.between(low, high)
        aspect = math.exp(canvas.between(-1, 1) * min(math.log(1.4), -math.log(area) / 2))
        width = max(1, round(image.width * math.sqrt(area * aspect)))
        height = max(1, round(image.height * math.sqrt(area / aspect)))
        x = int(canvas.random.integers(0, max(image.width - width, 0) + 1))
        y = int(canvas.random.integers(0, max(image.height - height, 0) + 1))
        return image.crop((x, y, min(x + width, image.width), min(y + height, image.height)))

    return edit


def stretch(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Made 1.4 to 2 times as wide, or as high, in proportion."""
    factor = canvas.between(1.4, 2.0)
    wider = canvas.random.integers(0, 2)
    size = (image.width, round(image.height / factor)) if wider else (round(image.width / factor), image.height)
    return image.resize((max(1, size[0]), max(1, size[1])), Image.Resampling.BILINEAR)


def perspective(image: Image.Image, canvas: Canvas) -> Image.Image:
    """Seen at an angle: every corner moves inwards by up to a quarter of the sides."""
    width, height = image.size
    moves = canvas.random.uniform(0.05, 0.25, (4, 2)) * [width, height]
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], float)
    seen = corners + moves * [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    return image.transform(
        image.size,
        Image.Transform.PERSPECTIVE,
        _coefficients(seen, corners),
        Image.Resampling.BILINEAR,
        fillcolor=shade(canvas),
    )


def _coefficients(seen: NDArray[np.float64], source: NDArray[np.float64]) -> list[float]:
    """The eight numbers of the projective map that takes each point `[4, 2]` of `seen` to that of `source`."""
    rows, values = [], []
    for (x, y), (u, v) in zip(seen, source, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return [float(part) for part in np.linalg.solve(np.array(rows), np.array(values))]
