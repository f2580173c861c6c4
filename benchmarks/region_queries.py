"""Crops of photographs to search by, and where in their photograph they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from lookalike.encoder.tiles import Box, is_blank

__all__ = ["Crop", "intersection_over_union", "write_crops"]

_AREAS = (0.05, 0.30)
_ASPECTS = (3 / 4, 4 / 3)
_SCALES = (0.5, 2.0)
_TRIES = 100
_ORIENTATIONS = 8


@dataclass(frozen=True)
class Crop:
    """A part of an image: its file, the image's, its box there, and its share of the image's area."""

    file: Path
    image: Path
    box: Box
    share: float


def write_crops(images: Sequence[Path], folder: Path, count: int, seed: int) -> list[Crop]:
    """JPEG files of crops of the images in turn.

    Each is 5 to 30 % of the area, of an aspect of 3:4 to 4:3, scaled by 0.5 to 2 (all three evenly on a logarithmic
    scale), and in one of the eight orientations. A crop on which there is nothing to see is drawn again.
    """
    crops = []
    for number, image in enumerate(images[turn % len(images)] for turn in range(count)):
        random = np.random.default_rng([seed, number])
        with Image.open(image) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        box = _box(picture, random)
        part = picture.crop((box.x, box.y, box.x + box.width, box.y + box.height))
        scale = _between(_SCALES, random)
        part = part.resize((max(1, round(box.width * scale)), max(1, round(box.height * scale))))
        orientation = int(random.integers(_ORIENTATIONS))
        if orientation >= 4:
            part = ImageOps.mirror(part)
        part = part.rotate(90 * (orientation % 4), expand=True)
        file = folder / f"{number:05}.jpg"
        part.save(file, quality=90)
        crops.append(Crop(file, image, box, box.width * box.height / (picture.width * picture.height)))
    return crops


def intersection_over_union(one: Box, other: Box) -> float:
    """Of two rectangles: the part of what they cover that they share."""
    common = one.common_area(other)
    return common / (one.width * one.height + other.width * other.height - common)


def _box(picture: Image.Image, random: np.random.Generator) -> Box:
    for _ in range(_TRIES):
        area = _between(_AREAS, random) * picture.width * picture.height
        aspect = _between(_ASPECTS, random)
        width, height = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if width > picture.width or height > picture.height:
            continue
        x = int(random.integers(picture.width - width + 1))
        y = int(random.integers(picture.height - height + 1))
        if not is_blank(np.asarray(picture.crop((x, y, x + width, y + height)))):
            break
    else:
        raise ValueError("expected an image with something to see on it")
    return Box(x, y, width, height)


def _between(bounds: tuple[float, float], random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(*np.log(bounds))))
