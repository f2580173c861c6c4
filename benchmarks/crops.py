"""Many distinct images made of few: crops, written as JPEG files.

    python -m benchmarks.crops FOLDER SOURCE... --images 200 --sides 3000 4000

Which crops is determined by the seed and the sources alone. Called again it writes only what is missing, so it may be
stopped at any moment. FOLDER holds sub-folders of 1,000 files. Crops larger than their source are as large to decode as
photographs of that size, but hold fewer bytes.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.program import run_program
from lookalike.ingest.folders import list_images

__all__ = ["PER_FOLDER", "Crops", "write_crops"]

PER_FOLDER = 1000
_QUALITY = 85
_RECORD = ".crops.json"  # hidden, so that it is no image for anybody
_LEAST_PART = 0.5  # of a side of the source


@dataclass(frozen=True)
class Crops:
    """Which crops: how many, the least and the largest longer side in pixels, the seed of everything drawn."""

    images: int
    sides: tuple[int, int] = (256, 400)
    seed: int = 0


def write_crops(
    sources: list[Path], folder: Path, wanted: Crops, progress: Callable[[int], None] = lambda done: None
) -> list[Path]:
    """Write what is missing of the crops below `folder`; returns all files.

    Image n is of the source n modulo their number, in an order drawn; its box is at least half of each side, may be
    mirrored, and is resized. `progress` is told how many are there. Ends the program if the folder holds other crops.
    """
    _require_same(sources, folder, wanted)
    order = np.random.default_rng(wanted.seed).permutation(len(sources))
    files = [folder / f"{number // PER_FOLDER:04}" / f"{number:07}.jpg" for number in range(wanted.images)]
    for place in {file.parent for file in files}:
        place.mkdir(exist_ok=True)

    def write(turn: int) -> int:
        numbers = range(turn, wanted.images, len(sources))
        missing = [number for number in numbers if not files[number].exists()]
        if missing:
            with Image.open(sources[order[turn]]) as image:
                picture = image.convert("RGB")
            for number in missing:
                _write(picture, files[number], wanted, number)
        return len(numbers)

    done = 0
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for count in pool.map(write, range(min(len(sources), wanted.images))):
            done += count
            progress(done)
    return files


def _write(picture: Image.Image, file: Path, wanted: Crops, number: int) -> None:
    random = np.random.default_rng([wanted.seed, number])
    parts = random.uniform(_LEAST_PART, 1, 2)
    width, height = parts * picture.size
    left, top = random.uniform(0, 1, 2) * (1 - parts) * picture.size
    scale = random.integers(*wanted.sides, endpoint=True) / max(width, height)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    box = (left, top, left + width, top + height)
    crop = picture.resize(size, Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    if random.random() < 0.5:
        crop = crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    partial = file.with_suffix(".partial")
    crop.save(partial, "JPEG", quality=_QUALITY)
    partial.replace(file)


def _require_same(sources: list[Path], folder: Path, wanted: Crops) -> None:
    digest = hashlib.sha256("\n".join(map(str, sources)).encode(errors="surrogateescape")).hexdigest()
    record = json.loads(json.dumps({**asdict(wanted), "sources": len(sources), "sha256": digest}))
    file = folder / _RECORD
    folder.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        if any(folder.iterdir()):
            sys.exit(f"Error: expected a new folder or one of crops, found other things in {folder}; name another")
        file.write_text(json.dumps(record))
    found = json.loads(file.read_text())
    if found != record:
        sys.exit(f"Error: {folder} holds other crops ({found}), not {record}; name another folder, or delete this one")


def main() -> None:
    """Write the crops, and say how many."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("sources", nargs="+", help="folders of images")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--sides", type=int, nargs=2, default=[256, 400], help="least and largest longer side")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    sources = [image.path for image in list_images(arguments.sources)]
    low, high = arguments.sides
    files = write_crops(sources, arguments.folder, Crops(arguments.images, (low, high), arguments.seed))
    size = sum(file.stat().st_size for file in files) / len(files)
    print(f"{len(files)} images in {arguments.folder}, {size / 1000:.1f} kB each")


if __name__ == "__main__":
    run_program(main)
