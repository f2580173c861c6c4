"""Whether a picture holds what was asked for, pixel for pixel: local features that agree on one projection.

SIFT features (Lowe 2004) of both are paired by Lowe's ratio test, and RANSAC looks for the homography that most pairs
obey. Needs the extra `verify`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.decode import decode
from lookalike.encoder.image_file import file_of, read_image_file
from lookalike.encoder.tiles import Box
from lookalike.errors import ConfigError, ImageError
from lookalike.search.places import Place

if TYPE_CHECKING:
    from lookalike.search.answers import Hit

__all__ = ["verified"]

_LONGEST = 1600  # pixels of a picture whose features are taken
_FEATURES = 3000
_RATIO = 0.75
_TOLERANCE = 5.0  # pixels
_LEAST_PAIRS = 12  # that obey one projection; fewer happen among strangers


@dataclass(frozen=True)
class _Features:
    points: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    size: tuple[int, int]


@dataclass(frozen=True)
class _Match:
    """`overlap` is the share of the query that lies on the picture, `box` where, in its pixels."""

    pairs: int
    overlap: float
    box: Box


def verified(part: Image.Image, mirrored: bool, hits: Sequence[Hit]) -> list[Hit]:
    """Hits with what of the query is on their picture and where, those that hold it first, the most pairs first.

    `mirrored` also looks for its mirror image. Pictures that are not files of this machine, or cannot be read, stay as
    they are. Raises ConfigError without OpenCV.
    """
    try:
        import cv2
    except ImportError as error:
        raise ConfigError("--verify needs OpenCV: pip install 'lookalike[verify]'") from error
    views = [part, part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)] if mirrored else [part]
    queries = [_features(cv2, view) for view in views]
    found: list[tuple[int, Hit]] = []
    for hit in hits:
        match = _best(cv2, queries, hit)
        if match is None:
            found.append((0, hit))
            continue
        first = hit.places[0] if hit.places else None
        place = Place(match.box, hit.score, hit.similarity, first.region if first else None)
        others = hit.places[1:] if hit.places else ()
        found.append((match.pairs, replace(hit, overlap=round(match.overlap, 3), places=[place, *others])))
    found.sort(key=lambda pair: -pair[0])
    return [replace(hit, rank=rank) for rank, (_, hit) in enumerate(found, start=1)]


def _best(cv2: Any, queries: Sequence[_Features], hit: Hit) -> _Match | None:
    path = file_of(hit.image_url)
    if path is None:
        return None
    try:
        image = decode(read_image_file(path), _LONGEST)
    except (OSError, ImageError):
        return None
    upright = image.upright.copy()
    upright.thumbnail((_LONGEST, _LONGEST))
    features = _features(cv2, upright)
    matches = [match for query in queries if (match := _match(cv2, query, features, (image.width, image.height)))]
    return max(matches, key=lambda match: match.pairs, default=None)


def _features(cv2: Any, picture: Image.Image) -> _Features:
    sift = cv2.SIFT_create(nfeatures=_FEATURES)
    points, descriptors = sift.detectAndCompute(np.asarray(picture.convert("L")), None)
    if descriptors is None:
        descriptors = np.zeros((0, 128), np.float32)
    return _Features(np.array([point.pt for point in points], np.float32).reshape(-1, 2), descriptors, picture.size)


def _match(cv2: Any, query: _Features, picture: _Features, size: tuple[int, int]) -> _Match | None:
    if min(len(query.points), len(picture.points)) < _LEAST_PAIRS:
        return None
    nearest = cv2.BFMatcher().knnMatch(query.descriptors, picture.descriptors, k=2)
    pairs = [one for one, other in nearest if one.distance < _RATIO * other.distance]
    if len(pairs) < _LEAST_PAIRS:
        return None
    start = query.points[[pair.queryIdx for pair in pairs]]
    end = picture.points[[pair.trainIdx for pair in pairs]]
    projection, obeys = cv2.findHomography(start, end, cv2.RANSAC, _TOLERANCE)
    if projection is None or int(obeys.sum()) < _LEAST_PAIRS:
        return None
    width, height = query.size
    corners = np.array([[[0, 0]], [[width, 0]], [[width, height]], [[0, height]]], np.float32)
    there = cv2.perspectiveTransform(corners, projection)[:, 0]
    frame = np.array([[0, 0], [picture.size[0], 0], list(picture.size), [0, picture.size[1]]], np.float32)
    area = abs(cv2.contourArea(there))
    if not cv2.isContourConvex(there.astype(np.int32)) or area < 1:
        return None  # folded: no picture is seen so
    common, outline = cv2.intersectConvexConvex(there.astype(np.float32), frame)
    if outline is None or common <= 0:
        return None
    scale = np.array(size) / picture.size
    left, top = outline[:, 0].min(axis=0) * scale
    right, bottom = outline[:, 0].max(axis=0) * scale
    box = Box(
        round(float(left)), round(float(top)), max(1, round(float(right - left))), max(1, round(float(bottom - top)))
    )
    return _Match(int(obeys.sum()), min(1.0, float(common) / area), box)
