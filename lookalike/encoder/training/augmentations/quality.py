"""Edits that lose detail."""

import io
from random import Random

import numpy as np
from PIL import Image, ImageChops, ImageFilter

__all__ = ["QUALITY", "blur", "jpeg", "noise", "pixelate", "shake", "sharpen", "shrink"]


def blur(image: Image.Image, random: Random) -> Image.Image:
    """Out of focus, by a radius of 0.6 to 2.5 % of the longer side."""
    return image.filter(ImageFilter.GaussianBlur(max(image.size) * random.uniform(0.006, 0.025)))


def shake(image: Image.Image, random: Random) -> Image.Image:
    """The camera moved: smeared along one direction by 1 to 5 % of the longer side."""
    turned = random.choice([0, 45, 90, 135])
    reach = max(2, round(max(image.size) * random.uniform(0.01, 0.05)))
    step = {0: (1, 0), 45: (1, 1), 90: (0, 1), 135: (1, -1)}[turned]
    total = np.asarray(image).astype(np.uint32)
    for shift in range(1, reach):
        moved = ImageChops.offset(image, step[0] * shift, step[1] * shift)
        total = total + np.asarray(moved)
    width, height = image.size
    across, down = step[0] * reach, step[1] * reach  # at the edges the sum has met the opposite ones
    box = (max(across, 0), max(down, 0), width + min(across, 0), height + min(down, 0))
    return Image.fromarray((total // reach).astype(np.uint8)).crop(box)


def sharpen(image: Image.Image, random: Random) -> Image.Image:
    """Edges exaggerated."""
    return image.filter(ImageFilter.UnsharpMask(random.uniform(1, 3), random.randint(100, 300), 1))


def noise(image: Image.Image, random: Random) -> Image.Image:
    """Grain in gray or colour, or salt and pepper."""
    numbers = np.random.default_rng(random.getrandbits(64))
    pixels = np.asarray(image)
    if random.random() < 0.25:
        spots = numbers.random(pixels.shape[:2])
        share = random.uniform(0.01, 0.06)
        spotted = np.where((spots < share)[..., None], 0, np.where((spots > 1 - share)[..., None], 255, pixels))
        return Image.fromarray(spotted.astype(np.uint8))
    planes = 3 if random.random() < 0.7 else 1
    grain = numbers.normal(0, random.uniform(8, 45), (*pixels.shape[:2], planes)).astype(np.float32)
    return Image.fromarray(np.clip(pixels + grain, 0, 255).astype(np.uint8))


def pixelate(image: Image.Image, random: Random) -> Image.Image:
    """Squares of one colour, 16 to 48 along the longer side."""
    factor = random.randint(16, 48) / max(image.size)
    small = (max(2, round(image.width * factor)), max(2, round(image.height * factor)))
    return image.resize(small, Image.Resampling.BOX).resize(image.size, Image.Resampling.NEAREST)


def shrink(image: Image.Image, random: Random) -> Image.Image:
    """Reduced to 32 to 80 pixels and enlarged again."""
    factor = random.randint(32, 80) / max(image.size)
    small = (max(2, round(image.width * factor)), max(2, round(image.height * factor)))
    return image.resize(small, Image.Resampling.BILINEAR).resize(image.size, Image.Resampling.BILINEAR)


def jpeg(image: Image.Image, random: Random) -> Image.Image:
    """Saved as a JPEG of quality 3 to 35, once or twice."""
    for _ in range(random.randint(1, 2)):
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=random.randint(3, 35))
        image = Image.open(buffer).convert("RGB")
    return image


QUALITY = (blur, shake, sharpen, noise, pixelate, shrink, jpeg)
