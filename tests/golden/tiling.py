"""Where pictures are cut into regions: `python -m tests.golden.tiling` writes it anew; pytest and JUnit read it.

`cases` are sizes and tilings with their boxes. `pictures` are files of the golden set with the size that they are
decoded at and their regions: box, whether it is blank and, where decoders have no freedom, the hash of its square.
"""

import hashlib
import json
from dataclasses import astuple
from typing import Any

from lookalike.encoder.decode import decoded
from lookalike.encoder.tiles import Tiling, is_blank
from tests.golden import FOLDER, NATIVE_SIZE, cases

__all__ = ["FILE", "boxes_of", "picture_of", "tiling_of"]

FILE = FOLDER / "tiling.json"
_SIZES: list[tuple[int, int, dict[str, Any]]] = [
    (640, 480, {}),
    (480, 640, {}),
    (4000, 3000, {}),
    (1, 1, {}),
    (47, 300, {}),
    (48, 48, {}),
    (72, 72, {}),
    (73, 72, {"levels": 1}),
    (333, 777, {"overlap": 0.333}),
    (1024, 768, {"overlap": 0.0}),
    (1023, 769, {"overlap": 0.25, "budget": 100}),
    (800, 600, {"overlap": 0.9}),
    (300, 200, {"side": 48, "budget": 10_000}),
    (1920, 1080, {"side": 100, "budget": 60}),
    (500, 500, {"levels": 8}),
    (500, 499, {"levels": 5, "side": 51}),
    (10_000, 50, {"budget": 30}),
    (50, 500_000, {"side": 5_000, "budget": 40}),
    (60_000, 400, {}),
    (200, 150, {"side": 400}),
    (640, 480, {"budget": 1}),
    (640, 480, {"budget": 2}),
    (640, 480, {"budget": 7}),
]
_PICTURES: list[tuple[str, dict[str, Any]]] = [
    ("png-many-chunks.png", {}),
    ("png-rgb.png", {"overlap": 0.75, "side": 50}),
    ("png-orientation-6.png", {"levels": 1}),
    ("webp-lossless-orientation.webp", {"overlap": 0.9, "levels": 2}),
    ("png-1-bit.png", {}),
    ("jpeg-half-scale.jpg", {}),
    ("jpeg-half-scale-turned.jpg", {"levels": 2}),
    ("jpeg-quarter-scale.jpg", {"levels": 1}),
    ("jpeg-eighth-scale.jpg", {"levels": 2, "budget": 20}),
    ("jpeg-eighth-scale.jpg", {"budget": 1}),
]


def main() -> None:
    """Write the file."""
    sizes = [
        {"width": width, "height": height, **_options(tiling), "boxes": boxes_of(tiling, width, height)}
        for width, height, tiling in ((width, height, Tiling(**options)) for width, height, options in _SIZES)
    ]
    pictures = [
        {"name": name, **_options(tiling), **picture_of(name, tiling)}
        for name, tiling in ((name, Tiling(**options)) for name, options in _PICTURES)
    ]
    FILE.write_text(f'{{"cases": {_lines(sizes)}, "pictures": {_lines(pictures)}}}\n')


def _lines(entries: list[dict[str, Any]]) -> str:
    return "[\n" + ",\n".join(map(json.dumps, entries)) + "\n]"


def _options(tiling: Tiling) -> dict[str, Any]:
    options = {"levels": tiling.levels, "overlap": tiling.overlap, "side": tiling.side, "budget": tiling.budget}
    return {**options, "identity": tiling.identity}


def tiling_of(case: dict[str, Any]) -> Tiling:
    """The tiling of a case."""
    return Tiling(case["levels"], case["overlap"], case["side"], case["budget"])


def boxes_of(tiling: Tiling, width: int, height: int) -> list[list[int]]:
    """`x`, `y`, `width` and `height` of each box."""
    return [list(astuple(box)) for box in tiling.boxes(width, height)]


def picture_of(name: str, tiling: Tiling) -> dict[str, Any]:
    """What is expected of a file of the golden set."""
    (golden,) = (case for case in cases() if case.name == name)
    regions: list[dict[str, Any]] = []
    with decoded(golden.data, NATIVE_SIZE, cut=tiling) as image:
        for box in tiling.boxes(image.width, image.height):
            square = image.square(box, NATIVE_SIZE)
            region: dict[str, Any] = {"box": list(astuple(box)), "blank": is_blank(square)}
            if golden.pixels_sha256 is not None:
                region["pixels_sha256"] = hashlib.sha256(square.tobytes()).hexdigest()
            regions.append(region)
        return {"upright": list(image.upright.size), "regions": regions}


if __name__ == "__main__":
    main()
