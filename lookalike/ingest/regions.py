"""The regions of an image, as a document holds them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.tiles import Box, Tiling, is_blank
from lookalike.ingest.batching import batched
from lookalike.ingest.stages import Seconds, timed

__all__ = ["Picture", "regions_of"]

_AT_ONCE = 32  # squares held and embedded
Embed = Callable[[Sequence[NDArray[np.uint8]]], NDArray[np.float32] | NDArray[np.int8]]


class Picture(Protocol):
    """What parts can be taken of."""

    @property
    def width(self) -> int:
        """In pixels."""

    @property
    def height(self) -> int:
        """In pixels."""

    def square(self, box: Box, side: int) -> NDArray[np.uint8]:
        """A part, as uint8 `[side, side, 3]`."""


def regions_of(
    picture: Picture, tiling: Tiling, side: int, magnification: float | None, embed: Embed, seconds: Seconds
) -> Iterator[dict[str, Any]]:
    """The regions that are not blank, the whole image first, which has no `embedding` yet.

    `side` is the network's; `magnification` that of the picture's pixels, and a region's is the one at which the
    network sees it. Raises ImageError if the picture is damaged.
    """
    whole, *boxes = tiling.boxes(picture.width, picture.height)
    yield _region(whole, side, magnification)
    for batch in batched(boxes, _AT_ONCE):
        with timed(seconds, "decode"):
            squares = [picture.square(box, side) for box in batch]
            seen = [(box, square) for box, square in zip(batch, squares, strict=True) if not is_blank(square)]
        if not seen:
            continue
        with timed(seconds, "embed"):
            vectors = embed([square for _, square in seen])
        for (box, _), vector in zip(seen, vectors, strict=True):
            yield {**_region(box, side, magnification), "embedding": vector}


def _region(box: Box, side: int, magnification: float | None) -> dict[str, Any]:
    region: dict[str, Any] = {"box": asdict(box)}
    if magnification is not None:
        region["magnification"] = round(magnification * side / min(box.width, box.height), 3)
    return region
