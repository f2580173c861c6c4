"""Run the demo: `make demo`, or `python -m examples.demo` where lookalike is installed with the extra `demo`."""

import json
import os
import shlex
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from examples.demo.pictures import FOLDERS, TWIN, make_queries, place_pictures
from examples.steps import heading, lookalike
from lookalike.cluster.client import connect
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import LookalikeError
from lookalike.search.answers import Answer
from lookalike.search.gallery import write_gallery
from lookalike.search.searcher import Searcher, Wanted

INDEX = "lookalike-demo"
PICTURES = sum(map(len, FOLDERS.values()))
SHOWN = ("astronaut-crop", "chelsea-rotation", "coffee-caption", "rocket-heavy-jpeg")


def main() -> None:
    """Start the node, ingest, search, and write the gallery; exit code 1 if a picture does not find its own."""
    began = time.monotonic()
    port = os.environ.get("LOOKALIKE_DEMO_PORT", "9200")
    url = f"http://127.0.0.1:{port}"
    output = Path("demo-output").absolute()
    heading("A local OpenSearch with k-NN")
    lookalike("up", "--port", port)

    connect(ConnectionSettings(url)).indices.delete(index=INDEX, ignore_unavailable=True)
    heading(f"{PICTURES} photographs into the index {INDEX}")
    place_pictures(output / "pictures")
    originals, twin = make_queries(output / "queries")
    lookalike("ingest", str(output / "pictures"), "--index", INDEX, "--url", url)

    heading(f"{len(originals)} edited copies look for their originals among {PICTURES} pictures")
    searcher = Searcher(ConnectionSettings(url), INDEX)
    shown, found = find_originals(searcher, originals)
    heading("The right half of a stereo pair looks for the left one")
    pair = searcher.by_image(twin, Wanted(5, thumbnails=True))
    twin_found = pair.hits[0].metadata["filename"] == "motorcycle_left.png"
    lookalike("search", str(twin), "--index", INDEX, "-k", "3", "--url", url)

    heading("The same question with a filter: which science picture looks most like this crop of the moon?")
    moon = output / "queries" / "moon-crop.png"
    filters = ["folder=science", "width=200..1000"]
    filtered = searcher.by_image(moon, Wanted(5, filters, thumbnails=True))
    flags = [part for text in filters for part in ("--filter", text)]
    lookalike("search", str(moon), "--index", INDEX, "-k", "3", *flags, "--url", url)

    gallery = output / "gallery.html"
    sections = [*shown, pair, replace(filtered, question=f"{moon.name}, {' and '.join(filters)}")]
    write_gallery(gallery, sections, title="Lookalike: edited copies find their originals")

    heading("The stereo pair again, from a client without Python: curl sends the picture, the node embeds it")
    ask_with_curl(url, twin, "&filter_path=hits.hits._score,hits.hits._source.image_url")

    heading("What you have now")
    print(f"edited copies that found their original first: {found} of {len(originals)}")
    print(f"{TWIN} found motorcycle_left.png first: {'yes' if twin_found else 'no'}")
    print(f"gallery of the answers:  {gallery.as_uri()}")
    command = Path(sys.executable).parent / "lookalike"
    suffix = "" if port == "9200" else f" --url {url}"
    print(f"ask with the CLI:        {command} search PICTURE --index {INDEX} --html answers.html{suffix}")
    print(f"a web page to ask on:    {command} serve --index {INDEX}{suffix}")
    print(f"ask with curl:           {curl_command(url, Path('PICTURE'))}")
    print(f"your own pictures:       {command} ingest ~/Pictures --index photos{suffix}")
    print(f"stop the node:           {command} down")
    print(f"{time.monotonic() - began:.0f} s in all")
    if found < len(originals) or not twin_found:
        sys.exit("Error: the demo did not find what it promises")


def find_originals(searcher: Searcher, originals: dict[Path, str]) -> tuple[list[Answer], int]:
    """Search by every edited copy; returns the answers for the gallery and how many ranked their original first."""
    shown: list[Answer] = []
    found = 0
    print("query                            first answer                similarity   second")
    for query, original in originals.items():
        in_gallery = query.stem in SHOWN
        answer = searcher.by_image(query, Wanted(5, thumbnails=in_gallery))
        first, second = answer.hits[0], answer.hits[1]
        right = first.metadata["filename"] == original
        found += right
        if in_gallery:
            shown.append(answer)
        name = first.metadata["filename"] + ("" if right else f"  (wrong, expected {original})")
        print(f"{query.name:32} {name:27} {first.similarity:10.3f}   {second.similarity:6.3f}")
    return shown, found


def curl_command(url: str, image: Path, parameters: str = "") -> str:
    """A shell command that searches by an image file; `parameters` go behind the URL's own."""
    body = '{"query": {"lookalike": {"embedding": {"k": 3, "image": "%s"}}}}'
    before, after = body.split("%s")
    picture = shlex.quote(str(image))
    address = f"{url}/{INDEX}/_search?_source=image_url{parameters}"
    return (
        f"(printf '{before}'; base64 < {picture} | tr -d '\\n'; printf '{after}') | "
        f"curl -s '{address}' -H 'Content-Type: application/json' -d @-"
    )


def ask_with_curl(url: str, image: Path, parameters: str) -> None:
    """Show such a command and run it; ends the demo if it fails."""
    command = curl_command(url, image.relative_to(Path.cwd()), parameters)
    print(f"$ {command}", flush=True)
    answer = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    if answer.returncode != 0 or '"hits"' not in answer.stdout:
        sys.exit(f"Error: the demo stops, because curl was answered: {answer.stdout or answer.stderr}")
    print(json.dumps(json.loads(answer.stdout), indent=2))


if __name__ == "__main__":
    try:
        main()
    except LookalikeError as error:
        sys.exit(f"Error: {error}")
