"""Answers as one HTML file: each query beside its hits."""

from collections.abc import Sequence
from pathlib import Path

from lookalike.search.answers import Answer, Hit
from lookalike.search.html_file import template_environment, write_html

__all__ = ["render_gallery", "write_gallery"]


def render_gallery(answers: Sequence[Answer], title: str) -> str:
    """The page: a section for each answer, the query's picture beside its hits."""
    return template_environment(_facts).get_template("gallery.html").render(answers=answers, title=title)


def write_gallery(file: Path, answers: Sequence[Answer], title: str) -> None:
    """Write the page. Raises ConfigError if the file cannot be written."""
    write_html(file, render_gallery(answers, title))


def _facts(hit: Hit) -> list[tuple[str, str]]:
    size = [("size", f"{hit.width} × {hit.height}")] if hit.width else []
    return size + hit.facts
