"""Edited copies to search with, and further copies for an index, described as they are made."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.copies import COPIES
from lookalike.encoder.evaluation.edits.catalogue import KINDS, apply_kind, republish
from lookalike.encoder.evaluation.embedding import Vectors, describe_all
from lookalike.encoder.evaluation.methods.method import Method
from lookalike.encoder.evaluation.pictures import Picture, open_picture, working_copy
from lookalike.encoder.evaluation.plan import Plan
from lookalike.encoder.evaluation.request import Progress, Request

__all__ = ["describe_copies", "describe_queries", "edited"]

_ORIGINALS_AT_ONCE = 4  # each is edited some forty times, and a picture takes up to a megabyte


def describe_queries(
    pictures: Sequence[Picture], plan: Plan, methods: Sequence[Method], request: Request, progress: Progress
) -> Vectors:
    """Of each method the vectors `[Q, D]` of the plan's queries."""
    originals = np.unique(plan.original)

    def queries_of(original: int) -> list[Image.Image]:
        return edited(pictures, plan, np.flatnonzero(plan.original == original), request.seed)

    return describe_all(
        [partial(queries_of, int(original)) for original in originals],
        methods,
        request.workers,
        lambda done: progress("edited copies to ask with", done, len(originals)),
        _ORIGINALS_AT_ONCE,
    )


def describe_copies(
    pictures: Sequence[Picture], plan: Plan, methods: Sequence[Method], request: Request, progress: Progress
) -> Vectors:
    """Of each method the vectors of the further copies of each indexed original, one original after the other."""

    def copies_of(original: int) -> list[Image.Image]:
        image = _open_working_copy(pictures[original].path)
        return [republish(image, (request.seed, original, number)) for number in range(max(COPIES) - 1)]

    return describe_all(
        [partial(copies_of, int(original)) for original in plan.indexed],
        methods,
        request.workers,
        lambda done: progress("copies in the index", done, len(plan.indexed)),
        _ORIGINALS_AT_ONCE,
    )


def edited(pictures: Sequence[Picture], plan: Plan, queries: NDArray[np.int64], seed: int) -> list[Image.Image]:
    """Queries of one original, made again from its file and the files of the backgrounds."""
    if not len(queries):
        return []
    original = int(plan.original[queries[0]])
    image = _open_working_copy(pictures[original].path)
    made = []
    for query in queries:
        background = pictures[plan.background[query]].path
        made.append(
            apply_kind(KINDS[plan.kind[query]], image, partial(_open_working_copy, background), (seed, original))
        )
    return made


def _open_working_copy(path: Path) -> Image.Image:
    return working_copy(open_picture(path))
