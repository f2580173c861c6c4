"""What a method is."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Method", "squares", "unit"]


class Method(Protocol):
    """A way to compare pictures by the cosine of two vectors."""

    @property
    def name(self) -> str:
        """What tables call it."""

    def describe(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """RGB pictures of any sizes to unit vectors, float32 `[N, D]`."""


def squares(pictures: Sequence[Image.Image], side: int) -> NDArray[np.uint8]:
    """Pictures resized as ingest does: uint8 `[N, side, side, 3]`."""
    return np.stack([np.asarray(picture.resize((side, side), Image.Resampling.BILINEAR)) for picture in pictures])


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows scaled to length one; a row of zeros stays."""
    scaled: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    return scaled.astype(np.float32)
