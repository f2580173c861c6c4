"""Small pictures to look at, as text that JSON and HTML can hold."""

import base64
import io

from PIL import Image

__all__ = ["jpeg_thumbnail"]

_QUALITY = 80


def jpeg_thumbnail(upright: Image.Image, side: int) -> str:
    """A JPEG of an RGB picture that fits into a square of `side` pixels, never enlarged, as base64."""
    if max(upright.size) > side:
        upright = upright.copy()
        upright.thumbnail((side, side), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    upright.save(buffer, "JPEG", quality=_QUALITY)
    return base64.b64encode(buffer.getvalue()).decode()
