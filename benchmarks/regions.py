"""Finding the image that a crop is of, and where: `python -m benchmarks.regions PHOTOGRAPH... --among FOLDER...`.

The photographs, of 1,000 pixels and more a side, and images of the other folders, 2,000 together, are ingested with and
without `--regions`. Crops of the photographs (see `region_queries.py`) are then searched for, in eight orientations: in
regions, and in images as wholes. Counted is how often the right image comes first, and how often one of the first five
answers has its best place where the crop was (intersection over union of at least 0.5). Beside it are pHash and PDQ,
each in eight orientations, and SIFT.

Bounds: 0.95 and 0.90. Then: whether what is called a copy is one, also where there is none; what regions cost in
vectors, bytes and milliseconds an image, and how long a search takes beside one for images as wholes. Needs a node with
the plugin (`lookalike up`); the indices are deleted at the end.
"""

import argparse
import itertools
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from PIL import Image

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.index_size import merge, size_of
from benchmarks.ingest_run import IngestRun, connection_settings, ingest, own_index, own_state
from benchmarks.plot_style import plot
from benchmarks.program import run_program
from benchmarks.region_peers import hash_finder, sift_finder
from benchmarks.region_queries import Crop, intersection_over_union, write_crops
from benchmarks.region_words import print_words
from lookalike.ingest.folders import list_images
from lookalike.search.answers import Answer
from lookalike.search.question import VIEWS
from lookalike.search.searcher import Searcher, Wanted

INDEX, WHOLE = "lookalike-benchmark-regions", "lookalike-benchmark-no-regions"
LEAST_SIDE = 1000
FIRST, PLACED, SLOWER = 0.95, 0.90, 3
WARM_UP = 10
SHARES = (0.05, 0.1, 0.2, 0.31)


def main() -> None:
    """Print tables."""
    arguments = _arguments()
    photographs = [file for file in _files(arguments.photographs) if _least_side(file) >= LEAST_SIDE]
    others = _files(arguments.among)[: arguments.images - len(photographs)]
    images = [*photographs, *others]
    settings = connection_settings()
    with ExitStack() as stack:
        crops = write_crops(photographs, Path(stack.enter_context(tempfile.TemporaryDirectory())), arguments.crops, 0)
        stack.enter_context(own_state())
        client = stack.enter_context(own_index(INDEX, settings))
        stack.enter_context(own_index(WHOLE, settings))
        print(conditions(client), end="\n\n")
        print(f"{len(crops)} crops of {len(photographs)} photographs, among {len(images)} images\n", flush=True)
        whole = ingest(images, WHOLE, "--no-thumbnails", written=len(images))
        cut = ingest(images, INDEX, "--no-thumbnails", "--regions", written=len(images))
        for index in (INDEX, WHOLE):
            merge(client, index)
        with_regions, without = size_of(client, INDEX), size_of(client, WHOLE)
        vectors = with_regions.documents - len(images)
        print("| method | right image first | place in the first five |\n|---|---|---|", flush=True)
        region_searcher, whole_searcher = Searcher(settings, INDEX), Searcher(settings, WHOLE)
        found = [region_searcher.by_image(crop.file, Wanted(5, views=VIEWS, in_regions=True)) for crop in crops]
        first = [_is_first(one, crop) for one, crop in zip(found, crops, strict=True)]
        placed = [_is_placed(one, crop) for one, crop in zip(found, crops, strict=True)]
        _row("regions", first, placed)
        some = crops[: arguments.slow_crops]
        began = time.perf_counter()
        wanted = Wanted(5, views=VIEWS, in_regions=True, verify=True)
        sure = [region_searcher.by_image(crop.file, wanted) for crop in some]
        seconds = (time.perf_counter() - began) / len(some)
        pairs = list(zip(sure, some, strict=True))
        _row(
            f"regions, --verify ({len(some)} crops, {seconds:.1f} s each)",
            [_is_first(*pair) for pair in pairs],
            [_is_placed(*pair) for pair in pairs],
        )
        plain = [whole_searcher.by_image(crop.file, Wanted(5, views=VIEWS)) for crop in crops]
        _row("images as wholes", [_is_first(one, crop) for one, crop in zip(plain, crops, strict=True)])
        for name in ("phash", "pdq"):
            find = hash_finder(images, name)
            _row(name, [images[find(crop.file)] == crop.image for crop in crops])
        find = sift_finder(images)
        _row(
            f"SIFT, {len(some)} crops",
            [(number := find(crop.file)) >= 0 and images[number] == crop.image for crop in some],
        )
        _by_share(crops, found, arguments.plot)
        print_words(region_searcher, crops, found)
        _cost(len(images), vectors, (cut, whole), (with_regions.store, without.store))
        ratio = _latency(region_searcher, whole_searcher, crops, vectors)
    _bounds(statistics.mean(first), statistics.mean(placed), ratio)


