"""Text from outside (file names, metadata, messages) made safe for one line of a terminal."""

__all__ = ["printable"]


def printable(text: str) -> str:
    """Escape control characters, which could move a terminal's cursor, and lone surrogates, which have no encoding."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
