"""An evaluation as lines: for people, or one JSON object each for scripts."""

import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lookalike.encoder.evaluation.copies import COPIES
from lookalike.encoder.evaluation.runner import Evaluation
from lookalike.encoder.evaluation.tables import Table, tables
from lookalike.printable import printable

__all__ = ["json_rows", "summary", "text_lines"]

_SHOWN = 5


def summary(evaluation: Evaluation) -> Iterator[str]:
    """What was evaluated on."""
    counts = f"{len(evaluation.pictures):,} pictures"
    if evaluation.repeated:
        counts += f", {evaluation.repeated} more that look exactly like one of them"
    if evaluation.unreadable:
        counts += f", {len(evaluation.unreadable)} files that cannot be read"
    plan = evaluation.plan
    if plan is not None:
        counts += (
            f"; {len(plan.original):,} edited copies of {len(plan.indexed) + len(plan.left_out)} of them, "
            "half of these not in the index"
        )
    yield f"{counts}; seed {evaluation.request.seed}; intervals hold 95 %."
    for file in evaluation.unreadable[:_SHOWN]:
        yield printable(f"skipped {file.path}: {file.reason}")
    if len(evaluation.unreadable) > _SHOWN:
        yield f"skipped {len(evaluation.unreadable) - _SHOWN} more; --json names them all"


def text_lines(evaluation: Evaluation) -> Iterator[str]:
    """The summary and the tables that a decision needs, safe for a terminal."""
    yield from summary(evaluation)
    for table in tables(evaluation, brief=True):
        yield ""
        yield table.title
        yield printable(table.note)
        yield from map(printable, _aligned(table))


def _aligned(table: Table) -> Iterator[str]:
    rows = [table.header, *table.rows]
    widths = [max(len(row[column]) for row in rows) for column in range(len(table.header))]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def json_rows(evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    """Objects whose `row` says what they hold: run, skipped, copies, kind or category."""
    plan = evaluation.plan
    yield {
        "row": "run",
        "methods": evaluation.methods,
        "pictures": len(evaluation.pictures),
        "repeated": evaluation.repeated,
        "unreadable": len(evaluation.unreadable),
        "seed": evaluation.request.seed,
        "originals": 0 if plan is None else len(plan.indexed) + len(plan.left_out),
        "queries": 0 if plan is None else len(plan.original),
        "matched": 0 if plan is None else int(plan.matched.sum()),
        "documents": {} if plan is None else {str(copies): evaluation.documents(copies) for copies in COPIES},
    }
    for file in evaluation.unreadable:
        yield {"row": "skipped", "path": str(file.path), "reason": file.reason}
    for figures in evaluation.copies:
        threshold = None if math.isnan(figures.threshold) else figures.threshold
        yield {"row": "copies", **asdict(figures), "threshold": threshold}
    for kind in evaluation.kinds:
        yield {"row": "kind", **asdict(kind)}
    for category in evaluation.categories:
        yield {"row": "category", **asdict(category)}
