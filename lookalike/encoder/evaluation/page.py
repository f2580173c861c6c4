"""An evaluation as one HTML file that needs nothing else: tables, and the answers that were most wrong."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from PIL import Image

from lookalike.encoder.evaluation.failures import Failure
from lookalike.encoder.evaluation.pictures import open_picture
from lookalike.encoder.evaluation.queries import edited
from lookalike.encoder.evaluation.report import summary
from lookalike.encoder.evaluation.runner import Evaluation
from lookalike.encoder.evaluation.tables import tables
from lookalike.encoder.thumbnail import jpeg_thumbnail
from lookalike.errors import ConfigError

__all__ = ["prepare_folder", "write_page"]

_SIDE = 200


@dataclass(frozen=True)
class Strip:
    """A failure to be looked at: thumbnails as base64."""

    failure: Failure
    name: str
    query: str
    expected: str
    first: str


def prepare_folder(folder: Path) -> None:
    """Make the folder for the page, before work starts. Raises ConfigError if that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "report.html").touch()
    except OSError as error:
        raise ConfigError(f"--out: cannot write {folder / 'report.html'}: {error.strerror}") from error


def write_page(folder: Path, evaluation: Evaluation) -> Path:
    """Write `report.html` and return its path. Raises ConfigError if that cannot be."""
    environment = Environment(
        loader=PackageLoader("lookalike.encoder.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    strips = list(_strips(evaluation))
    page = environment.get_template("evaluation.html").render(
        summary=list(summary(evaluation)),
        tables=list(tables(evaluation)),
        method=evaluation.methods[-1],
        missed=[strip for strip in strips if strip.failure.rank],
        alarms=[strip for strip in strips if not strip.failure.rank],
    )
    file = folder / "report.html"
    try:
        file.write_text(page, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise ConfigError(f"--out: cannot write {file}: {error.strerror}") from error
    return file


def _strips(evaluation: Evaluation) -> Iterator[Strip]:
    plan = evaluation.plan
    if plan is None:
        return
    for failure in evaluation.failures:
        (query,) = edited(evaluation.pictures, plan, np.array([failure.query]), evaluation.request.seed)
        original, first = (evaluation.pictures[number].path for number in (failure.original, failure.first))
        yield Strip(failure, original.name, _shown(query), _shown(open_picture(original)), _shown(open_picture(first)))


def _shown(image: Image.Image) -> str:
    return jpeg_thumbnail(image, _SIDE)
