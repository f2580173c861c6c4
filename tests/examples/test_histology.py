"""What the README promises of `make histology`, run against the tests' own node."""

import json
import os
import subprocess
import sys
from pathlib import Path

import openslide
import pytest
from opensearchpy import OpenSearch

from examples.demo.pictures import package_folder
from examples.histology.slides import MARK, WITHOUT, make_slides
from lookalike.encoder.tiles import Box
from tests.conftest import Node, Run

REPOSITORY = Path(__file__).parent.parent.parent
GLASS, SIDE = 128, 512  # around the tissue, and of the picture that slides are made of


@pytest.fixture(scope="module")
def slides(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_slides(package_folder() / "ihc.png", tmp_path_factory.mktemp("slides"))


def example(folder: Path, node: Node | None, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    if node:
        environment |= {"LOOKALIKE_DEMO_PORT": str(node.port), "LOOKALIKE_NODE_DIR": str(node.folder)}
    command = [sys.executable, "-m", "examples.histology", *map(str, arguments)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def glands(columns: int, rows: int) -> list[Box]:
    """Where a mosaic of whole pictures shows the marked gland."""
    x, y, width, height = MARK
    across, down = x - GLASS, y - GLASS
    return [
        Box(
            GLASS + column * SIDE + (SIDE - across - width if column % 2 else across),
            GLASS + row * SIDE + (SIDE - down - height if row % 2 else down),
            width,
            height,
        )
        for column in range(columns)
        for row in range(rows)
    ]


def test_slides_are_read_as_slides_with_glass_around_them(slides: list[Path]) -> None:
    assert {slide.name for slide in slides} >= WITHOUT
    assert len(slides) == 6
    for path in slides:
        with openslide.OpenSlide(path) as slide:
            assert slide.properties["openslide.vendor"] == "aperio"
            assert slide.properties["openslide.objective-power"] == "20"
            assert slide.level_count == 2
            assert slide.read_region((5, 5), 0, (1, 1)).getpixel((0, 0))[:3] == (255, 255, 255)


@pytest.mark.cluster
def test_the_marked_gland_is_found_in_another_slide_and_refined(
    client: OpenSearch, node: Node, slides: list[Path], run: Run, tmp_path: Path
) -> None:
    """Among the three smallest slides, one of them without the gland."""
    asked, other, without = (slides[number] for number in (3, 1, 2))
    mark = ",".join(map(str, MARK))
    try:
        answer = example(tmp_path, node, asked, other, without, "--mark", mark)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        first, refined = (tmp_path / "histology-output" / f"{name}.html" for name in ("first", "refined"))
        assert first.read_text().count('<span class="place"') >= 4
        assert refined.is_file()
        options = ["--region", mark, "--in", "regions", "--view", "flip", "--view", "rotations", "--json"]
        found = run("search", asked, "--index", "lookalike-histology", *options)
        hits = [json.loads(line) for line in found.out.splitlines()]
        assert [Path(hit["image_url"]).name for hit in hits][2:] == [without.name]
        (there,) = (Box(**hit["box"]) for hit in hits if hit["image_url"] == other.as_uri())
        assert max(gland.common_area(there) for gland in glands(2, 1)) > 0.6 * there.width * there.height
    finally:
        client.indices.delete(index="lookalike-histology", ignore_unavailable=True)
        client.indices.delete_index_template(name="lookalike-lookalike-histology", ignore=[404])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.svs"], "slides of your own and --mark X,Y,WIDTH,HEIGHT"),
        (["--mark", "1,2,3,4"], "belong together"),
        (["a.svs", "--mark", "1,2,3"], "expected X,Y,WIDTH,HEIGHT in whole pixels, found '1,2,3'"),
    ],
)
def test_half_a_question_says_what_is_missing(tmp_path: Path, arguments: list[str], said: str) -> None:
    answer = example(tmp_path, None, *arguments)
    assert answer.returncode == 2
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr
