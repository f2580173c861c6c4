"""As many vectors as wanted with the distribution of real embeddings: embeddings of pictures, and noise."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.cores import usable_cores
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.evaluation.embedding import describe_all
from lookalike.encoder.evaluation.methods.encoder import EncoderMethod
from lookalike.encoder.evaluation.pictures import list_pictures, open_picture
from lookalike.errors import ImageError

__all__ = ["NoisyVectors", "Vectors", "real_embeddings"]

Vectors = NDArray[np.float32]
_AT_ONCE = 10_000


def real_embeddings(folders: Sequence[Path]) -> Vectors:
    """Embeddings by the default model of all pictures in the folders and below: float32 `[N, D]`, unit length.

    Files that are no pictures are left out. Raises ConfigError if a folder is none.
    """
    encoder = EncoderMethod(find_artefact(), "encoder", usable_cores())
    makers = [partial(_open, picture.path) for picture in list_pictures(folders, [])]
    (embeddings,) = describe_all(makers, [encoder], usable_cores())
    return embeddings


def _open(path: Path) -> list[Image.Image]:
    try:
        return [open_picture(path)]
    except ImageError:
        return []


class NoisyVectors:
    """Unit vectors, each a real embedding, drawn at random, and noise; the same seed draws the same.

    The noise is normal, with the covariance of the embeddings, so that it leads to where embeddings are. It is as long
    as an embedding is far from their mean: two vectors of one embedding have a cosine of about 0.5.
    """

    def __init__(self, real: Vectors, count: int, seed: int = 0) -> None:
        self.count, self.dimension = count, real.shape[1]
        self._real, self._seed = real, seed
        values, directions = np.linalg.eigh(np.cov(real, rowvar=False))
        self._spread = (directions * np.sqrt(np.maximum(values, 0))).astype(np.float32)

    def portions(self) -> Iterator[Vectors]:
        """All of them, some thousands at a time: float32 `[N, D]`."""
        for start in range(0, self.count, _AT_ONCE):
            yield self._some(np.random.default_rng([self._seed, 1, start]), min(_AT_ONCE, self.count - start))

    def others(self, count: int) -> Vectors:
        """More of the same, to ask with: float32 `[count, D]`."""
        return self._some(np.random.default_rng([self._seed, 2]), count)

    def _some(self, random: np.random.Generator, count: int) -> Vectors:
        real = self._real[random.integers(len(self._real), size=count)]
        noise = random.standard_normal(real.shape, dtype=np.float32) @ self._spread.T
        vectors: Vectors = real + noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors
