"""`lookalike calibrate`: fit on one set of pictures, try on others, write into model.json, tell what came out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lookalike.encoder.artefact import read_artefact, write_description
from lookalike.encoder.evaluation.fitting import Reached, fit_calibration, reached, scored_answers
from lookalike.encoder.evaluation.methods.encoder import EncoderMethod
from lookalike.encoder.evaluation.pictures import list_pictures
from lookalike.encoder.evaluation.plan import FEWEST
from lookalike.encoder.evaluation.request import Progress, Request
from lookalike.errors import ConfigError
from lookalike.printable import printable

__all__ = ["Tried", "calibrate_model", "reached_rows", "reached_table"]


@dataclass(frozen=True)
class Tried:
    """What the thresholds do on one set of pictures, and whether they were fitted on it."""

    pictures: str
    fitted: bool
    queries: int
    reached: Sequence[Reached]


def calibrate_model(folder: Path, fitted: Request, checked: Sequence[Request], progress: Progress) -> list[Tried]:
    """Calibrate the model in `folder` on one request and try it on others; model.json is written as soon as
    the calibration is fitted.

    Raises ArtefactError if there is no model or its description cannot be written, ConfigError for too few pictures.
    """
    artefact = read_artefact(folder)
    for request in (fitted, *checked):
        _check_files(request)
    method = EncoderMethod(artefact, artefact.name, fitted.workers)
    own = scored_answers(fitted, method, progress)
    names = ", ".join(printable(path.name) for path in (*fitted.folders, *fitted.distractors))
    queries = len(own.pool.matched)
    calibration = fit_calibration(own, f"{queries} edited copies, half without a match; pictures: {names}")
    write_description(replace(artefact, calibration=calibration))
    tried = [own, *(scored_answers(request, method, progress) for request in checked)]
    return [
        Tried(some.request.named, some is own, len(some.pool.matched), reached(some, calibration)) for some in tried
    ]


def _check_files(request: Request) -> None:
    """Raise ConfigError, before the work starts, for a folder that cannot have enough pictures."""
    files = sum(picture.is_original for picture in list_pictures(request.folders, request.distractors))
    if files < FEWEST:
        raise ConfigError(f"{files} files in {request.named}; expected at least {FEWEST} different pictures")


def reached_rows(tried: Sequence[Tried]) -> Iterator[dict[str, Any]]:
    """An object for each set of pictures and threshold; precision is null without answers above it."""
    for some in tried:
        for item in some.reached:
            yield {
                "pictures": some.pictures,
                "fitted": some.fitted,
                "queries": some.queries,
                "wanted": float(item.precision_wanted),
                "threshold": item.threshold,
                "precision": item.precision if item.answers else None,
                "recall": item.recall,
                "answers": item.answers,
            }


def reached_table(tried: Sequence[Tried]) -> Iterator[str]:
    """A line for each set of pictures and threshold."""
    yield f"{'precision wanted':>16}  {'from score':>10}  {'reached':>7}  {'recall':>6}  {'answers':>7}  pictures"
    for some in tried:
        for item in some.reached:
            score = "none" if item.threshold is None else f"{item.threshold:.3f}"
            precision = f"{item.precision:.4f}" if item.answers else "–"
            where = printable(some.pictures) + (" (fitted on these)" if some.fitted else "")
            cells = f"{item.precision_wanted:>16}  {score:>10}  {precision:>7}  {item.recall:>6.3f}"
            yield f"{cells}  {item.answers:>7}  {where}"
