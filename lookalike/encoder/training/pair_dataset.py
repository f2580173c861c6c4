"""Pairs for a step: a picture as it is, and an edited copy, both as the network sees them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch.utils.data import Dataset

from lookalike.encoder.training.augmentations.chain import edited_copy
from lookalike.encoder.training.grouping import grouped_order
from lookalike.encoder.training.picture_cache import PictureCache

__all__ = ["Item", "PairDataset", "epoch_batches"]


@dataclass(frozen=True)
class Item:
    """What to make: which picture, what to paste on it, and the seed of its edits."""

    picture: int
    other: int
    seed: int


class PairDataset(Dataset[tuple[NDArray[np.uint8], NDArray[np.uint8], int]]):
    """For each item the plain and the edited view, uint8 `[side, side, 3]`, and the picture's number.

    Everything random is in the item, so that any number of workers make the same pairs.
    """

    def __init__(self, cache: PictureCache, side: int) -> None:
        self._cache = cache
        self._side = side

    def __getitem__(self, item: Item) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int]:
        """Make the pair of an item."""
        square = Image.fromarray(np.asarray(self._cache.pixels[item.picture]))
        edited = edited_copy(self._upright(item.picture), self._upright(item.other), item.seed)
        return self._squeeze(square), self._squeeze(edited), item.picture

    def _upright(self, picture: int) -> Image.Image:
        """The picture with the sides' ratio it had, so that turning and cropping it mean what they mean."""
        square = Image.fromarray(np.asarray(self._cache.pixels[picture]))
        ratio = float(np.clip(self._cache.ratios[picture], 1 / 3, 3))
        size = (round(square.width * math.sqrt(ratio)), round(square.height / math.sqrt(ratio)))
        return square.resize(size, Image.Resampling.BILINEAR)

    def _squeeze(self, image: Image.Image) -> NDArray[np.uint8]:
        return np.asarray(image.resize((self._side, self._side), Image.Resampling.BILINEAR))


def epoch_batches(
    pictures: int, batch: int, seed: int, first_step: int, neighbours: NDArray[np.int64] | None = None
) -> Iterator[list[Item]]:
    """The items of step `first_step` and all later ones, without end.

    Each epoch takes every picture once in an order of its own, next to some of its `neighbours` (as of
    `nearest_pictures`) if they are given, and drops what does not fill a batch; what a step gets depends on nothing
    but its number, the seed and the neighbours.
    """
    in_epoch = pictures // batch
    step = first_step
    while True:
        epoch, position = divmod(step, in_epoch)
        drawn = np.random.default_rng([seed, epoch])
        order = drawn.permutation(pictures) if neighbours is None else grouped_order(neighbours, drawn)
        for start in range(position * batch, in_epoch * batch, batch):
            random = Random(f"{seed} {step}")  # noqa: S311
            yield [
                Item(int(picture), random.randrange(pictures), random.getrandbits(48))
                for picture in order[start : start + batch]
            ]
            step += 1
