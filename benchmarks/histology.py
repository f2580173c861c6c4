"""Does a crop of a tissue tile find its own tile? `python -m benchmarks.histology FOLDER`, of tiles of 224 pixels.

All tiles are ingested with `--regions`. From each of `--crops` tiles a square of 112 pixels is cut anywhere, turned and
mirrored into one of eight orientations, and its stains are changed: haematoxylin, eosin and the rest (colour
deconvolution of Ruifrok and Johnston 2001) are each scaled by 0.8 to 1.2 and moved by up to 0.01. It is searched for in
regions with all eight views. Counted is how often the tile itself is among the first five; the bound is 0.95. Beside it
are the search in tiles as wholes, and chance. Tiles of such collections are augmentations of few originals: this says
nothing of how well kinds of tissue are told apart.

Needs a node with the plugin (`lookalike up`) and scikit-image (extra `demo`); the index is deleted at the end.
"""

import argparse
import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import hed2rgb, rgb2hed

from benchmarks.conditions import conditions
from benchmarks.ingest_run import connection_settings, ingest, own_index, own_state
from lookalike.errors import LookalikeError
from lookalike.ingest.folders import list_images
from lookalike.search.question import VIEWS, views_of
from lookalike.search.searcher import Searcher, Wanted

INDEX = "lookalike-benchmark-histology"
CROP, FIRST, BOUND = 112, 5, 0.95


def main() -> None:
    """Print a table."""
    arguments = _arguments()
    tiles = [image.path for image in list_images([str(arguments.folder)])]
    random = np.random.default_rng(0)
    asked = [tiles[number] for number in random.permutation(len(tiles))[: arguments.crops]]
    settings = connection_settings()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.enter_context(own_state())
        client = stack.enter_context(own_index(INDEX, settings))
        print(conditions(client))
        ingest([arguments.folder], INDEX, "--no-thumbnails", "--regions", written=len(tiles))
        searcher = Searcher(settings, INDEX)
        in_regions: list[bool] = []
        as_wholes: list[bool] = []
        for number, tile in enumerate(asked):
            crop = folder / f"{number}.png"
            Image.fromarray(_crop(tile, random)).save(crop)
            for found, is_in_regions in ((in_regions, True), (as_wholes, False)):
                hits = searcher.by_image(crop, Wanted(FIRST, views=VIEWS, in_regions=is_in_regions)).hits
                found.append(tile.absolute().as_uri() in [hit.image_url for hit in hits])
    share = statistics.mean(in_regions)
    print(f"{len(asked)} crops of {CROP} pixels among {len(tiles)} tiles\n")
    print(f"| own tile in the first {FIRST} | |\n|---|---|")
    print(f"| regions | {share:.3f} (at least {BOUND}: {'held' if share >= BOUND else 'NOT HELD'}) |")
    print(f"| tiles as wholes | {statistics.mean(as_wholes):.3f} |")
    print(f"| chance | {FIRST / len(tiles):.3f} |")


def _crop(tile: Path, random: np.random.Generator) -> NDArray[np.uint8]:
    with Image.open(tile) as image:
        pixels = np.asarray(image.convert("RGB"))
    y, x = (int(random.integers(side - CROP + 1)) for side in pixels.shape[:2])
    stains = rgb2hed(pixels[y : y + CROP, x : x + CROP])
    stains = stains * random.uniform(0.8, 1.2, 3) + random.uniform(-0.01, 0.01, 3)
    coloured = np.clip(hed2rgb(stains) * 255, 0, 255).round().astype(np.uint8)
    view: NDArray[np.uint8] = views_of(coloured, VIEWS)[int(random.integers(8))]
    return view


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--crops", type=int, default=300)
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")
