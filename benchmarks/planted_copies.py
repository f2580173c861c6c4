"""A folder of pictures in which some are edited copies of others, and it is known which.

Of N pictures 15 % are originals with one to three copies each, 30 % are those copies, and 55 % stand alone. Half of the
copies are what another site would show (`republish`: smaller, trimmed, lighter or darker, JPEG), the others are of one
of the 41 kinds of edit by which the encoder is evaluated, chains of three among them.
"""

import shutil
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from pathlib import Path

import numpy as np
import pdqhash
from numpy.typing import NDArray
from PIL import Image

from lookalike.cores import usable_cores
from lookalike.encoder.evaluation.edits.catalogue import KINDS, apply_kind, republish

__all__ = ["Pairs", "planted_pairs", "write_planted"]

Pairs = set[tuple[str, str]]
_ORIGINALS = 0.15
_MOST_COPIES = 3
_AT_ONCE = 100
_SAME = 60  # bits of 256; PDQ's own threshold for copies is 31


def _distinct(sources: Sequence[Path], count: int) -> list[Path]:
    """The first `count` sources that are no copies of an earlier one by PDQ, which none of the methods measured uses:
    data sets hold pictures twice, and a method that finds them would be blamed for it."""
    kept: list[Path] = []
    hashes = np.zeros((count, 256), np.float32)
    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in range(0, len(sources), _AT_ONCE):
            some = sources[start : start + _AT_ONCE]
            for source, bits in zip(some, pool.map(_pdq, some), strict=True):
                if len(kept) == count:
                    return kept
                if not kept or (256 - (hashes[: len(kept)] @ bits).max()) / 2 > _SAME:
                    hashes[len(kept)] = bits
                    kept.append(source)
    return kept


def _pdq(source: Path) -> NDArray[np.float32]:
    """The 256 bits of a picture's hash, as -1 and 1."""
    with Image.open(source) as image:
        bits = pdqhash.compute(np.asarray(image.convert("RGB")))[0]
    signs: NDArray[np.float32] = bits.astype(np.float32) * 2 - 1
    return signs


def write_planted(sources: Sequence[Path], folder: Path, images: int, seed: int = 0) -> list[Path]:
    """Write about `images` pictures into a new `folder`; the first sources are the originals that have copies.

    Of sources that are copies of each other one is taken. A name begins with its group, `g00012-`, or tells that it has
    none, `s00012-`. Ends the program if there are too few sources.
    """
    originals = round(images * _ORIGINALS)
    copies = [1 + number % _MOST_COPIES for number in range(originals)]
    alone = images - originals - sum(copies)
    chosen = _distinct(sources, originals + alone)
    if len(chosen) < originals + alone:
        sys.exit(f"Error: expected at least {originals + alone} different pictures, found {len(chosen)}")
    folder.mkdir(parents=True)

    def write(number: int) -> list[Path]:
        source = chosen[number]
        kind = "g" if number < originals else "s"
        file = folder / f"{kind}{number:05}-original{source.suffix.lower()}"
        shutil.copyfile(source, file)
        if number >= originals:
            return [file]
        with Image.open(source) as image:
            picture = image.convert("RGB")
        made = [_copy(picture, chosen, (seed, number, copy)) for copy in range(copies[number])]
        files = [folder / f"g{number:05}-{copy}-{name}.jpg" for copy, (name, _) in enumerate(made)]
        for path, (_, copied) in zip(files, made, strict=True):
            copied.save(path, quality=90)
        return [file, *files]

    with ThreadPoolExecutor(usable_cores()) as pool:
        return [file for files in pool.map(write, range(originals + alone)) for file in files]


def _copy(picture: Image.Image, sources: Sequence[Path], seed: tuple[int, ...]) -> tuple[str, Image.Image]:
    random = np.random.default_rng(seed)
    if random.random() < 0.5:
        return "republish", republish(picture, seed)
    kind = str(random.choice(np.array(KINDS)))

    def background() -> Image.Image:
        with Image.open(sources[int(random.integers(len(sources)))]) as other:
            return other.convert("RGB")

    return kind, apply_kind(kind, picture, background, seed)


def planted_pairs(files: Sequence[Path]) -> Pairs:
    """The pairs of names that show the same picture, each in order."""
    groups: Mapping[str, list[str]] = defaultdict(list)
    for file in files:
        if file.name.startswith("g"):
            groups[file.name.partition("-")[0]].append(file.name)
    return {pair for names in groups.values() for pair in combinations(sorted(names), 2)}
