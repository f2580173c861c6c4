"""Answers as one HTML file that needs nothing else: thumbnails inside, no script, no outside request."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from lookalike.errors import ConfigError
from lookalike.search.answers import Answer, Hit

__all__ = ["harmless_link", "render_gallery", "write_gallery"]

_LINKED = {"file", "http", "https"}


def render_gallery(answers: Sequence[Answer], title: str) -> str:
    """The page: a section for each answer, the query's picture beside its hits."""
    environment = Environment(
        loader=PackageLoader("lookalike.search"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["link"] = harmless_link
    environment.filters["facts"] = _facts
    return environment.get_template("gallery.html").render(answers=answers, title=title)


def write_gallery(file: Path, answers: Sequence[Answer], title: str) -> None:
    """Write the page. Raises ConfigError if the file cannot be written."""
    try:
        file.write_text(render_gallery(answers, title), encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"--html: cannot write {file}: {error.strerror}") from error


def harmless_link(url: str) -> str | None:
    """The URL if following it is harmless; an index may hold `javascript:` and worse."""
    try:
        return url if urlsplit(url).scheme in _LINKED else None
    except ValueError:
        return None


def _facts(hit: Hit) -> list[tuple[str, str]]:
    size = [("size", f"{hit.width} × {hit.height}")] if hit.width else []
    return size + hit.facts
