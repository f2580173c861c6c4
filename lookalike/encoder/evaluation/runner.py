"""A whole evaluation: read, edit, embed, measure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.evaluation.answers import Answers
from lookalike.encoder.evaluation.categories import CategoryFigures, Labelled, labelled_folders, measure_categories
from lookalike.encoder.evaluation.copies import (
    COPIES,
    CopyFigures,
    KindFigures,
    by_kind,
    measure_copies,
    search_copies,
)
from lookalike.encoder.evaluation.edits.catalogue import KINDS, apply_kind, republish
from lookalike.encoder.evaluation.embedding import Vectors, describe_all
from lookalike.encoder.evaluation.failures import Failure, worst_failures
from lookalike.encoder.evaluation.methods.method import Method
from lookalike.encoder.evaluation.pictures import (
    Picture,
    Unreadable,
    fingerprint,
    list_pictures,
    open_picture,
    working_copy,
)
from lookalike.encoder.evaluation.plan import FEWEST, Plan, make_plan
from lookalike.errors import ConfigError, ImageError

__all__ = ["TASKS", "Evaluation", "Request", "edited", "evaluate"]

TASKS = ("copies", "categories")
_ORIGINALS_AT_ONCE = 4  # each is edited some forty times, and a picture takes up to a megabyte


@dataclass(frozen=True)
class Request:
    """What to evaluate on. The same files, methods, number of queries and seed give the same figures."""

    folders: Sequence[Path]
    distractors: Sequence[Path] = ()
    tasks: Sequence[str] = TASKS
    queries: int = 8_200
    seed: int = 0
    workers: int = 1


@dataclass
class Evaluation:
    """What came out. `pictures` are those that were used; `plan` is None without the task `copies`."""

    request: Request
    methods: list[str]
    pictures: list[Picture]
    unreadable: list[Unreadable]
    repeated: int
    plan: Plan | None = None
    copies: list[CopyFigures] = field(default_factory=list)
    kinds: list[KindFigures] = field(default_factory=list)
    categories: list[CategoryFigures] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def documents(self, copies: int) -> int:
        """How many vectors an index with so many copies of each original holds."""
        if self.plan is None:
            return 0
        return len(self.pictures) - len(self.plan.left_out) + (copies - 1) * len(self.plan.indexed)


Progress = Callable[[str, int, int], None]


def evaluate(
    request: Request, methods: Sequence[Method], progress: Progress = lambda stage, done, total: None
) -> Evaluation:
    """Measure the methods, of which the last is the one whose failures are kept. `progress` gets stage, done and total.

    Raises ConfigError if there are too few different pictures, or no labels where only they were asked for.
    """
    listed = list_pictures(request.folders, request.distractors)
    _check_listed(request, listed)
    pictures, unreadable, vectors = _read(request, listed, methods, progress)
    named = [method.name for method in methods]
    evaluation = Evaluation(
        request, named, pictures, unreadable, repeated=len(listed) - len(pictures) - len(unreadable)
    )
    originals = np.array([row for row, picture in enumerate(pictures) if picture.is_original], np.int64)
    if "copies" in request.tasks:
        _check_originals(request, evaluation, len(originals))
        _evaluate_copies(evaluation, make_plan(originals, request.queries, request.seed), methods, vectors, progress)
    if "categories" in request.tasks:
        labelled = labelled_folders(pictures)
        _check_labelled(request, labelled)
        evaluation.categories = [
            measure_categories(name, some, vector, request.seed)
            for some in labelled
            for name, vector in zip(named, vectors, strict=True)
        ]
    return evaluation


def _read(
    request: Request, listed: Sequence[Picture], methods: Sequence[Method], progress: Progress
) -> tuple[list[Picture], list[Unreadable], Vectors]:
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
    return kept, [unreadable[number] for number in sorted(unreadable)], [vector[rows] for vector in vectors]


def _evaluate_copies(
    evaluation: Evaluation, plan: Plan, methods: Sequence[Method], pictures: Vectors, progress: Progress
) -> None:
    seed, workers = evaluation.request.seed, evaluation.request.workers
    originals = np.unique(plan.original)

    def queries_of(original: int) -> list[Image.Image]:
        return edited(evaluation.pictures, plan, np.flatnonzero(plan.original == original), seed)

    def copies_of(original: int) -> list[Image.Image]:
        image = _open_working_copy(evaluation.pictures[original].path)
        return [republish(image, (seed, original, number)) for number in range(max(COPIES) - 1)]

    queries = describe_all(
        [partial(queries_of, int(original)) for original in originals],
        methods,
        workers,
        lambda done: progress("edited copies to ask with", done, len(originals)),
        _ORIGINALS_AT_ONCE,
    )
    copies = describe_all(
        [partial(copies_of, int(original)) for original in plan.indexed],
        methods,
        workers,
        lambda done: progress("copies in the index", done, len(plan.indexed)),
        _ORIGINALS_AT_ONCE,
    )
    evaluation.plan = plan
    for number, (method, vectors, query, copy) in enumerate(zip(methods, pictures, queries, copies, strict=True)):
        progress("measuring", number, len(methods))
        by_copy = copy.reshape(len(plan.indexed), max(COPIES) - 1, -1).transpose(1, 0, 2)
        found = search_copies(plan, vectors, query, by_copy)
        answers: dict[int, Answers] = {count: answer for count, (_, answer) in found.items()}
        evaluation.copies += measure_copies(method.name, plan, answers, seed)
        evaluation.kinds += by_kind(method.name, plan, answers[1], seed)
        evaluation.failures = worst_failures(plan, *found[1])
    progress("measuring", len(methods), len(methods))


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


def _check_listed(request: Request, listed: Sequence[Picture]) -> None:
    if not listed:
        raise ConfigError(f"no file in {_named(request)}; expected folders with pictures in them")


def _check_originals(request: Request, evaluation: Evaluation, originals: int) -> None:
    if originals >= FEWEST:
        return
    notes = []
    if evaluation.unreadable:
        first = evaluation.unreadable[0]
        notes.append(f"{len(evaluation.unreadable)} files cannot be read, the first being {first.path}: {first.reason}")
    if evaluation.repeated:
        notes.append(f"{evaluation.repeated} look exactly like another one")
    raise ConfigError(
        f"{originals} different pictures in {_named(request)}; copies need at least {FEWEST}"
        + "".join(f"; {note}" for note in notes)
    )


def _check_labelled(request: Request, labelled: Sequence[Labelled]) -> None:
    if not labelled and "copies" not in request.tasks:
        raise ConfigError(
            f"no labels in {_named(request)}; categories need a folder with at least two sub-folders that hold two "
            "or more pictures each, the sub-folder's name being the label"
        )


def _named(request: Request) -> str:
    return ", ".join(str(folder) for folder in request.folders)
