"""How soon the web page answers a dropped picture, and how many bytes it is: `python -m benchmarks.web_page FOLDER`.

An index of the folder's pictures is served on loopback and opened in Chromium. Pictures of the index, as JPEGs of
640 x 480, are dropped on the page one after the other, each a new one; the clock runs in the page, from the drop until
the first answer's picture is decoded, and that answer has to be the picture itself. Needs a node (`lookalike up`) and
Chromium; the index is made for this and deleted.
"""

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, Request, sync_playwright

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.plugin_index import Connection, filled_index, query_pictures
from benchmarks.program import run_program
from lookalike.cluster.client import connect

INDEX = "lookalike-benchmark-web"
BOUND = 300  # milliseconds from the drop
MOST_BYTES = 150_000
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
DROP = """async ([data, id]) => {
    const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
    const carried = new DataTransfer();
    carried.items.add(new File([bytes], "some.jpg", { type: "image/jpeg" }));
    const grid = document.getElementById("grid");
    const first = () => grid.querySelector(".card:not(.blank)")?.dataset.id === id && grid.querySelector("img");
    const began = performance.now();
    document.body.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: carried }));
    while (!first()) {
        if (performance.now() - began > 20000) throw new Error("the picture is not its own first answer");
        await new Promise((go) => setTimeout(go, 1));
    }
    await first().decode();
    return performance.now() - began;
}"""


def main() -> None:
    """Print both figures and their bounds."""
    arguments = _arguments()
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Error: there is no Chromium; on Debian apt-get install chromium")
    pictures = query_pictures(arguments.folder, arguments.warm_up + arguments.drops)
    with filled_index(INDEX, arguments.folder) as settings, _served(settings.url) as address, sync_playwright() as play:
        connection = Connection(settings)
        total = connection.ask("GET", f"/{INDEX}/_count")["count"]
        connection.forget_pictures()
        circumstances = conditions(connect(settings))
        connection.close()
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS.split())
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        size = _bytes_of(page, address)
        times = [page.evaluate(DROP, [data, key]) for key, data in pictures][arguments.warm_up :]
        browser.close()
    median, late = np.percentile(times, [50, 95])
    print(circumstances, end="\n\n")
    print(f"| {total:,} documents, {len(times)} JPEGs of 640 x 480 dropped, each a new one | |\n|---|---|")
    print(f"| from the drop until the first answer's picture is decoded, p50 / p95 | {median:.0f} / {late:.0f} ms |")
    print(f"| page, scripts and styles over the wire | {size:,} bytes |\n")
    print(bound(f"first answer at most {BOUND} ms after the drop, p50", f"{median:.0f} ms", median <= BOUND))
    print(bound(f"the page below {MOST_BYTES:,} bytes", f"{size:,}", size < MOST_BYTES))


@contextmanager
def _served(url: str) -> Iterator[str]:
    """The page's address while it is served."""
    command = [sys.executable, "-m", "lookalike", "serve", "--index", INDEX, "--url", url, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None  # noqa: S101, it is a pipe
        try:
            yield server.stdout.readline().split()[1]
        finally:
            server.terminate()


def _bytes_of(page: Page, address: str) -> int:
    """What a first visit loads beside answers: headers and bodies as they were sent."""
    loaded: list[Request] = []

    def note(request: Request) -> None:
        loaded.append(request)

    page.on("requestfinished", note)
    page.goto(address)
    page.wait_for_selector("#grid .card:not(.blank)")
    own = [request for request in loaded if request.url == address or "/static/" in request.url]
    sizes = [request.sizes() for request in own]
    return sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--drops", type=int, default=200)
    parser.add_argument("--warm-up", type=int, default=20)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
