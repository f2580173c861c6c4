"""One HTML file that needs nothing else: thumbnails inside, no script, no outside request."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from lookalike.errors import ConfigError
from lookalike.search.link import followable

__all__ = ["template_environment", "write_html"]

_LINKED = {"file", "http", "https"}


def template_environment(facts: Callable[[Any], list[tuple[str, str]]]) -> Environment:
    """Where the templates of such files are; `facts` tells what is shown of a picture, by its label."""
    environment = Environment(
        loader=PackageLoader("lookalike.search"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters["link"] = lambda url: followable(url, _LINKED)
    environment.filters["facts"] = facts
    return environment


def write_html(file: Path, content: str) -> None:
    """Write a page. Raises ConfigError if the file cannot be written."""
    try:
        file.write_text(content, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"--html: cannot write {file}: {error.strerror}") from error