def _is_first(answer: Answer, crop: Crop) -> bool:
    return bool(answer.hits) and answer.hits[0].image_url == crop.image.absolute().as_uri()


def _is_placed(answer: Answer, crop: Crop) -> bool:
    return any(
        hit.image_url == crop.image.absolute().as_uri() and intersection_over_union(hit.places[0].box, crop.box) >= 0.5
        for hit in answer.hits
    )


def _row(name: str, first: Sequence[bool], placed: Sequence[bool] | None = None) -> None:
    cells = [f"{statistics.mean(first):.3f}", "" if placed is None else f"{statistics.mean(placed):.3f}"]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def _by_share(crops: Sequence[Crop], found: Sequence[Answer], file: Path | None) -> None:
    print("\n| share of the image | crops | right image first | place in the first five |\n|---|---|---|---|")
    names, shares = [], []
    for low, high in itertools.pairwise(SHARES):
        some = [(one, crop) for one, crop in zip(found, crops, strict=True) if low <= crop.share < high]
        if some:
            first, placed = (statistics.mean(test(*pair) for pair in some) for test in (_is_first, _is_placed))
            names.append(f"{low:.0%} to {min(high, 0.3):.0%}")
            shares.append((first, placed))
            print(f"| {names[-1]} | {len(some)} | {first:.3f} | {placed:.3f} |")
    if file is not None:
        bars = dict(zip(("right image first", "its place in the first five"), zip(*shares, strict=True), strict=True))
        with plot(file, "Crops that are found, by their share of the image") as axes:
            axes.grouped_bar(bars, tick_labels=names)
            axes.set(ylim=(0, 1), xlabel="share of the image that a crop is of", ylabel="share of the crops")


def _cost(images: int, vectors: int, runs: tuple[IngestRun, IngestRun], stores: tuple[int, int]) -> None:
    print("\n| | with regions | without |\n|---|---|---|")
    print(f"| vectors an image | {1 + vectors / images:.1f} | 1 |")
    print(f"| bytes an image, without thumbnail | {stores[0] / images:,.0f} | {stores[1] / images:,.0f} |")
    print(f"| ms an image, ingest | {' | '.join(f'{1000 * run.seconds / images:.1f}' for run in runs)} |")


def _latency(regions: Searcher, whole: Searcher, crops: Sequence[Crop], vectors: int) -> float:
    """How many times as long a search in regions takes.

    In turns, each with a crop of its own, because the node remembers embeddings; the first ones are not counted.
    """
    times: list[tuple[float, float]] = []
    for one, other in zip(crops[::2], crops[1::2], strict=False):
        began = time.perf_counter()
        regions.by_image(one.file, Wanted(10, in_regions=True))
        between = time.perf_counter()
        whole.by_image(other.file, Wanted(10))
        times.append((between - began, time.perf_counter() - between))
    counted = times[min(WARM_UP, len(times) // 2) :]
    in_regions, as_wholes = (1000 * statistics.median(column) for column in zip(*counted, strict=True))
    ratio = in_regions / as_wholes
    print(
        f"\nA search by image, p50: {in_regions:.1f} ms in {vectors:,} regions, {as_wholes:.1f} ms in images as wholes,"
        f" ratio {ratio:.2f}.\n"
    )
    return float(ratio)


def _bounds(first: float, placed: float, ratio: float) -> None:
    print(bound(f"right image first for at least {FIRST:.2f} of the crops", f"{first:.3f}", first >= FIRST))
    print(bound(f"place in the first five for at least {PLACED:.2f}", f"{placed:.3f}", placed >= PLACED))
    print(bound(f"a search in regions takes at most {SLOWER} times as long", f"{ratio:.2f}", ratio <= SLOWER))


def _files(sources: Sequence[str]) -> list[Path]:
    return [image.path for image in list_images(sources)]


def _least_side(file: Path) -> int:
    with Image.open(file) as image:
        return min(image.size)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photographs", nargs="+")
    parser.add_argument("--among", nargs="+", required=True, help="folders of other images")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="PNG of what is found by the size of crops")
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--crops", type=int, default=400)
    parser.add_argument("--slow-crops", type=int, default=100, help="for SIFT and --verify, which take a second each")
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
