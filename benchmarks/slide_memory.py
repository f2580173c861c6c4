"""Regions of images too large to be decoded: `python -m benchmarks.slide_memory FOLDER --side 20000`.

In FOLDER two TIFFs of SIDE x SIDE pixels are made, in uncompressed tiles of 512, one of them with a pyramid; what is
there already is kept. A process of its own maps each to a document with regions, without a cluster, cut as by default
and into small squares. Seconds include hashing the file and loading the model; memory is the most that was resident, as
the kernel counted it.

A table and whether memory stays below a gigabyte go to standard output.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.tiles import Tiling
from lookalike.ingest.folders import ImageFile
from lookalike.ingest.mapper import DocumentOptions, Mapper

MEGABYTE = 1_000_000
MOST_RESIDENT = 1e9  # bytes
TILE = 512
PATTERN = 4096  # pixels after which the content comes again
TILINGS = (Tiling(), Tiling(levels=2, side=512, budget=5000))


def main() -> None:
    """Make the files, map each, print the table."""
    arguments = _arguments()
    if arguments.tiling:
        print(json.dumps(_mapped(arguments.path, Tiling(**json.loads(arguments.tiling)))))
        return
    files = [_made(arguments.path, arguments.side, levels) for levels in (1, 4)]
    print(conditions(), end="\n\n")
    print("| file | tiling | regions | seconds | resident at most, MB |\n|---|---|---|---|---|")
    most = 0.0
    for file in files:
        for tiling in TILINGS:
            found = _in_child(file, tiling)
            most = max(most, found["resident"])
            print(
                f"| {file.name}, {file.stat().st_size / MEGABYTE:,.0f} MB | {tiling.identity} | {found['regions']:,} "
                f"| {found['seconds']:.1f} | {found['resident'] / MEGABYTE:.0f} |",
                flush=True,
            )
    text = (
        f"a TIFF of {arguments.side:,} x {arguments.side:,} pixels takes less than {MOST_RESIDENT / MEGABYTE:,.0f} MB"
    )
    print("\n" + bound(text, f"{most / MEGABYTE:.0f} MB", most < MOST_RESIDENT))


def _mapped(path: Path, tiling: Tiling) -> dict[str, float]:
    """Map one file in this process; ends the program if that fails."""
    began = time.perf_counter()
    mapper = Mapper(EncoderSession(find_artefact("default")), options=DocumentOptions(tiling=tiling))
    batch = mapper.map([ImageFile(path.absolute(), "")], {})
    if batch.failures:
        sys.exit(f"Error: {path}: {batch.failures[0].reason}")
    (document,) = batch.documents.values()
    return {
        "seconds": time.perf_counter() - began,
        "regions": len(document["regions"]),
        "resident": _most_resident(),
    }


def _most_resident() -> int:
    """Bytes since this program began; `getrusage` would count what its parent held when it was started as well."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))) * 1024


def _in_child(file: Path, tiling: Tiling) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.slide_memory", str(file), "--tiling", json.dumps(asdict(tiling))]
    child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if child.returncode:
        sys.exit(child.returncode)
    found: dict[str, float] = json.loads(child.stdout)
    return found


def _made(folder: Path, side: int, levels: int) -> Path:
    """A TIFF whose levels are each a quarter as wide as the one before, unless it is there already."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{side}-{'pyramid' if levels > 1 else 'flat'}.tif"
    if path.exists():
        return path
    colours = Image.fromarray(np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8))
    pattern = colours.resize((PATTERN, PATTERN), Image.Resampling.BILINEAR)
    unfinished = path.with_suffix(".part")
    with tifffile.TiffWriter(unfinished, bigtiff=True) as file:
        for level in range(levels):
            shrunk = 4**level
            length = side // shrunk
            file.write(
                _tiles(np.asarray(pattern.reduce(shrunk)), length),
                shape=(length, length, 3),
                dtype=np.uint8,
                tile=(TILE, TILE),
                photometric="rgb",
                subfiletype=int(level > 0),
                metadata=None,
            )
    return unfinished.rename(path)


def _tiles(pattern: NDArray[np.uint8], length: int) -> Iterator[NDArray[np.uint8]]:
    """The tiles of a square level on which a pattern comes again and again, row by row."""
    starts = range(0, length, TILE)
    for top in starts:
        rows = np.arange(top, top + TILE) % len(pattern)
        for left in starts:
            yield pattern[np.ix_(rows, np.arange(left, left + TILE) % len(pattern))]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="the folder of the files")
    parser.add_argument("--side", type=int, default=20_000)
    parser.add_argument("--tiling", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
