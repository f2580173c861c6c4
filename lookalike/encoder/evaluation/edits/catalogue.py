"""The edits by name, and the chains of them."""

import zlib
from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from lookalike.encoder.evaluation.edits import additions, colours, geometry, quality
from lookalike.encoder.evaluation.edits.edit import Canvas, Edit

__all__ = ["CHAINS", "HARD", "KINDS", "SINGLES", "apply_kind", "republish"]

_FAMILIES: Mapping[str, Mapping[str, Edit]] = {
    "quality": {
        "blur": quality.blur,
        "noise": quality.noise,
        "specks": quality.specks,
        "pixelate": quality.pixelate,
        "jpeg-30": quality.compress("JPEG", 30),
        "jpeg-8": quality.compress("JPEG", 8),
        "webp-10": quality.compress("WEBP", 10),
        "posterize": quality.posterize,
        "shrink": quality.shrink,
    },
    "colour": {
        "brightness": colours.brightness,
        "contrast": colours.contrast,
        "saturation": colours.saturation,
        "hue": colours.hue,
        "gray": colours.gray,
        "tint": colours.tint,
        "invert": colours.invert,
    },
    "turn": {
        "mirror": geometry.mirror,
        "flip": geometry.flip,
        "rotate-5-20": geometry.rotate(5, 20),
        "rotate-20-70": geometry.rotate(20, 70),
        "rotate-90": geometry.turn,
        "perspective": geometry.perspective,
    },
    "crop": {
        "crop-75": geometry.crop(0.65, 0.85),
        "crop-50": geometry.crop(0.40, 0.60),
        "crop-30": geometry.crop(0.25, 0.35),
        "crop-15": geometry.crop(0.15, 0.20),
        "stretch": geometry.stretch,
    },
    "on top": {
        "text": additions.text,
        "stickers": additions.stickers,
        "watermark": additions.watermark,
    },
    "around": {
        "border": additions.border,
        "caption": additions.caption,
        "screenshot": additions.screenshot,
        "paste": additions.paste,
    },
}
SINGLES: Mapping[str, Edit] = {name: edit for family in _FAMILIES.values() for name, edit in family.items()}
_FAMILY_OF = {name: family for family, edits in _FAMILIES.items() for name in edits}

# What each chain surely contains, and how many edits it has; the others come from families of their own.
CHAINS: Mapping[str, tuple[tuple[str, ...], tuple[int, int]]] = {
    "chain-2": ((), (2, 2)),
    "chain-3": ((), (3, 3)),
    "chain-paste": (("paste",), (2, 3)),
    "chain-crop": (("crop-30", "crop-15"), (2, 3)),
    "chain-rotate": (("rotate-5-20", "rotate-20-70", "rotate-90"), (2, 3)),
    "chain-caption": (("caption",), (2, 3)),
    "chain-flip": (("mirror", "flip"), (2, 3)),
}
KINDS = (*SINGLES, *CHAINS)
HARD = (
    "chain-2",
    "chain-3",
    "paste",
    "crop-15",
    "rotate-5-20",
    "rotate-20-70",
    "rotate-90",
    "caption",
    "mirror",
    "flip",
)
"""Chains of any two or three edits, and the single edits that cost a search most."""


def apply_kind(
    kind: str, image: Image.Image, background: Callable[[], Image.Image], seed: tuple[int, ...]
) -> Image.Image:
    """The picture after an edit or a chain of them. The same seed gives the same pixels."""
    canvas = Canvas(np.random.default_rng([*seed, zlib.crc32(kind.encode())]), background)
    for name in _chain(kind, canvas) if kind in CHAINS else [kind]:
        image = SINGLES[name](image, canvas)
    return image


def _chain(kind: str, canvas: Canvas) -> list[str]:
    sure, (shortest, longest) = CHAINS[kind]
    length = int(canvas.random.integers(shortest, longest + 1))
    names = [str(canvas.random.choice(np.array(sure)))] if sure else []
    families = [family for family in _FAMILIES if family not in {_FAMILY_OF[name] for name in names}]
    for family in canvas.random.permutation(np.array(families))[: length - len(names)]:
        names.append(str(canvas.random.choice(np.array(list(_FAMILIES[str(family)])))))
    order = [str(name) for name in canvas.random.permutation(np.array(names))]
    # Crops come first: after a paste, one might leave nothing of the picture that is looked for.
    return sorted(order, key=lambda name: _FAMILY_OF[name] != "crop")


def republish(image: Image.Image, seed: tuple[int, ...]) -> Image.Image:
    """The picture as another site would show it: smaller, trimmed by up to 2 % a side, lighter or darker, JPEG.

    These are the copies of a picture that an index holds; all of them are nearly the same to an encoder.
    """
    canvas = Canvas(np.random.default_rng([*seed, zlib.crc32(b"republish")]), lambda: image)
    left, top, right, bottom = (canvas.between(0, 0.02) for _ in range(4))
    width, height = image.size
    box = (round(left * width), round(top * height), round((1 - right) * width), round((1 - bottom) * height))
    share = canvas.between(0.5, 1.0)
    smaller = image.crop(box).resize((max(1, round(width * share)), max(1, round(height * share))))
    gain = canvas.between(0.92, 1.08)
    lit = smaller.point([min(255, round(value * gain)) for value in range(256)] * 3)
    return quality.compress("JPEG", int(canvas.random.integers(50, 96)))(lit, canvas)
