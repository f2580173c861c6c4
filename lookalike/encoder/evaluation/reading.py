"""Reading all pictures of an evaluation, each once: what can be read, looks unlike the others, and its vectors."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from lookalike.encoder.evaluation.embedding import Vectors, describe_all
from lookalike.encoder.evaluation.methods.method import Method
from lookalike.encoder.evaluation.pictures import Picture, Unreadable, fingerprint, list_pictures, open_picture
from lookalike.encoder.evaluation.plan import FEWEST, Plan, make_plan
from lookalike.encoder.evaluation.request import Progress, Request
from lookalike.errors import ConfigError, ImageError

__all__ = ["ReadPictures", "plan_of", "read_pictures"]


@dataclass(frozen=True)
class ReadPictures:
    """The pictures that are used, the vectors `[N, D]` of each method, and how many look exactly like another."""

    pictures: list[Picture]
    vectors: Vectors
    unreadable: list[Unreadable]
    repeated: int


def read_pictures(request: Request, methods: Sequence[Method], progress: Progress) -> ReadPictures:
    """Read and describe every picture of the request. Raises ConfigError if its folders hold no file."""
    listed = list_pictures(request.folders, request.distractors)
    if not listed:
        raise ConfigError(f"no file in {request.named}; expected folders with pictures in them")
    unreadable: dict[int, Unreadable] = {}
    prints: dict[int, str] = {}

    def make(number: int) -> list[Image.Image]:
        try:
            image = open_picture(listed[number].path)
        except ImageError as error:
            unreadable[number] = Unreadable(listed[number].path, str(error))
            return []
        prints[number] = fingerprint(image)
        return [image]

    makers = [partial(make, number) for number in range(len(listed))]
    vectors = describe_all(makers, methods, request.workers, lambda done: progress("pictures", done, len(listed)))
    readable = sorted(prints)
    seen: set[str] = set()
    rows = []
    for row, number in enumerate(readable):
        if prints[number] not in seen:
            seen.add(prints[number])
            rows.append(row)
    kept = [listed[readable[row]] for row in rows]
    failed = [unreadable[number] for number in sorted(unreadable)]
    return ReadPictures(kept, [vector[rows] for vector in vectors], failed, len(readable) - len(rows))


def plan_of(request: Request, read: ReadPictures) -> Plan:
    """Which of the pictures are edited how. Raises ConfigError if there are too few originals."""
    originals = np.array([row for row, picture in enumerate(read.pictures) if picture.is_original], np.int64)
    if len(originals) >= FEWEST:
        return make_plan(originals, request.queries, request.seed)
    notes = []
    if read.unreadable:
        first = read.unreadable[0]
        notes.append(f"{len(read.unreadable)} files cannot be read, the first being {first.path}: {first.reason}")
    if read.repeated:
        notes.append(f"{read.repeated} look exactly like another one")
    raise ConfigError(
        f"{len(originals)} different pictures in {request.named}; copies need at least {FEWEST}"
        + "".join(f"; {note}" for note in notes)
    )
