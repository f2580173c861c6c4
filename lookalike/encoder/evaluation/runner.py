"""A whole evaluation: read, edit, embed, measure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
from lookalike.encoder.evaluation.embedding import Vectors
from lookalike.encoder.evaluation.failures import Failure, worst_failures
from lookalike.encoder.evaluation.methods.method import Method
from lookalike.encoder.evaluation.pictures import Picture, Unreadable
from lookalike.encoder.evaluation.plan import Plan
from lookalike.encoder.evaluation.queries import describe_copies, describe_queries
from lookalike.encoder.evaluation.reading import plan_of, read_pictures
from lookalike.encoder.evaluation.request import Progress, Request
from lookalike.errors import ConfigError

__all__ = ["Evaluation", "evaluate"]


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


def evaluate(
    request: Request, methods: Sequence[Method], progress: Progress = lambda stage, done, total: None
) -> Evaluation:
    """Measure the methods, of which the last is the one whose failures are kept. `progress` gets stage, done and total.

    Raises ConfigError if there are too few different pictures, or no labels where only they were asked for.
    """
    read = read_pictures(request, methods, progress)
    pictures, vectors = read.pictures, read.vectors
    named = [method.name for method in methods]
    evaluation = Evaluation(request, named, pictures, read.unreadable, read.repeated)
    if "copies" in request.tasks:
        _evaluate_copies(evaluation, plan_of(request, read), methods, vectors, progress)
    if "categories" in request.tasks:
        labelled = labelled_folders(pictures)
        _check_labelled(request, labelled)
        evaluation.categories = [
            measure_categories(name, some, vector, request.seed)
            for some in labelled
            for name, vector in zip(named, vectors, strict=True)
        ]
    return evaluation


def _evaluate_copies(
    evaluation: Evaluation, plan: Plan, methods: Sequence[Method], pictures: Vectors, progress: Progress
) -> None:
    request = evaluation.request
    queries = describe_queries(evaluation.pictures, plan, methods, request, progress)
    copies = describe_copies(evaluation.pictures, plan, methods, request, progress)
    evaluation.plan = plan
    for number, (method, vectors, query, copy) in enumerate(zip(methods, pictures, queries, copies, strict=True)):
        progress("measuring", number, len(methods))
        by_copy = copy.reshape(len(plan.indexed), max(COPIES) - 1, -1).transpose(1, 0, 2)
        found = search_copies(plan, vectors, query, by_copy)
        answers: dict[int, Answers] = {count: answer for count, (_, answer) in found.items()}
        evaluation.copies += measure_copies(method.name, plan, answers, request.seed)
        evaluation.kinds += by_kind(method.name, plan, answers[1], request.seed)
        evaluation.failures = worst_failures(plan, *found[1])
    progress("measuring", len(methods), len(methods))


def _check_labelled(request: Request, labelled: Sequence[Labelled]) -> None:
    if not labelled and "copies" not in request.tasks:
        raise ConfigError(
            f"no labels in {request.named}; categories need a folder with at least two sub-folders that hold two "
            "or more pictures each, the sub-folder's name being the label"
        )
