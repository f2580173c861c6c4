"""The site: built strictly, complete, and asking nothing of any other host."""

import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from docs.hooks.links import relinked
from docs.hooks.sections import section
from tests.docs.pages import DOCS

REPOSITORY = DOCS.parent
# What a browser fetches by itself, rather than when somebody follows a link.
FETCHED = {
    ("script", "src"),
    ("img", "src"),
    ("link", "href"),
    ("iframe", "src"),
    ("source", "srcset"),
    ("video", "src"),
}
ELSEWHERE = re.compile(r"(?:https?:)?//")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    built = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


class Page(HTMLParser):
    """What a page fetches, and the anchors that it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [value for name, value in attrs if value and (tag, name) in FETCHED]


def test_every_page_is_built(site: Path) -> None:
    for page in [*DOCS.rglob("*.md"), DOCS / "results.md", DOCS / "changelog.md"]:
        built = site / page.relative_to(DOCS).with_suffix(".html")
        assert built.is_file(), page
        assert "<!-- section:" not in built.read_text("utf-8")
    assert list(site.rglob("*.py")) == []


def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        fetched = Page(page.read_text("utf-8")).fetched
        assert fetched
        assert [target for target in fetched if ELSEWHERE.match(target)] == [], page
        for target in fetched:
            if not target.startswith("data:"):
                assert (page.parent / target.partition("?")[0]).exists() or page.name == "404.html", target
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//|@import", style.read_text("utf-8")), style


def test_the_search_finds_what_is_made_and_what_is_taken_from_elsewhere(site: Path) -> None:
    index = (site / "search" / "search_index.json").read_text("utf-8")
    assert (site / "search" / "search_index.js").read_text("utf-8") == f"var __index = {index}"
    entries = json.loads(index)["docs"]
    texts = {entry["location"]: entry["text"] for entry in entries}
    assert "--retry-failed" in texts["reference/commands.html#lookalike-ingest"]
    assert "max_image_pixels" in texts["reference/settings.html#settings"]
    assert "nested" in texts["guide/searching.html#regions"]


def test_pictures_are_small(site: Path) -> None:
    pictures = [file for file in DOCS.rglob("*") if file.suffix in {".jpg", ".png", ".webp"}]
    assert pictures
    assert [file.name for file in pictures if file.stat().st_size > 200_000] == []


# What the hooks do to Markdown

TEXT = "# Top\n\n## One `two_x`\n\nwords\n\n### Deep\n\n```sh\n# no heading\n```\n\n## Next\n\nmore\n"


def test_a_section_ends_at_the_next_heading_and_its_headings_move() -> None:
    assert section(TEXT, "one-two_x", 2) == "words\n\n## Deep\n\n```sh\n# no heading\n```\n"
    assert section(TEXT, "next", 3) == "more\n"
    with pytest.raises(
        LookupError, match="no heading has the anchor 'no-heading'; there are top, one-two_x, deep, next"
    ):
        section(TEXT, "no-heading", 2)


@pytest.mark.parametrize(
    ("source", "link", "expected"),
    [
        ("README.md", "[a](docs/encoder.md)", "[a](../encoder.md)"),
        ("README.md", "[a](docs/encoder.md#b)", "[a](../encoder.md#b)"),
        ("README.md", "[a](#regions)", "[a](searching.md#regions)"),
        ("README.md", "[a](#ingesting)", "[a](#below)"),
        ("README.md", "[a](LICENSE)", "a"),
        ("docs/guide/ingesting.md", "[a](missing.md)", "[a](missing.md)"),
        ("docs/guide/ingesting.md", "[a](../../benchmarks/RESULTS.md)", "[a](../results.md)"),
        ("README.md", "[a](https://example.org/x.md)", "[a](https://example.org/x.md)"),
        ("README.md", "![a](docs/x.jpg)", "![a](../x.jpg)"),
    ],
)
def test_links_lead_to_where_things_are_in_the_site(source: str, link: str, expected: str) -> None:
    places = {
        "docs/encoder.md": "encoder.md",
        "README.md#regions": "guide/searching.md#regions",
        "README.md#ingesting": "guide/ingesting.md#below",
        "benchmarks/RESULTS.md": "results.md",
        "docs/x.jpg": "x.jpg",
    }
    assert relinked(link, source, "guide/ingesting.md", places) == expected + "\n"
    assert relinked(f"```\n{link}\n```", source, "guide/ingesting.md", places) == f"```\n{link}\n```\n"
