"""Small slides, made of the one picture of tissue that the scikit-image package carries.

It shows glands of a colon on 512 x 512 pixels (Human Protein Atlas). A slide here is a mosaic of it, every other piece
mirrored so that seams match, in a stain of its own, on white glass: much smaller than what a scanner makes, and of the
same tissue throughout. Two are of a part of the picture, without the marked gland.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.tiles import Box

__all__ = ["MARK", "WITHOUT", "make_slides"]

_GLASS = 128  # pixels around the tissue
MARK = (_GLASS + 215, _GLASS + 300, 200, 200)  # x, y, width, height in the first slide: a small gland, cut across
_WHOLE, _CORNER = Box(0, 0, 512, 512), Box(0, 0, 256, 256)
# The part of the picture, columns and rows of it, and how strongly haematoxylin and DAB, the two stains, are seen.
_SLIDES = {
    "colon-1.svs": (_WHOLE, (2, 2), (1.0, 1.0)),
    "colon-2.svs": (_WHOLE, (2, 1), (1.2, 0.85)),
    "colon-3.svs": (_CORNER, (3, 3), (1.0, 1.0)),
    "colon-4.svs": (_WHOLE, (1, 2), (0.8, 1.15)),
    "colon-5.svs": (_WHOLE, (2, 2), (1.15, 1.15)),
    "colon-6.svs": (_CORNER, (4, 2), (1.2, 0.85)),
}
WITHOUT = frozenset(name for name, (part, _, _) in _SLIDES.items() if part is _CORNER)
# As Aperio's scanners write it, by which OpenSlide knows a slide. What the picture's magnification is, is not known.
_DESCRIPTION = "Aperio Image Library\n{width}x{height} |AppMag = 20|MPP = 0.5"
_LEVELS = 2
_TILE = 256


def make_slides(picture: Path, folder: Path) -> list[Path]:
    """Write the slides, TIFFs in tiles with a second level of a quarter of the width."""
    folder.mkdir(parents=True, exist_ok=True)
    with Image.open(picture) as image:
        tissue = image.convert("RGB")
    for name, (part, pieces, strengths) in _SLIDES.items():
        piece = np.asarray(tissue.crop((part.x, part.y, part.x + part.width, part.y + part.height)))
        mosaic = _mosaic(_stained(piece, strengths), *pieces)
        glass = ((_GLASS, _GLASS), (_GLASS, _GLASS), (0, 0))
        _write(folder / name, np.pad(mosaic, glass, constant_values=255))
    return [folder / name for name in _SLIDES]


def _stained(tissue: NDArray[np.uint8], strengths: tuple[float, float]) -> NDArray[np.uint8]:
    """With each stain taken apart (Ruifrok and Johnston 2001) and made stronger or weaker."""
    from skimage.color import hed2rgb, rgb2hed

    haematoxylin, dab = strengths
    coloured = np.asarray(hed2rgb(rgb2hed(tissue) * (haematoxylin, 1, dab)))
    return (coloured.clip(0, 1) * 255).round().astype(np.uint8)


def _mosaic(piece: NDArray[np.uint8], columns: int, rows: int) -> NDArray[np.uint8]:
    """Every other one is mirrored, so that edges meet the same edge."""
    row = np.hstack([piece[:, ::-1] if column % 2 else piece for column in range(columns)])
    return np.vstack([row[::-1] if number % 2 else row for number in range(rows)])


def _write(path: Path, pixels: NDArray[np.uint8]) -> None:
    import tifffile  # comes with scikit-image

    height, width = pixels.shape[:2]
    with tifffile.TiffWriter(path) as file:
        for level in range(_LEVELS):
            file.write(
                np.asarray(Image.fromarray(pixels).reduce(4**level)),
                tile=(_TILE, _TILE),
                photometric="rgb",
                compression="deflate",
                description=_DESCRIPTION.format(width=width, height=height),
                metadata=None,
                subfiletype=int(level > 0),
            )
