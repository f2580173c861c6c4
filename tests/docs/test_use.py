"""Every block that a page tells to copy and paste does what the page says."""

import json
import os
import shutil

import pytest

from tests.docs.conftest import Reader
from tests.docs.pages import DOCS, assert_shown, blocks

PAGES = sorted(str(path.relative_to(DOCS)) for path in (DOCS / "use").glob("*.md"))


def test_each_way_of_use_has_a_page_with_something_to_run() -> None:
    assert [f"use/{name}.md" for name in ("cli", "curl", "dev-tools", "java", "javascript", "python")] == PAGES
    for page in PAGES:
        assert any(block.shown and not block.reason and not block.title for block in blocks(page)), page


@pytest.mark.cluster
@pytest.mark.parametrize("page", PAGES)
def test_what_the_page_says_happens(reader: Reader, page: str) -> None:
    if page == "use/javascript.md" and shutil.which("node") is None and "LOOKALIKE_CI" not in os.environ:
        pytest.skip("needs Node.js")
    reader.follow(page)


# The comparison itself: a page that shows something else must not pass.


@pytest.mark.parametrize(
    ("shown", "answer"),
    [
        ("0.87 chelsea.png", "noise\n0.8672 chelsea.png\n"),
        ("1 copy …/cup.png …", "1  copy   file:///a/cup.png   folder=x y"),
        ("a\nb", "a\nx\nb"),
    ],
)
def test_answers_that_are_what_is_shown(shown: str, answer: str) -> None:
    assert_shown(("text", shown), answer)


@pytest.mark.parametrize(
    ("shown", "answer"),
    [
        ("0.87 chelsea.png", "0.80 chelsea.png"),
        ("0.87 chelsea.png", "0.87 coffee.png"),
        ("a\nb", "b\na"),
        ("a", "a b"),
        ("a …", "b"),
    ],
)
def test_answers_that_are_not_what_is_shown(shown: str, answer: str) -> None:
    with pytest.raises(AssertionError):
        assert_shown(("text", shown), answer)


@pytest.mark.parametrize(
    "answer", [{"hits": [{"score": 0.7}]}, {"hits": []}, {"hits": [{"score": 0.9}, {}]}, {"hits": [{}]}, {}]
)
def test_json_that_is_not_what_is_shown(answer: object) -> None:
    shown = ("json", '{"hits": [{"score": 0.9}]}')
    assert_shown(shown, '{"took": 3, "hits": [{"score": 0.905, "id": "x"}]}')
    with pytest.raises(AssertionError):
        assert_shown(shown, json.dumps(answer))
