"""Do more examples find more of the same kind? `python -m benchmarks.refining FOLDER`, of a sub-folder for each kind.

All pictures are ingested. `--queries` of them each ask for others of their kind: alone; with one and with three more of
the kind, drawn at random, as `--more-like`; with the first two wrong answers as `--less-like`; and with both. None of
these six pictures counts as an answer, whether or not it was an example, so that every variant is asked for the same.
Told is the mean average precision of the first ten answers, and what it gains over one example, with intervals that
hold 95 % (kinds are drawn anew, 300 times).

Needs a node (`lookalike up`); the index is deleted at the end.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.conditions import conditions
from benchmarks.ingest_run import connection_settings, ingest, own_index, own_state
from benchmarks.program import run_program
from lookalike.encoder.evaluation.bootstrap import Estimate, estimate, resample, weighted_mean
from lookalike.encoder.evaluation.metrics import average_precision_at
from lookalike.ingest.folders import list_images
from lookalike.search.searcher import Searcher, Wanted

INDEX = "lookalike-benchmark-refining"
FIRST, MORE, LESS = 10, 3, 2
FEWEST = 1 + MORE + FIRST  # of a kind, so that ten right answers are left
VARIANTS = {
    "1 example": (0, 0),
    "2 examples": (1, 0),
    "4 examples": (3, 0),
    "1 example, 2 of what is not wanted": (0, LESS),
    "4 examples, 2 of what is not wanted": (3, LESS),
}


@dataclass(frozen=True)
class Case:
    """A picture that asks, others of its kind and pictures of other kinds that it was answered with; all as ids."""

    query: str
    more: Sequence[str]
    less: Sequence[str]


def main() -> None:
    """Print a table."""
    arguments = _arguments()
    kinds = {image.id: image.path.parent.name for image in list_images([str(arguments.folder)])}
    sizes = Counter(kinds.values())
    able = [key for key, kind in kinds.items() if sizes[kind] >= FEWEST]
    random = np.random.default_rng(0)
    asking = [able[number] for number in random.permutation(len(able))[: arguments.queries]]
    if not asking or len(sizes) == 1:
        sys.exit(f"Error: expected sub-folders of at least {FEWEST} pictures, found none or only one")
    settings = connection_settings()
    with ExitStack() as stack:
        stack.enter_context(own_state())
        client = stack.enter_context(own_index(INDEX, settings))
        print(conditions(client), end="\n\n")
        ingest([arguments.folder], INDEX, "--no-thumbnails", written=len(kinds))
        searcher = Searcher(settings, INDEX)
        cases = [_case(searcher, query, kinds, random) for query in asking]
        right = {
            name: np.array([_right(searcher, case, kinds, *examples) for case in cases])
            for name, examples in VARIANTS.items()
        }
    asked = sum(size >= FEWEST for size in sizes.values())
    print(f"{len(cases)} queries of {asked} kinds among {len(kinds)} pictures of {len(sizes)} kinds\n")
    print(f"| {arguments.folder.name} | mAP@{FIRST} | gain over 1 example |\n|---|---|---|")
    possible = np.full(len(cases), FIRST)
    precisions = {name: average_precision_at(found, possible, FIRST) for name, found in right.items()}
    _, drawn = np.unique([kinds[case.query] for case in cases], return_inverse=True)
    alone = precisions["1 example"]
    for name, values in precisions.items():
        gain = "" if values is alone else _shown(_estimate(values - alone, drawn), "+.3f")
        print(f"| {name} | {_shown(_estimate(values, drawn), '.3f')} | {gain} |")


def _case(searcher: Searcher, query: str, kinds: Mapping[str, str], random: np.random.Generator) -> Case:
    fellows = [key for key, kind in kinds.items() if kind == kinds[query] and key != query]
    answers = (hit.id for hit in searcher.by_id(query, Wanted(len(fellows) + LESS)).hits)
    wrong = [key for key in answers if kinds[key] != kinds[query]]
    return Case(query, [fellows[number] for number in random.permutation(len(fellows))[:MORE]], wrong[:LESS])


def _right(searcher: Searcher, case: Case, kinds: Mapping[str, str], more: int, less: int) -> list[bool]:
    """Which of the first answers are of the kind asked for."""
    known = {case.query, *case.more, *case.less}
    wanted = Wanted(FIRST + len(known), more_like=case.more[:more], less_like=case.less[:less])
    answers = [hit.id for hit in searcher.by_id(case.query, wanted).hits if hit.id not in known]
    return [kinds[key] == kinds[case.query] for key in answers[:FIRST]]


def _estimate(values: NDArray[np.float64], drawn: NDArray[np.int64]) -> Estimate:
    return estimate(partial(weighted_mean, values), resample(drawn, 0))


def _shown(found: Estimate, form: str) -> str:
    return f"{found.value:{form}} ({found.low:{form}} to {found.high:{form}})"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--queries", type=int, default=400)
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
