"""report.html: how the training went, and what the encoder kept, on one page that asks the network for nothing."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jinja2 import Environment, PackageLoader, StrictUndefined
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.tables import Table
from lookalike.encoder.model import AutoEncoder, as_input
from lookalike.encoder.training.augmentations.chain import edited_copy
from lookalike.encoder.training.curves import HEIGHT, WIDTH, curves
from lookalike.encoder.training.picture_cache import PictureCache
from lookalike.errors import TrainingError

__all__ = ["Shown", "write_report"]

_EXAMPLES = 12
_NEIGHBOURS = 6
_SIDE = 96


@dataclass(frozen=True)
class Shown:
    """What examples are taken from: the embeddings `[n, D]` of `pictures` (numbers in the cache), and the model."""

    cache: PictureCache
    pictures: NDArray[np.int64]
    embeddings: NDArray[np.float32]
    model: AutoEncoder

    def square(self, row: int) -> Image.Image:
        """The picture of a row of the embeddings."""
        return Image.fromarray(np.asarray(self.cache.pixels[self.pictures[row]]))


def write_report(
    file: Path,
    shown: Shown,
    history: Sequence[dict[str, float]],
    provenance: dict[str, Any],
    evaluated: tuple[Sequence[Table], str],
) -> None:
    """Write the page, whole or not at all; the same run writes the same page.

    `evaluated` are tables of figures and a line on what they were measured on, or why there are none. Raises
    TrainingError if the page cannot be written.
    """
    rows = np.random.default_rng(0).permutation(len(shown.pictures))[:_EXAMPLES]
    environment = Environment(
        loader=PackageLoader("lookalike.encoder.training"), autoescape=True, undefined=StrictUndefined
    )
    page = environment.get_template("report.html").render(
        curves=curves(history),
        rebuilt=_rebuilt(shown, rows),
        strips=[_strip(shown, int(row)) for row in rows],
        facts=_facts(provenance),
        width=WIDTH,
        height=HEIGHT,
        last=history[-1] if history else None,
        skipped=shown.cache.skipped,
        tables=evaluated[0],
        evaluated=evaluated[1],
    )
    fresh = file.with_suffix(".new")
    try:
        fresh.write_text(page, encoding="utf-8", errors="backslashreplace")  # names of folders may not be UTF-8
        fresh.replace(file)
    except OSError as error:
        raise TrainingError(f"cannot write {file}: {error.strerror}") from error


def _rebuilt(shown: Shown, rows: NDArray[np.int64]) -> list[tuple[str, str, str, str]]:
    """For each row: the picture and what is rebuilt of it, an edited copy and what is rebuilt of that."""
    plain = [shown.square(int(row)) for row in rows]
    edited = [
        edited_copy(image, plain[(index + 1) % len(plain)], index).resize(image.size)
        for index, image in enumerate(plain)
    ]
    device = next(shown.model.parameters()).device
    answers = []
    for images in (plain, edited):
        with torch.no_grad():
            _, pictures = shown.model(as_input(np.stack([np.asarray(image) for image in images]), device))
        pixels = (pictures.permute(0, 2, 3, 1).float().cpu().numpy() * 255).round().astype(np.uint8)
        answers.append([Image.fromarray(picture) for picture in pixels])
    columns = (plain, answers[0], edited, answers[1])
    return [tuple(_data_url(image) for image in images) for images in zip(*columns, strict=True)]  # type: ignore[misc]


def _strip(shown: Shown, row: int) -> list[tuple[str, float]]:
    """A picture and its nearest neighbours, with their cosine similarity."""
    scores = shown.embeddings @ shown.embeddings[row]
    scores[row] = np.inf
    order = np.argsort(-scores, kind="stable")[: _NEIGHBOURS + 1]
    return [(_data_url(shown.square(int(found))), float(min(scores[found], 1))) for found in order]


def _facts(provenance: dict[str, Any]) -> list[tuple[str, str]]:
    training = provenance["training"]
    facts = [("weights", provenance["weights"]), ("bottleneck", provenance["bottleneck"])]
    facts += [("pictures", f"{training['pictures']:,}; {provenance['images']}")]
    facts += [(name, str(training[name])) for name in ("batch", "side", "seed", "temperature")]
    facts += [("loss", ", ".join(f"{name} × {weight:g}" for name, weight in training["loss"].items()))]
    return facts


def _data_url(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.resize((_SIDE, _SIDE), Image.Resampling.BILINEAR).save(buffer, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()
