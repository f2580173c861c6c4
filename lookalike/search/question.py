"""The picture that is asked about: a file or the bytes of one, or a part of it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.decode import DecodedImage, decoded
from lookalike.encoder.image_file import read_image_file
from lookalike.encoder.slide_file import is_slide
from lookalike.encoder.slides import Slide, open_slide
from lookalike.encoder.thumbnail import jpeg_thumbnail
from lookalike.encoder.tiles import Box
from lookalike.errors import ImageError, SearchError
from lookalike.printable import printable

__all__ = ["VIEWS", "Question", "views_of"]

VIEWS = ("flip", "rotations")
_PREVIEW_SIDE = 320
_PART_SIDE = 1024
_SENT_AS_IT_IS = 200_000  # bytes: about a megapixel; what the plugin decodes as quickly as Pillow


@dataclass(frozen=True)
class _Seen:
    """What was found out of a picture: its region as the network takes it and larger, the size of the whole, a preview,
    its magnification."""

    square: NDArray[np.uint8]
    part: Image.Image
    width: int
    height: int
    preview: str
    magnification: float | None


@dataclass(frozen=True)
class Question:
    """A picture to look for, or its `region` in its pixels; `side` is the network's. Read and decoded when needed.

    `image` is a file, or the bytes of one that is nowhere on disk.

    What it tells raises SearchError for a bad picture, and for a region that does not lie inside it.
    """

    image: Path | bytes
    region: Box | None
    side: int

    @property
    def name(self) -> str:
        """For people."""
        return printable(self.image.name) if isinstance(self.image, Path) else "the picture"

    @cached_property
    def data(self) -> bytes | None:
        """The file, None for a slide, which is read part by part."""
        if isinstance(self.image, bytes):
            return self.image
        with self._explained():
            return None if is_slide(self.image) else read_image_file(self.image)

    @property
    def square(self) -> NDArray[np.uint8]:
        """The region as the network takes it."""
        return self._seen.square

    @property
    def part(self) -> Image.Image:
        """The region as an RGB picture of at most 1,024 pixels a side."""
        return self._seen.part

    @property
    def fractions(self) -> dict[str, float] | None:
        """`x`, `y`, `width` and `height` of the region in fractions of the picture's sides, None for the whole."""
        if self.region is None:
            return None
        sides = {"x": self._seen.width, "y": self._seen.height}
        sides |= {"width": sides["x"], "height": sides["y"]}
        return {name: getattr(self.region, name) / side for name, side in sides.items()}

    @property
    def sent(self) -> tuple[bytes, dict[str, float] | None]:
        """What a node is to embed: an encoded picture, and the fractions of its region.

        Of a slide or a large file this is the region as the network takes it, as PNG: Java decodes a JPEG at full scale
        whatever is needed of it, which takes a node eight times as long as Pillow, and more memory.
        """
        if self.data is not None and len(self.data) <= _SENT_AS_IT_IS:
            return self.data, self.fractions
        file = io.BytesIO()
        Image.fromarray(self.square).save(file, "PNG", compress_level=1)
        return file.getvalue(), None

    @property
    def preview(self) -> str:
        """A small JPEG of the whole, as base64."""
        return self._seen.preview

    @property
    def magnification(self) -> float | None:
        """The one at which the network sees the region, if the picture is a slide that tells it."""
        return self._seen.magnification

    @cached_property
    def _seen(self) -> _Seen:
        with self._explained(), self._opened() as (picture, whole, whole_magnification):
            box = self.region or Box(0, 0, whole.width, whole.height)
            _require_inside(box, whole)
            square = picture.square(box, self.side) if self.region else whole.pixels
            preview = jpeg_thumbnail(whole.upright, _PREVIEW_SIDE)
            scale = self.side / min(box.width, box.height)
            magnification = None if whole_magnification is None else whole_magnification * scale
            part = whole.part(box)
            part.thumbnail((_PART_SIDE, _PART_SIDE))
            return _Seen(square, part, whole.width, whole.height, preview, magnification)

    @contextmanager
    def _opened(self) -> Iterator[tuple[DecodedImage | Slide, DecodedImage, float | None]]:
        if isinstance(self.image, Path) and self.data is None:
            with open_slide(self.image, self.side) as slide:
                yield slide, slide.overview, slide.magnification
        else:
            with decoded(self.data or b"", self.side, cut=self.region) as whole:
                yield whole, whole, None

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except ImageError as error:
            shown = str(self.image) if isinstance(self.image, Path) else self.name
            raise SearchError(f"cannot search by {shown}: {error}") from error
        except OSError as error:
            raise SearchError(f"cannot read {self.image!s}: {error.strerror}") from error


def views_of(square: NDArray[np.uint8], views: Sequence[str]) -> NDArray[np.uint8]:
    """A picture `[side, side, 3]` as it is, then its other views, as the plugin makes them: `[N, side, side, 3]`."""
    shown = [square]
    if "flip" in views:
        shown.append(square[:, ::-1])
    if "rotations" in views:
        shown += [np.rot90(view, -turns) for view in list(shown) for turns in (1, 2, 3)]
    return np.stack(shown)


def _require_inside(box: Box, whole: DecodedImage) -> None:
    inside = box.x >= 0 and box.y >= 0 and box.x + box.width <= whole.width and box.y + box.height <= whole.height
    if box.width < 1 or box.height < 1 or not inside:
        raise SearchError(
            f"--region {box.x},{box.y},{box.width},{box.height}: expected x,y,width,height inside the picture, which "
            f"has {whole.width} x {whole.height} pixels"
        )
