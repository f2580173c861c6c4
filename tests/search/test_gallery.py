import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lookalike.errors import ConfigError
from lookalike.search.answers import Answer, Hit
from lookalike.search.gallery import render_gallery, write_gallery

HIT = Hit(
    rank=1,
    id="abc",
    score=0.95,
    similarity=0.9,
    probability=None,
    image_url="file:///pictures/cat%20one.jpg",
    metadata={"filename": "cat one.jpg", "sold": True, "colour": "red"},
    width=640,
    height=480,
    thumbnail="QUJD",
)
HOSTILE = '"><script>alert(1)</script>'


class Page(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def page(*hits: Hit, question: str = "query.jpg") -> Page:
    return Page(render_gallery([Answer(question, list(hits), 7, "REVG")], "Pictures"))


def test_query_and_hits_are_shown_with_their_facts() -> None:
    shown = page(HIT)
    sources = [value for tag, name, value in shown.attributes if (tag, name) == ("img", "src")]
    assert sources == ["data:image/jpeg;base64,REVG", "data:image/jpeg;base64,QUJD"]
    assert ("a", "href", "file:///pictures/cat%20one.jpg") in shown.attributes
    for text in ("query.jpg", "1 answer in 7 ms", "0.900", "cat one.jpg", "640 × 480", "colour", "red"):
        assert text in shown.text
    assert shown.text.index("colour") < shown.text.index("sold") < shown.text.index("true")


def test_a_hit_is_named_with_its_probability() -> None:
    shown = page(replace(HIT, probability=0.9987, verdict="copy"), HIT)
    assert shown.text.count("copy") == 2  # and in the line that explains the percentage
    assert "99.9 %" in shown.text
    assert "0.0 %" in page(replace(HIT, probability=0.0, verdict="similar")).text


def test_metadata_from_the_index_cannot_add_markup() -> None:
    hostile = replace(HIT, image_url=f"https://x/{HOSTILE}", metadata={HOSTILE: HOSTILE, "filename": HOSTILE})
    shown = page(hostile, question=HOSTILE)
    assert "script" not in shown.tags
    assert shown.text.count(HOSTILE) >= 3
    assert not [name for _, name, _ in shown.attributes if name.startswith("on")]


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "s3://bucket/x.jpg", "http://[evil", ""]
)
def test_only_harmless_urls_become_links(url: str) -> None:
    assert "a" not in page(replace(HIT, image_url=url)).tags


@pytest.mark.parametrize("url", ["https://example.org/a.jpg", "http://example.org/a.jpg", "file:///a.jpg"])
def test_ordinary_urls_become_links(url: str) -> None:
    assert ("a", "href", url) in page(replace(HIT, image_url=url)).attributes


def test_the_page_loads_nothing_from_outside() -> None:
    html = render_gallery([Answer("q", [HIT], 1, "REVG")], "Pictures")
    shown = Page(html)
    assert not {"script", "link", "iframe", "object"} & set(shown.tags)
    assert "url(" not in html
    assert "@import" not in html
    loaded = [value for tag, name, value in shown.attributes if name in {"src", "srcset", "poster"}]
    assert all(value.startswith("data:image/jpeg;base64,") for value in loaded)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert policy.group(1) == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_a_hit_without_thumbnail_or_name_and_an_empty_answer_are_shown() -> None:
    bare = replace(HIT, thumbnail=None, metadata={}, width=0)
    shown = page(bare)
    assert "no thumbnail" in shown.text
    assert "cat one.jpg" in shown.text
    assert "abc" in page(replace(bare, image_url="")).text, "its id is all that is known of it"
    assert "No picture satisfies this question." in page().text


def test_text_that_has_no_encoding_is_escaped(tmp_path: Path) -> None:
    write_gallery(tmp_path / "g.html", [Answer("q", [replace(HIT, metadata={"x": "\ud800"})], 1)], "Pictures")
    assert "\\ud800" in (tmp_path / "g.html").read_text()


def test_a_gallery_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--html: cannot write .*: No such file or directory"):
        write_gallery(tmp_path / "gone" / "gallery.html", [], "x")
