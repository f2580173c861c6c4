"""The groups as one HTML file to look through."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from opensearchpy import OpenSearch

from lookalike.cluster.whole import whole
from lookalike.search.answers import metadata_facts
from lookalike.search.duplicates.group import Group
from lookalike.search.duplicates.picture import Picture
from lookalike.search.duplicates.report import told
from lookalike.search.html_file import template_environment, write_html
from lookalike.search.source import text_in

__all__ = ["MOST_GROUPS", "render_page", "write_page"]

MOST_GROUPS = 500  # a page of more thumbnails is slow to open
_DAY = len("2024-05-31")


def write_page(file: Path, client: OpenSearch, index: str, groups: Sequence[Group], at_once: int) -> None:
    """Write the page of the first MOST_GROUPS groups, asking for the thumbnails of `at_once` documents a time.

    Raises ConfigError if the file cannot be written.
    """
    shown = [key for group in groups[:MOST_GROUPS] for key in group.ids]
    thumbnails: dict[str, str] = {}
    for start in range(0, len(shown), at_once):
        some = shown[start : start + at_once]
        request = {"size": len(some), "query": {"ids": {"values": some}}, "_source": {"includes": ["thumbnail"]}}
        for hit in whole(client.search(index=index, body=request), index)["hits"]["hits"]:
            if thumbnail := text_in(hit["_source"], "thumbnail"):
                thumbnails[hit["_id"]] = thumbnail
    write_html(file, render_page(index, groups, thumbnails))


def render_page(index: str, groups: Sequence[Group], thumbnails: Mapping[str, str]) -> str:
    """The page; `thumbnails` are JPEGs as base64, by id, of those pictures that have one."""
    environment = template_environment(_facts)
    environment.filters["decision"] = _decision
    return environment.get_template("duplicates.html").render(
        index=index,
        groups=groups[:MOST_GROUPS],
        left_out=len(groups[MOST_GROUPS:]),
        told=told(groups),
        thumbnails=thumbnails,
    )


def _facts(picture: Picture) -> list[tuple[str, str]]:
    facts = [
        ("size", f"{picture.width} × {picture.height}" if picture.width else ""),
        ("file", f"{picture.bytes:,} bytes {picture.format}" if picture.bytes else picture.format),
        ("taken", picture.taken_at[:_DAY]),
        ("ingested", picture.ingested_at[:_DAY]),
    ]
    facts += [*metadata_facts(picture.metadata), ("id", picture.id)]
    return [(key, text) for key, text in facts if text]


def _decision(group: Group, index: str) -> str:
    """The command that keeps a group's pictures apart; an id that begins like an option is none after `--`."""
    return shlex.join(["lookalike", "duplicates", index, "--not-duplicates", "--", *group.ids])
