"""Chains of edits: what becomes of a picture on its way through other people's hands."""

from random import Random

from PIL import Image

from lookalike.encoder.training.augmentations.geometry import GEOMETRY
from lookalike.encoder.training.augmentations.overlays import OVERLAYS
from lookalike.encoder.training.augmentations.quality import QUALITY
from lookalike.encoder.training.augmentations.tone import TONE

__all__ = ["edited_copy"]

_LENGTHS = (1, 2, 2, 3, 3, 4)
_KINDS = ("geometry", "geometry", "overlay", "overlay", "tone", "quality")
_LARGEST = 512
_SMALLEST = 32


def edited_copy(image: Image.Image, other: Image.Image, seed: int) -> Image.Image:
    """An RGB picture after one to four edits; `seed` alone decides which, and `other` is what overlays paste.

    Between edits no side is longer than 512 pixels or shorter than 32.
    """
    random = Random(seed)  # noqa: S311
    image = _in_bounds(image)
    for _ in range(random.choice(_LENGTHS)):
        kind = random.choice(_KINDS)
        if kind == "overlay":
            image = random.choice(OVERLAYS)(image, random, other)
        else:
            edits = {"geometry": GEOMETRY, "tone": TONE, "quality": QUALITY}[kind]
            image = random.choice(edits)(image, random)
        image = _in_bounds(image)
    return image


def _in_bounds(image: Image.Image) -> Image.Image:
    width, height = (min(max(side, _SMALLEST), _LARGEST) for side in image.size)
    return image if (width, height) == image.size else image.resize((width, height), Image.Resampling.BILINEAR)
