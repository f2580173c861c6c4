"""The metadata that a user adds on the command line."""

import json
from collections.abc import Sequence

from lookalike.errors import ConfigError

__all__ = ["parse_metadata"]


def parse_metadata(pairs: Sequence[str]) -> dict[str, str | int | float | bool]:
    """Parse `key=value` pairs; numbers, true and false keep their type, anything else is a string.

    Raises ConfigError for a pair without a key, and for a key with a dot, which OpenSearch would read as a path.
    """
    parsed: dict[str, str | int | float | bool] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip() or "." in key or not _is_unicode(pair):
            raise ConfigError(f"--metadata: expected key=value in UTF-8, the key without dots, found {pair!r}")
        parsed[key.strip()] = _typed(value)
    return parsed


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _typed(value: str) -> str | int | float | bool:
    try:
        read = json.loads(value, parse_constant=str)
    except ValueError:
        return value
    # OpenSearch's numbers have 64 bits; what they cannot hold stays the text that was typed.
    fits = isinstance(read, int | float) and abs(read) < 2**63
    return read if fits else value
