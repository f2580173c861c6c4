"""Perceptual hashes of 256 bits; the cosine of bits as ±1 is 1 - distance / 128."""

from collections.abc import Callable, Sequence

import imagehash
import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.methods.method import unit

__all__ = ["HashMethod", "hash_methods"]


class HashMethod:
    """A function of a picture to 256 bits."""

    def __init__(self, name: str, bits: Callable[[Image.Image], NDArray[np.bool_]]) -> None:
        self.name = name
        self._bits = bits

    def describe(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """±1/16 for each bit."""
        bits = np.stack([self._bits(picture) for picture in pictures])
        return unit(np.where(bits, np.float32(1), np.float32(-1)))


def hash_methods() -> list[HashMethod]:
    """pHash and dHash as imagehash computes them, and PDQ."""
    return [
        HashMethod("pHash-256", lambda picture: np.asarray(imagehash.phash(picture, hash_size=16).hash).ravel()),
        HashMethod("dHash-256", lambda picture: np.asarray(imagehash.dhash(picture, hash_size=16).hash).ravel()),
        HashMethod("PDQ", lambda picture: np.asarray(pdqhash.compute(np.asarray(picture))[0]).astype(bool)),
    ]
