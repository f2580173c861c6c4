"""How well the encoder finds edited copies and look-alikes, beside baselines: `python -m benchmarks.encoder FOLDER…`.

What `lookalike evaluate` measures, all tables of it in Markdown, and whether the encoder `--model` reaches what was
asked for. What is asked for beside pooled ImageNet features is left out where these cannot be computed. Needs
the extra `evaluate`, and `train` for the ImageNet features, unless `--no-baselines` is given; needs no node.
"""

import argparse
import statistics
from collections.abc import Iterator
from pathlib import Path

from benchmarks.bounds import bound
from benchmarks.conditions import conditions
from benchmarks.program import run_program, tell
from lookalike.cores import usable_cores
from lookalike.encoder.evaluation.baselines import make_baselines, make_encoders
from lookalike.encoder.evaluation.copies import CopyFigures
from lookalike.encoder.evaluation.edits.catalogue import SINGLES
from lookalike.encoder.evaluation.progress import stage_bars
from lookalike.encoder.evaluation.report import summary
from lookalike.encoder.evaluation.request import Request
from lookalike.encoder.evaluation.runner import Evaluation, evaluate
from lookalike.encoder.evaluation.tables import Table, tables

IMAGENET = "ImageNet lite0, 1280-d"
PRECISION, RECALL, FIRST, SINGLE, LOWEST = 0.95, 0.90, 0.97, 0.985, 0.90


def main() -> None:
    """Print the tables, then the bounds."""
    arguments = _arguments()
    methods = make_baselines(tell) if arguments.baselines else []
    models = [str(file.parent) for file in sorted(arguments.also_in.glob("*/model.json"))] if arguments.also_in else []
    methods += make_encoders([*models, arguments.model], usable_cores())
    request = Request(arguments.folders, arguments.distractors, queries=arguments.queries, workers=usable_cores())
    print(conditions(), flush=True)
    with stage_bars() as progress:
        evaluation = evaluate(request, methods, progress)
    print("\n" + "\n".join(summary(evaluation)))
    for table in tables(evaluation):
        print(_markdown(table))
    print()
    for line in _bounds(evaluation):
        print(line)


def _markdown(table: Table) -> str:
    rows = [table.header, ["---"] * len(table.header), *table.rows]
    return f"\n### {table.title}\n\n{table.note}\n\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _bounds(evaluation: Evaluation) -> Iterator[str]:
    """Of the last method, in an index with one copy of each original."""
    name = evaluation.methods[-1]
    raw, normalised = (_hard(evaluation, name, scores) for scores in (False, True))
    yield _at_least("hard copies, normalised µAP", normalised.micro_ap.value, PRECISION)
    yield _at_least("hard copies, normalised recall at 90 % precision", normalised.recall.value, RECALL)
    yield _at_least("hard copies, found first", raw.recall_at_1.value, FIRST)
    single = [item.recall_at_1.value for item in evaluation.kinds if item.method == name and item.kind in SINGLES]
    yield _at_least("single edits, found first, mean", statistics.mean(single), SINGLE)
    yield _at_least("single edits, found first, lowest", min(single), LOWEST)
    if IMAGENET not in evaluation.methods:
        return
    half = (1 + _hard(evaluation, IMAGENET, False).micro_ap.value) / 2
    yield _at_least("hard copies, raw µAP half of the way from pooled ImageNet to 1 or more", raw.micro_ap.value, half)
    likeness = {(item.folder, item.method): item.map_at_10.value for item in evaluation.categories}
    for folder in dict.fromkeys(item.folder for item in evaluation.categories):
        yield _at_least(f"{folder}, mAP@10 of pooled ImageNet", likeness[folder, name], likeness[folder, IMAGENET])


def _hard(evaluation: Evaluation, method: str, normalised: bool) -> CopyFigures:
    wanted = (method, "hard", 1, normalised)
    return next(one for one in evaluation.copies if (one.method, one.queries, one.copies, one.normalised) == wanted)


def _at_least(text: str, value: float, least: float) -> str:
    return bound(f"{text}, at least {least:.3f}", f"{value:.3f}", value >= least)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--distractors", type=Path, action="append", default=[], help="folder of more pictures")
    parser.add_argument("--model", default="default", help="by name or folder")
    parser.add_argument("--also-in", type=Path, help="folder of folders of other models, which need not be there")
    parser.add_argument("--queries", type=int, default=8_200)
    parser.add_argument("--no-baselines", dest="baselines", action="store_false")
    return parser.parse_args()


if __name__ == "__main__":
    run_program(main)
