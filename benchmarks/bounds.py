"""The line that tells whether a benchmark's figure is what was asked for."""

__all__ = ["bound"]


def bound(text: str, value: str, holds: bool) -> str:
    """`text` is what was asked for, `value` what was found; the first word is what `benchmarks.run` counts by."""
    return f"- {'held' if holds else '**not held**'}: {text}: {value}"
