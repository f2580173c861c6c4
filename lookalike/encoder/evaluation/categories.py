"""Likeness: do the pictures most like one come from its own folder?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.evaluation.bootstrap import Estimate, estimate, resample, weighted_mean
from lookalike.encoder.evaluation.metrics import average_precision_at
from lookalike.encoder.evaluation.pictures import Picture

__all__ = ["CategoryFigures", "Labelled", "labelled_folders", "measure_categories"]

_DEPTH = 10
_AT_ONCE = 256


@dataclass(frozen=True)
class Labelled:
    """A folder with pictures in sub-folders: the numbers of its pictures and their labels as numbers, both `[N]`.

    `folder` is its name, or the path as it was given if another one has the same name.
    """

    folder: str
    rows: NDArray[np.int64]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class CategoryFigures:
    """mAP@10 and P@1 of one method in one folder; every picture with a fellow in its sub-folder asks for it."""

    method: str
    folder: str
    pictures: int
    labels: int
    map_at_10: Estimate
    precision_at_1: Estimate


def labelled_folders(pictures: Sequence[Picture]) -> list[Labelled]:
    """The folders of these pictures that can be measured: at least two labels of two pictures each."""
    folders = dict.fromkeys(picture.folder for picture in pictures)
    names = Counter(folder.name for folder in folders)
    found = []
    for folder in folders:
        rows = [row for row, picture in enumerate(pictures) if picture.folder == folder and picture.label]
        sizes = Counter(pictures[row].label for row in rows)
        if sum(size > 1 for size in sizes.values()) > 1:
            numbers = {label: number for number, label in enumerate(sizes)}
            labels = np.array([numbers[pictures[row].label] for row in rows])
            name = folder.name if folder.name and names[folder.name] == 1 else str(folder)
            found.append(Labelled(name, np.array(rows), labels))
    return found


def measure_categories(method: str, labelled: Labelled, vectors: NDArray[np.float32], seed: int) -> CategoryFigures:
    """The figures of one method, with its vectors of all pictures `[N, D]`; no picture is in its own answer.

    Of equally similar pictures those of other labels come first.
    """
    own, labels = vectors[labelled.rows], labelled.labels
    possible = np.bincount(labels)[labels] - 1
    parts = []
    for start in range(0, len(own), _AT_ONCE):
        rows = np.arange(start, min(start + _AT_ONCE, len(own)))
        similar = np.round((own[rows] @ own.T).astype(np.float64), 6)
        same = labels[rows, np.newaxis] == labels
        similar -= 5e-7 * same
        similar[np.arange(len(rows)), rows] = -np.inf
        best = np.argsort(-similar, axis=1, kind="stable")[:, : min(_DEPTH, len(own) - 1)]
        parts.append(np.take_along_axis(same, best, axis=1))
    relevant = np.concatenate(parts)
    asks = possible > 0
    average = average_precision_at(relevant[asks], possible[asks], _DEPTH)
    first = relevant[asks, 0]
    weights = resample(np.flatnonzero(asks), seed)
    return CategoryFigures(
        method,
        labelled.folder,
        len(own),
        len(np.unique(labels)),
        estimate(partial(weighted_mean, average), weights),
        estimate(partial(weighted_mean, first), weights),
    )
