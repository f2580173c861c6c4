"""Files that must be refused, with the part of the message that is the same in Python and in Java."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.golden.containers import bmp, jpeg_segment, tiff
from tests.pictures import encoded, picture, png_bomb

__all__ = ["RefusedFile", "refused"]

_TRUNCATED = "damaged image: "
_TOO_MANY = "more than 100,000,000"
_NO_WHITE = "have no fixed white; convert it to 8 or 16 bits"


@dataclass(frozen=True)
class RefusedFile:
    """A file, how the plugin's statistics call the failure, and the common part of the message."""

    name: str
    data: bytes
    kind: str
    reason: str


def refused() -> Iterator[RefusedFile]:
    """All of them; the same bytes on every run with the same Pillow."""
    yield RefusedFile("refused-empty.jpg", b"", "EMPTY", "empty file (0 bytes)")
    yield RefusedFile(
        "refused-text.jpg", b"just text, named .jpg", "NOT_AN_IMAGE", "not a jpeg, png, webp, gif, bmp, tiff image"
    )
    yield from _truncated()
    yield from _bombs()
    float_samples = encoded(Image.new("F", (9, 9)), "TIFF")
    yield RefusedFile("refused-float.tif", float_samples, "UNSUPPORTED", _NO_WHITE)
    yield RefusedFile("refused-32-bit.tif", encoded(Image.new("I", (9, 9)), "TIFF"), "UNSUPPORTED", _NO_WHITE)


def _truncated() -> Iterator[RefusedFile]:
    image = picture(3, (96, 72))
    for form, options in (
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("PNG", {}),
        ("GIF", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
    ):
        data = encoded(image, form, **options)
        name = "-".join(["refused-half", *options]) + "." + form.lower()
        yield RefusedFile(name, data[: len(data) * 6 // 10], "DAMAGED", _TRUNCATED)
    yield RefusedFile("refused-no-end.jpeg", encoded(image, "JPEG")[:-2], "DAMAGED", _TRUNCATED)
    yield RefusedFile("refused-no-bytes.bmp", bmp((40, 30), 24, b""), "DAMAGED", _TRUNCATED)


def _bombs() -> Iterator[RefusedFile]:
    yield RefusedFile("refused-bomb.png", png_bomb(), "TOO_MANY_PIXELS", _TOO_MANY)
    yield RefusedFile("refused-bomb.bmp", bmp((20_000, 20_000), 24, bytes(99)), "TOO_MANY_PIXELS", _TOO_MANY)
    one = np.zeros((1, 1, 3), np.uint8)
    large = tiff(one, 2, tags={256: [20_000], 257: [20_000]}, deflated=True)
    yield RefusedFile("refused-bomb.tif", large, "TOO_MANY_PIXELS", _TOO_MANY)
    frame = jpeg_segment(0xC0, b"\x08\xff\xff\xff\xff\x01\x01\x11\x00")
    scan = jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    yield RefusedFile("refused-bomb.jpg", b"\xff\xd8" + frame + scan + b"\xff\xd9", "TOO_MANY_PIXELS", _TOO_MANY)
    screen = b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08\x00;"
    yield RefusedFile("refused-bomb.gif", screen, "TOO_MANY_PIXELS", _TOO_MANY)
