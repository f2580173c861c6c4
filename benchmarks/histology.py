"""Does a crop of a tissue tile find its own tile? `python -m benchmarks.histology FOLDER`, of tiles of 224 pixels.

All tiles are ingested with `--regions`, first cut as by default, then closer, which was chosen on other pictures. From
each of `--crops` tiles a square of 112 pixels is cut anywhere, turned and mirrored into one of eight orientations, and
its stains are changed: haematoxylin, eosin and the rest (colour deconvolution of Ruifrok and Johnston 2001) are each
scaled by 0.8 to 1.2 and moved by up to 0.01. It is searched for in regions with all eight views. Counted is how often
the tile itself is among the first five, with the 95 % interval of Wilson (1927); the bound is 0.95. Beside it are the
search in tiles as wholes, and chance. Tiles of such collections are augmentations of few originals: this says nothing
of how well kinds of tissue are told apart.

Needs a node with the plugin (`lookalike up`) and scikit-image (extra `demo`); the index is deleted at the end.
"""

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import hed2rgb, rgb2hed

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.index_size import size_of
from benchmarks.ingest_run import connection_settings, ingest, own_index, own_state
from benchmarks.program import run_program
from lookalike.ingest.folders import list_images
from lookalike.search.question import VIEWS, views_of
from lookalike.search.searcher import Searcher, Wanted

INDEX = "lookalike-benchmark-histology"
CROP, FIRST, BOUND = 112, 5, 0.95
CLOSER = ("--region-levels", "2", "--region-overlap", "0.75")
Queries = Sequence[tuple[Path, Path]]  # a crop and the tile that it is of


def main() -> None:
    """Print a table."""
    arguments = _arguments()
    tiles = [image.path for image in list_images([str(arguments.folder)])]
    settings = connection_settings()
    bounds = []
    with ExitStack() as stack:
        queries = _write_crops(tiles, arguments.crops, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        stack.enter_context(own_state())
        client = stack.enter_context(own_index(INDEX, settings))
        print(conditions(client), end="\n\n")
        print(f"{len(queries)} crops of {CROP} pixels among {len(tiles)} tiles\n")
        print(f"| own tile in the first {FIRST} | | vectors a tile | search, p50 |\n|---|---|---|---|")
        for name, options in (("regions as by default", ()), (f"regions, {' '.join(CLOSER)}", CLOSER)):
            client.indices.delete(index=INDEX, ignore_unavailable=True)
            ingest([arguments.folder], INDEX, "--no-thumbnails", "--regions", *options, written=len(tiles))
            vectors = size_of(client, INDEX).documents / len(tiles)
            searcher = Searcher(settings, INDEX)
            found, milliseconds = _asked(searcher, queries, in_regions=True)
            _row(name, found, milliseconds, vectors)
            share = statistics.mean(found)
            bounds.append(bound(f"own tile, {name}, at least {BOUND}", f"{share:.3f}", share >= BOUND))
        _row("tiles as wholes", *_asked(searcher, queries, in_regions=False), 1)
    print(f"| chance | {FIRST / len(tiles):.3f} | | |\n")
    for line in bounds:
        print(line)


def _write_crops(tiles: Sequence[Path], count: int, folder: Path) -> Queries:
    random = np.random.default_rng(0)
    queries = []
    for number, place in enumerate(random.permutation(len(tiles))[:count]):
        file = folder / f"{number}.png"
        Image.fromarray(_crop(tiles[place], random)).save(file)
        queries.append((file, tiles[place]))
    return queries


def _crop(tile: Path, random: np.random.Generator) -> NDArray[np.uint8]:
    with Image.open(tile) as image:
        pixels = np.asarray(image.convert("RGB"))
    y, x = (int(random.integers(side - CROP + 1)) for side in pixels.shape[:2])
    stains = rgb2hed(pixels[y : y + CROP, x : x + CROP])
    stains = stains * random.uniform(0.8, 1.2, 3) + random.uniform(-0.01, 0.01, 3)
    coloured = np.clip(hed2rgb(stains) * 255, 0, 255).round().astype(np.uint8)
    view: NDArray[np.uint8] = views_of(coloured, VIEWS)[int(random.integers(8))]
    return view


def _asked(searcher: Searcher, queries: Queries, in_regions: bool) -> tuple[list[bool], list[int]]:
    """Which crops found their tile, and the milliseconds that each took OpenSearch."""
    wanted = Wanted(FIRST, views=VIEWS, in_regions=in_regions)
    answers = [searcher.by_image(crop, wanted) for crop, _ in queries]
    found = [
        tile.absolute().as_uri() in [hit.image_url for hit in answer.hits]
        for answer, (_, tile) in zip(answers, queries, strict=True)
    ]
    return found, [answer.milliseconds for answer in answers]


def _row(name: str, found: Sequence[bool], milliseconds: Sequence[int], vectors: float) -> None:
    share, (low, high) = statistics.mean(found), _wilson(sum(found), len(found))
    cells = f"{share:.3f} ({low:.3f} to {high:.3f}) | {vectors:.0f} | {statistics.median(milliseconds):.0f} ms"
    print(f"| {name} | {cells} |", flush=True)


def _wilson(found: int, asked: int) -> tuple[float, float]:
    z = statistics.NormalDist().inv_cdf(0.975)
    share, weight = found / asked, 1 + z**2 / asked
    centre = (share + z**2 / (2 * asked)) / weight
    half = z / weight * (share * (1 - share) / asked + z**2 / (4 * asked**2)) ** 0.5
    return centre - half, centre + half


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--crops", type=int, default=300)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
