"""Answers on a terminal: a table for people, JSON Lines for scripts."""

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lookalike.printable import printable
from lookalike.search.answers import Answer

__all__ = ["print_json", "print_table"]


def print_json(answer: Answer) -> None:
    """One hit a line, with the keys of Contract 5."""
    for hit in answer.hits:
        print(json.dumps(hit.as_json()))


def print_table(answer: Answer) -> None:
    """Rank, verdict, similarity, picture and metadata of each hit."""
    if not answer.hits:
        print(f"{answer.question}: no picture satisfies this")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rank", justify="right")
    judged = any(hit.verdict for hit in answer.hits)
    if judged:
        table.add_column("")
        table.add_column("probability", justify="right")
    table.add_column("similarity", justify="right")
    table.add_column("score", justify="right")
    table.add_column("image", overflow="fold")
    table.add_column("metadata", overflow="fold")
    for hit in answer.hits:
        described = ", ".join(f"{key}={text}" for key, text in hit.facts)
        table.add_row(
            str(hit.rank),
            *([hit.verdict, _percent(hit.probability)] if judged else []),
            f"{hit.similarity:.3f}",
            f"{hit.score:.4f}",
            Text(printable(hit.image_url)),
            Text(printable(described)),
        )
    console = Console()
    if not console.is_terminal:
        console.width = 10_000  # a pipe has no edge to fold at
    console.print(table)


def _percent(probability: float | None) -> str:
    return "" if probability is None else f"{100 * probability:.1f} %"
