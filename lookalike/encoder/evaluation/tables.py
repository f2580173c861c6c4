"""The figures as tables of text, for a terminal, a page or a document."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lookalike.encoder.evaluation.bootstrap import Estimate
from lookalike.encoder.evaluation.copies import COPIES, SETS, CopyFigures
from lookalike.encoder.evaluation.edits.catalogue import CHAINS, KINDS, SINGLES
from lookalike.encoder.evaluation.runner import Evaluation

__all__ = ["Table", "tables"]

_TITLES = {
    "chains": "Copies made by chains of two or three edits",
    "hard": "Copies made by any two or three edits, or by the hardest single ones",
    "single": "Copies made by single edits",
    "all": "All copies",
}


@dataclass(frozen=True)
class Table:
    """A heading, what it means in a line, and cells; the first column is text, the others are figures."""

    title: str
    note: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables(evaluation: Evaluation, brief: bool = False) -> Iterator[Table]:
    """All tables, or, if `brief`, those that a decision needs."""
    for name in ("chains", "all") if brief else SETS:
        if evaluation.copies:
            yield _copies(evaluation, name)
    if evaluation.kinds:
        yield _kinds(evaluation)
    if evaluation.categories:
        yield _categories(evaluation)


def _copies(evaluation: Evaluation, queries: str) -> Table:
    figures = {
        (item.method, item.copies, item.normalised): item for item in evaluation.copies if item.queries == queries
    }
    rows = []
    for method in evaluation.methods:
        for copies in COPIES:
            raw, normalised = figures[method, copies, False], figures[method, copies, True]
            rows.append([method if copies == COPIES[0] else "", str(copies), *_pair(raw, normalised)])
    sizes = ", ".join(f"{evaluation.documents(copies):,}" for copies in COPIES)
    return Table(
        _TITLES[queries],
        f"In indices of {sizes} documents, which hold {', '.join(map(str, COPIES))} copies of each picture looked for. "
        "R@P90: recall at 90 % precision; n.: scores normalised; from: the normalised score that gives this precision.",
        ["method", "copies", "µAP", "µAP n.", "R@P90", "R@P90 n.", "from", "R@1", "R@10"],
        rows,
    )


def _pair(raw: CopyFigures, normalised: CopyFigures) -> list[str]:
    return [
        _interval(raw.micro_ap),
        _interval(normalised.micro_ap),
        _interval(raw.recall),
        _interval(normalised.recall),
        "–" if math.isnan(normalised.threshold) else f"{normalised.threshold:.3f}",
        _interval(raw.recall_at_1),
        f"{raw.recall_at_10.value:.3f}",
    ]


def _kinds(evaluation: Evaluation) -> Table:
    found = {(item.method, item.kind): item.recall_at_1.value for item in evaluation.kinds}
    rows = [[kind, *(f"{found[method, kind]:.3f}" for method in evaluation.methods)] for kind in KINDS]
    for name, kinds in (("single edits", tuple(SINGLES)), ("chains", tuple(CHAINS))):
        several = [[found[method, kind] for kind in kinds] for method in evaluation.methods]
        rows.append([f"mean of {name}", *(f"{sum(some) / len(some):.3f}" for some in several)])
        rows.append([f"lowest of {name}", *(f"{min(some):.3f}" for some in several)])
    queries = evaluation.kinds[0].queries
    return Table(
        "R@1 by edit",
        f"Of {queries} queries of each kind whose picture is in the index, one copy of it, how many find it first.",
        ["edit", *evaluation.methods],
        rows,
    )


def _categories(evaluation: Evaluation) -> Table:
    folders = list(dict.fromkeys(item.folder for item in evaluation.categories))
    found = {(item.method, item.folder): item for item in evaluation.categories}
    facts = ", ".join(
        f"{folder}: {found[evaluation.methods[0], folder].pictures:,} pictures with "
        f"{found[evaluation.methods[0], folder].labels} labels"
        for folder in folders
    )
    rows = []
    for method in evaluation.methods:
        items = [found[method, folder] for folder in folders]
        rows.append([method, *(_interval(part) for item in items for part in (item.map_at_10, item.precision_at_1))])
    header = [f"{folder} {metric}" for folder in folders for metric in ("mAP@10", "P@1")]
    return Table("Likeness: pictures of the same sub-folder", f"{facts}.", ["method", *header], rows)


def _interval(figure: Estimate) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f}–{figure.high:.3f})"
