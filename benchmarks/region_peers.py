"""What else could find the image that a crop is of: perceptual hashes, and SIFT features that vote."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import cv2
import imagehash
import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image, ImageOps

__all__ = ["Finder", "hash_finder", "sift_finder"]

Finder = Callable[[Path], int]  # a crop's file to the number of the image found
_LONGEST = 1024  # pixels of an image whose features are taken
_FEATURES = 500
_RATIO = 0.8  # Lowe's


def hash_finder(images: Sequence[Path], kind: str) -> Finder:
    """The image with the nearest hash, `phash` or `pdq`, to one of the crop's eight orientations."""
    hashes = np.stack([_hashes(file, kind)[0] for file in images])

    def find(crop: Path) -> int:
        distances = [np.count_nonzero(hashes != bits, axis=1) for bits in _hashes(crop, kind, oriented=True)]
        return int(np.argmin(np.min(distances, axis=0)))

    return find


def _hashes(file: Path, kind: str, oriented: bool = False) -> list[NDArray[np.bool_]]:
    with Image.open(file) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    picture.thumbnail((512, 512))
    if kind == "pdq":
        pixels = np.asarray(picture)
        bits = pdqhash.compute_dihedral(pixels)[0] if oriented else [pdqhash.compute(pixels)[0]]
        return [np.asarray(one, bool) for one in bits]
    views = [picture, ImageOps.mirror(picture)] if oriented else [picture]
    turns = (0, 90, 180, 270) if oriented else (0,)
    return [
        np.asarray(imagehash.phash(view.rotate(turn, expand=True)).hash, bool).ravel()
        for view in views
        for turn in turns
    ]


def sift_finder(images: Sequence[Path]) -> Finder:
    """The image with most features that are nearest to one of the crop's, as Lowe's ratio test takes them."""
    found = [_features(file) for file in images]
    owners = np.concatenate([np.full(len(one), number) for number, one in enumerate(found)])
    matcher = cv2.FlannBasedMatcher({"algorithm": 1, "trees": 4}, {"checks": 64})
    matcher.add([np.concatenate(found)])
    matcher.train()

    def find(crop: Path) -> int:
        pairs: Any = matcher.knnMatch(_features(crop), k=2) if len(_features(crop)) else []
        good = [pair[0].trainIdx for pair in pairs if len(pair) == 2 and pair[0].distance < _RATIO * pair[1].distance]
        return int(np.bincount(owners[good]).argmax()) if good else -1

    return find


def _features(file: Path) -> NDArray[np.float32]:
    with Image.open(file) as opened:
        picture = ImageOps.exif_transpose(opened).convert("L")
    picture.thumbnail((_LONGEST, _LONGEST))
    sift = cv2.SIFT_create(nfeatures=_FEATURES)  # type: ignore[attr-defined]  # its types lack it
    descriptors = sift.detectAndCompute(np.asarray(picture), None)[1]
    return np.zeros((0, 128), np.float32) if descriptors is None else descriptors
