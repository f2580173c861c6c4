"""Answers on a terminal: a table for people, JSON Lines for scripts."""

import json
from collections.abc import Sequence

from rich.text import Text

from lookalike.printable import printable
from lookalike.search.answers import Answer
from lookalike.search.places import Place
from lookalike.search.terminal import plain_table, show

__all__ = ["print_json", "print_table"]

_PLACES_SHOWN = 3


def print_json(answer: Answer) -> None:
    """One hit a line, with the keys of Contract 5."""
    for hit in answer.hits:
        print(json.dumps(hit.as_json()))


def print_table(answer: Answer) -> None:
    """Rank, verdict, similarity, picture and metadata of each hit."""
    if not answer.hits:
        print(f"{answer.question}: no picture satisfies this")
        return
    table = plain_table()
    table.add_column("rank", justify="right")
    judged = any(hit.verdict for hit in answer.hits)
    if judged:
        table.add_column("")
        table.add_column("probability", justify="right")
    table.add_column("similarity", justify="right")
    table.add_column("score", justify="right")
    table.add_column("image", overflow="fold")
    placed = any(hit.places for hit in answer.hits)
    if placed:
        table.add_column("where (x,y,width,height)", overflow="fold")
    verified = any(hit.overlap is not None for hit in answer.hits)
    if verified:
        table.add_column("of the query in it", justify="right")
    table.add_column("metadata", overflow="fold")
    for hit in answer.hits:
        described = ", ".join(f"{key}={text}" for key, text in hit.facts)
        table.add_row(
            str(hit.rank),
            *([hit.verdict, _percent(hit.probability)] if judged else []),
            f"{hit.similarity:.3f}",
            f"{hit.score:.4f}",
            Text(printable(hit.image_url)),
            *([_where(hit.places)] if placed else []),
            *([_percent(hit.overlap)] if verified else []),
            Text(printable(described)),
        )
    show(table)


def _where(places: Sequence[Place]) -> str:
    """The first places, with their magnification if it is known."""
    texts = []
    for place in places[:_PLACES_SHOWN]:
        box = place.box
        seen = "" if place.magnification is None else f" at {place.magnification:g}x"
        texts.append(f"{box.x},{box.y},{box.width},{box.height}{seen}")
    return "; ".join(texts)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"
