"""Edits of the frame: crops, turns, mirrors and perspective."""

import math
from random import Random

from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as transforms

__all__ = ["GEOMETRY", "crop", "flip", "mild_crop", "perspective", "quarter_turn", "rotate", "stretch"]

_BILINEAR = InterpolationMode.BILINEAR


def _colour(random: Random) -> list[float]:
    if random.random() < 0.3:
        return [float(random.randrange(256)) for _ in range(3)]
    return [float(random.choice([0, 255, random.randrange(256)]))] * 3


def _cut(image: Image.Image, random: Random, least: float, most: float) -> Image.Image:
    area = random.uniform(least, most)
    ratio = math.exp(random.uniform(-0.35, 0.35))
    width = min(image.width, max(8, round(image.width * math.sqrt(area * ratio))))
    height = min(image.height, max(8, round(image.height * math.sqrt(area / ratio))))
    left, top = random.randint(0, image.width - width), random.randint(0, image.height - height)
    return transforms.crop(image, top, left, height, width)


def crop(image: Image.Image, random: Random) -> Image.Image:
    """Keep 15 to 75 % of the area, of nearly any shape, from anywhere."""
    return _cut(image, random, 0.15, 0.75)


def mild_crop(image: Image.Image, random: Random) -> Image.Image:
    """Keep 70 to 98 % of the area."""
    return _cut(image, random, 0.7, 0.98)


def flip(image: Image.Image, random: Random) -> Image.Image:
    """Mirror; upside down one time in five."""
    return transforms.vertical_flip(image) if random.random() < 0.2 else transforms.horizontal_flip(image)


def quarter_turn(image: Image.Image, random: Random) -> Image.Image:
    """Turn by 90, 180 or 270 degrees."""
    turns = (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270)
    return image.transpose(random.choice(turns))


def rotate(image: Image.Image, random: Random) -> Image.Image:
    """Turn by any angle, mostly a small one; corners are filled with a colour, or the frame grows, or is cut."""
    angle = random.choice([random.uniform(-180, 180), random.uniform(-30, 30) or 5.0])
    turned = transforms.rotate(image, angle, _BILINEAR, expand=random.random() < 0.4, fill=_colour(random))
    return _centre(turned, random.uniform(0.6, 0.8)) if random.random() < 0.3 else turned


def _centre(image: Image.Image, share: float) -> Image.Image:
    return transforms.center_crop(image, [max(8, int(image.height * share)), max(8, int(image.width * share))])


def perspective(image: Image.Image, random: Random) -> Image.Image:
    """See it from the side: each corner moves by up to a fifth of the sides."""
    width, height = image.size
    corners = [[0, 0], [width - 1, 0], [width - 1, height - 1], [0, height - 1]]
    reach = random.uniform(0.08, 0.2)
    inward = [(1, 1), (-1, 1), (-1, -1), (1, -1)]
    moved = [
        [round(x + across * random.uniform(0.1, 1) * reach * width), round(y + down * random.random() * reach * height)]
        for (x, y), (across, down) in zip(corners, inward, strict=True)
    ]
    return transforms.perspective(image, corners, moved, _BILINEAR, fill=_colour(random))


def stretch(image: Image.Image, random: Random) -> Image.Image:
    """Change the sides' ratio by up to the half."""
    ratio = math.exp(random.choice([-1, 1]) * random.uniform(0.1, 0.4))
    size = [max(8, round(image.height / math.sqrt(ratio))), max(8, round(image.width * math.sqrt(ratio)))]
    return transforms.resize(image, size, _BILINEAR)


GEOMETRY = (crop, mild_crop, flip, quarter_turn, rotate, perspective, stretch)
