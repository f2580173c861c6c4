"""Which addresses in an index may be followed."""

from collections.abc import Collection
from urllib.parse import urlsplit

__all__ = ["followable"]


def followable(url: str, schemes: Collection[str]) -> str | None:
    """The URL if its scheme is one of these, else None; an index may hold `javascript:` and worse."""
    try:
        return url if urlsplit(url).scheme in schemes else None
    except ValueError:
        return None
