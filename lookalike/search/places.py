"""Where in an image the answer is: regions that overlap become one place."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from lookalike.encoder.tiles import Box
from lookalike.search.similarity import similarity_of

__all__ = ["Place", "places", "read_places"]

_SAME_PLACE = 0.5  # of the smaller one's area
_CLOSE = 0.15  # in similarity to the best of the image; what is less alike tells nothing
_SHARPNESS = 0.03  # in similarity; what lies that far below another counts a third in where the place is


@dataclass(frozen=True)
class Place:
    """A part of an image that looks like what was asked for.

    `score` and `similarity` are those of the best region there, `region` its number in the document, None if it was
    found without regions, `magnification` that at which it was looked at, None if that is not known. `box` is in pixels
    of the image.
    """

    box: Box
    score: float
    similarity: float
    region: int | None
    magnification: float | None = None

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on."""
        return asdict(self)


def read_places(response: dict[str, Any]) -> dict[tuple[str, str], list[Place]]:
    """The places in each document of a response to `places_request`, by its index and id."""
    return {
        (hit["_index"], hit["_id"]): places([_place(inner) for inner in hit["inner_hits"]["regions"]["hits"]["hits"]])
        for hit in response["hits"]["hits"]
    }


def _place(inner: dict[str, Any]) -> Place:
    def value(name: str) -> float:
        return float(inner["fields"][f"regions.{name}"][0])

    box = Box(*(round(value(f"box.{side}")) for side in ("x", "y", "width", "height")))
    magnification = value("magnification") if "regions.magnification" in inner["fields"] else None
    return Place(box, inner["_score"], similarity_of(inner["_score"]), inner["_nested"]["offset"], magnification)


def places(regions: Sequence[Place]) -> list[Place]:
    """The places that the regions of one image, best first, show; the best place first.

    A region belongs to the best one before it of which it shares at least half, or that shares half of it. The place's
    box is the mean of theirs, weighted by how alike they are, so it is finer than the grid of regions.
    """
    groups: list[list[Place]] = []
    for region in regions:
        if region.similarity < regions[0].similarity - _CLOSE:
            break
        group = next((group for group in groups if _share(group[0].box, region.box) >= _SAME_PLACE), None)
        if group is None:
            groups.append([region])
        else:
            group.append(region)
    return [_merged(group) for group in groups]


def _share(one: Box, other: Box) -> float:
    """The common area as a part of the smaller one's."""
    return one.common_area(other) / min(one.width * one.height, other.width * other.height)


def _merged(group: Sequence[Place]) -> Place:
    best = group[0]
    weights = [math.exp((region.similarity - best.similarity) / _SHARPNESS) for region in group]
    boxes = np.array([[box.x + box.width / 2, box.y + box.height / 2] for box in (region.box for region in group)])
    sizes = np.log([[region.box.width, region.box.height] for region in group])
    centre = np.average(boxes, axis=0, weights=weights)
    size = np.exp(np.average(sizes, axis=0, weights=weights))
    x, y = (round(float(value)) for value in centre - size / 2)
    width, height = (round(float(value)) for value in size)
    return Place(Box(max(x, 0), max(y, 0), width, height), best.score, best.similarity, best.region, best.magnification)
