"""What two languages must agree on: the same image bytes, a small fixed artefact, and what comes of them.

`python -m tests.golden.make` writes it anew; pytest and JUnit read it. See make.py for how to add an image, and
tiling.py for the regions that pictures are cut into.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "MODEL_FOLDER", "NATIVE_SIZE", "GoldenCase", "cases"]

FOLDER = Path(__file__).parent
MODEL_FOLDER = FOLDER / "model"
NATIVE_SIZE = 64  # of the small artefact


@dataclass(frozen=True)
class GoldenCase:
    """An image file and what must come of it: either facts and an embedding, or a refusal.

    `bound` is the least cosine between `embedding` and that of another decoder; `pixels_sha256` the hash of the
    RGB square that the small artefact sees, for kinds that leave decoders no freedom. A refusal has a `kind`, as the
    plugin's statistics name it, and a `reason`, the part of the message that is the same in both languages.
    """

    name: str
    format: str | None = None
    width: int | None = None
    height: int | None = None
    exif: dict[str, Any] | None = None
    bound: float | None = None
    pixels_sha256: str | None = None
    embedding: tuple[float, ...] | None = None
    kind: str | None = None
    reason: str | None = None

    @property
    def is_refused(self) -> bool:
        """Whether the file must be refused."""
        return self.kind is not None

    @property
    def path(self) -> Path:
        """The image file."""
        return FOLDER / "images" / self.name

    @cached_property
    def data(self) -> bytes:
        """Its bytes."""
        return self.path.read_bytes()


def cases() -> list[GoldenCase]:
    """All of them, readable ones and refused ones, by name."""
    return [GoldenCase(**case) for case in json.loads((FOLDER / "expected.json").read_text())["cases"]]
