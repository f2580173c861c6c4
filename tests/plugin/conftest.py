"""What tests of the plugin share: requests to the node, and pictures that are indexed in three ways."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from tests.conftest import Node, process
from tests.pictures import picture, save_pictures
from tests.plugin.http import Http, base64_of
from tests.plugin.own_node import OwnNode, own_node

PHOTOS, BYTES, REGIONS = "test-plugin-photos", "test-plugin-bytes", "test-plugin-regions"


@pytest.fixture(scope="session")
def http(node: Node) -> Http:
    return Http(node.url)


Embed = Callable[[bytes], list[float]]


@pytest.fixture(scope="session")
def encode() -> Embed:
    """The vector that Python makes of an encoded picture."""
    session = EncoderSession(find_artefact(), threads=2)

    def embed(data: bytes) -> list[float]:
        pixels = decode(data, session.artefact.native_size).pixels
        vector: list[float] = session.embed(pixels[np.newaxis])[0].tolist()
        return vector

    return embed


@dataclass(frozen=True)
class Corpus:
    """Forty pictures, the first twenty called red and the others blue; thirty of them as floats, twenty as bytes.

    `paths` and `ids` go by the number in the picture's name; ids are the same in every index.
    """

    paths: list[Path]
    ids: list[str]

    def image(self, number: int) -> str:
        return base64_of(self.paths[number].read_bytes())


@pytest.fixture(scope="session")
def corpus(http: Http, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Corpus]:
    """PHOTOS holds pictures 0 to 39; BYTES, as bytes, 30 to 39; REGIONS the halves of pictures 0 to 5."""
    _remove(http)  # what a run that was killed has left
    folder = tmp_path_factory.mktemp("corpus")
    paths = [*save_pictures(folder / "red", 20), *save_pictures(folder / "blue", 20, first_seed=20)]
    for colour, words in (("red", "a red bicycle in the rain"), ("blue", "a blue boat at sea")):
        metadata = ("--metadata", f"colour={colour}", "--metadata", f"title={words}")
        _command(http, "ingest", folder / colour, "--index", PHOTOS, *metadata)
    _command(http, "init", BYTES, "--variant", "byte")
    _command(http, "ingest", *paths[30:], "--index", BYTES)
    _command(http, "init", REGIONS)
    http("POST", f"/{REGIONS}/_bulk?refresh=true", [line for number in range(6) for line in _halves(http, number)]).ok()
    found = http.search(PHOTOS, {"match_all": {}}, _source=["image_url"]).ok()["hits"]["hits"]
    by_url = {hit["_source"]["image_url"]: hit["_id"] for hit in found}
    yield Corpus(paths, [by_url[path.as_uri()] for path in paths])
    _remove(http)


def _remove(http: Http) -> None:
    for index in (PHOTOS, BYTES, REGIONS):
        http("DELETE", f"/{index}")
        http("DELETE", f"/_index_template/lookalike-{index}")


def _command(http: Http, *arguments: str | Path) -> None:
    ended = process(*arguments, "--url", http.url)
    assert ended.returncode == 0, ended.stderr


def _halves(http: Http, number: int) -> list[dict[str, Any]]:
    """A document whose regions are the left and the right half of a picture."""
    image = picture(number)
    half = image.width // 2
    regions = [
        {
            "box": {"x": x, "y": 0, "width": half, "height": image.height},
            "embedding": http.embed(image, region={"x": x / image.width, "y": 0, "width": 0.5, "height": 1}),
        }
        for x in (0, half)
    ]
    return [{"index": {"_index": REGIONS, "_id": str(number)}}, {"regions": regions}]


@pytest.fixture(scope="session")
def guarded() -> Iterator[OwnNode]:
    """A node of its own kind; see own_node.py."""
    with own_node() as made:
        yield made
