"""An index for the web page's tests: pictures with metadata of every kind, and their regions."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opensearchpy import OpenSearch

from lookalike.cluster.settings import ConnectionSettings
from lookalike.search.searcher import Searcher
from tests.conftest import Node, process
from tests.pictures import picture

TOTAL = 30
SHELVES = "abc"


@dataclass(frozen=True)
class Shop:
    """`folder` holds 30 pictures: shelf a, b or c by turns, price 0 to 29, sold if odd, made in 2020 to 2022."""

    index: str
    folder: Path
    node: Node

    def picture(self, number: int) -> Path:
        return self.folder / f"{number:02}.jpg"

    def searcher(self) -> Searcher:
        return Searcher(ConnectionSettings(self.node.url), self.index)


@contextmanager
def open_shop(node: Node, folder: Path) -> Iterator[Shop]:
    shop = Shop("test-shop", folder, node)
    with (folder / "shop.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["path", "shelf", "price", "sold", "made", "title"])
        for number in range(TOTAL):
            size = [(320, 240), (240, 320), (400, 200)][number % 3]
            picture(number, size).save(shop.picture(number), quality=90)
            made, title = f"{2020 + number // 10}-0{1 + number % 9}-11", f"piece number {number}"
            rows.writerow([f"{number:02}.jpg", SHELVES[number % 3], number, str(number % 2 == 1).lower(), made, title])
    options = ["--regions", "--region-levels", "1", "--url", node.url]
    result = process("ingest", folder / "shop.csv", "--index", shop.index, *options)
    assert result.returncode == 0, result.stderr
    try:
        yield shop
    finally:
        with OpenSearch(hosts=[node.url]) as client:
            client.indices.delete(index=shop.index)
            client.indices.delete_index_template(name=f"lookalike-{shop.index}", ignore=[404])
