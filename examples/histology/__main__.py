"""Find tissue like a marked region: `make histology`, or `python -m examples.histology` where lookalike is installed
with the extras `demo` and `slides`. Slides of your own go behind it, with `--mark X,Y,WIDTH,HEIGHT`.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from examples.demo.pictures import package_folder
from examples.histology.slides import MARK, make_slides
from examples.steps import heading, lookalike
from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import LookalikeError

INDEX = "lookalike-histology"
LEAST_SIDE = 48  # of a region, in pixels


def main() -> None:
    """Start the node, ingest, ask for the marked region, ask again with examples, and write a gallery of each."""
    slides, mark, budget = _arguments()
    port = os.environ.get("LOOKALIKE_DEMO_PORT", "9200")
    url = f"http://127.0.0.1:{port}"
    output = Path("histology-output").absolute()
    output.mkdir(exist_ok=True)
    heading("A local OpenSearch with k-NN")
    lookalike("up", "--port", port)

    connect(ConnectionSettings(url)).indices.delete(index=INDEX, ignore_unavailable=True)
    slides = slides or make_slides(package_folder() / "ihc.png", output / "slides")
    heading(f"{len(slides)} slides into the index {INDEX}, in regions somewhat smaller and larger than the marked one")
    side = max(LEAST_SIDE, round(min(mark[2:]) / 1.25))
    cut = ["--regions", "--region-levels", "2", "--region-side", str(side), "--region-budget", str(budget)]
    lookalike("ingest", *map(str, slides), "--index", INDEX, "--url", url, *cut)

    x, y, width, height = mark
    heading(f"Where is tissue like the {width} x {height} pixels at {x},{y} of {slides[0].name}, however it is turned?")
    asked = [str(slides[0]), "--region", ",".join(map(str, mark)), "--in", "regions", "--view", "flip"]
    asked += ["--view", "rotations", "--index", INDEX, "--url", url]
    galleries = [output / "first.html"]
    lookalike("search", *asked, "--html", str(galleries[0]))

    others = [answer for answer in _answers(asked) if answer["image_url"] != slides[0].absolute().as_uri()]
    if len(others) > 1:
        heading("The best place in another slide is wanted, too, that in the last answer is not")
        more, less = (f"{answer['id']}#{answer['region']}" for answer in (others[0], others[-1]))
        galleries.append(output / "refined.html")
        lookalike("search", *asked, "--more-like", more, "--less-like", less, "--html", str(galleries[1]))

    heading("What you have now")
    for gallery in galleries:
        print(f"gallery:        {gallery.as_uri()}")
    print(f"stop the node:  {Path(sys.executable).parent / 'lookalike'} down")


def _answers(asked: list[str]) -> list[dict[str, Any]]:
    """Those that `lookalike search` gives to scripts."""
    command = [sys.executable, "-m", "lookalike", "search", *asked, "--json"]
    return [json.loads(line) for line in subprocess.run(command, capture_output=True, check=True).stdout.splitlines()]


def _arguments() -> tuple[list[Path], list[int], int]:
    """Slides, the mark and the most regions of a slide; ends the program for what cannot be asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("slides", nargs="*", type=Path, help="those of the example, if none is given")
    parser.add_argument("--mark", help="X,Y,WIDTH,HEIGHT: the region to look for, in pixels of the first slide")
    parser.add_argument("--budget", type=int, default=5000, help="most regions of a slide")
    given = parser.parse_args()
    if bool(given.slides) != bool(given.mark):
        parser.error("slides of your own and --mark X,Y,WIDTH,HEIGHT, a region of the first of them, belong together")
    numbers = given.mark.split(",") if given.mark else []
    if given.mark and not (len(numbers) == 4 and all(number.strip().isdecimal() for number in numbers)):
        parser.error(f"--mark: expected X,Y,WIDTH,HEIGHT in whole pixels, found {given.mark!r}")
    return given.slides, [int(number) for number in numbers] or list(MARK), given.budget


if __name__ == "__main__":
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")
