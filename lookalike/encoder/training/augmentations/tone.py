"""Edits of colours and light."""

from random import Random

from PIL import Image, ImageOps
from torchvision.transforms.v2 import functional as transforms

__all__ = ["TONE", "colour", "contrast", "curve", "duotone", "grayscale", "invert", "light", "swap"]


def _away(random: Random, least: float, most: float) -> float:
    """A factor that makes less or more, and never next to nothing."""
    factor = random.uniform(least, most)
    return factor if random.random() < 0.5 else 1 / factor


def light(image: Image.Image, random: Random) -> Image.Image:
    """Brighter or darker."""
    return transforms.adjust_brightness(image, _away(random, 1.2, 2.0))


def contrast(image: Image.Image, random: Random) -> Image.Image:
    """More or less contrast."""
    return transforms.adjust_contrast(image, _away(random, 1.2, 2.5))


def colour(image: Image.Image, random: Random) -> Image.Image:
    """Other saturation, other hue."""
    saturated = transforms.adjust_saturation(image, _away(random, 1.3, 3.0))
    return transforms.adjust_hue(saturated, random.choice([-1, 1]) * random.uniform(0.03, 0.5))


def grayscale(image: Image.Image, random: Random) -> Image.Image:
    """Gray, or sepia."""
    gray = transforms.rgb_to_grayscale(image)
    if random.random() < 0.3:
        return ImageOps.colorize(gray.convert("L"), (30, 15, 0), (255, 240, 200))
    return gray.convert("RGB")


def duotone(image: Image.Image, random: Random) -> Image.Image:
    """A dark and a light colour instead of black and white."""
    dark = tuple(random.randrange(100) for _ in range(3))
    bright = tuple(random.randrange(150, 256) for _ in range(3))
    return ImageOps.colorize(image.convert("L"), dark, bright)


def invert(image: Image.Image, random: Random) -> Image.Image:
    """The negative; or only what is bright of it."""
    return transforms.solarize(image, random.uniform(90, 180)) if random.random() < 0.3 else transforms.invert(image)


def curve(image: Image.Image, random: Random) -> Image.Image:
    """Another gamma, fewer levels, or contrast stretched to the ends."""
    kind = random.randrange(3)
    if kind == 0:
        return transforms.posterize(image, random.randint(2, 4))
    if kind == 1:
        return transforms.equalize(image)
    return transforms.adjust_gamma(image, _away(random, 1.4, 2.4))


def swap(image: Image.Image, random: Random) -> Image.Image:
    """Red, green and blue exchanged."""
    planes = image.split()
    return Image.merge("RGB", [planes[index] for index in random.choice([(1, 2, 0), (2, 0, 1), (2, 1, 0), (0, 2, 1)])])


TONE = (light, contrast, colour, grayscale, duotone, invert, curve, swap)
