"""What a trained encoder is worth on pictures that it was not trained on, for the report."""

from collections.abc import Callable, Sequence
from pathlib import Path

from lookalike.encoder.artefact import Artefact
from lookalike.encoder.evaluation.methods.encoder import EncoderMethod
from lookalike.encoder.evaluation.pictures import list_pictures
from lookalike.encoder.evaluation.plan import FEWEST
from lookalike.encoder.evaluation.request import Request
from lookalike.encoder.evaluation.runner import evaluate
from lookalike.encoder.evaluation.tables import Table, tables
from lookalike.errors import ConfigError, LookalikeError, TrainingError

__all__ = ["check_held_out", "evaluate_held_out"]

_QUERIES = 1640
_THREADS = 2


def check_held_out(folders: Sequence[Path], trained: Sequence[Path]) -> None:
    """Raise TrainingError, before the work starts, if there are too few pictures or some of them are trained on."""
    try:
        found = {picture.path.resolve() for picture in list_pictures(folders, [])}
    except ConfigError as error:
        raise TrainingError(f"--evaluate-on: {error}") from error
    shared = found & {file.resolve() for file in trained}
    if shared:
        raise TrainingError(
            f"--evaluate-on: {len(shared)} of its {len(found)} files are trained on, {min(shared)} for one; expected "
            "pictures that are not"
        )
    if len(found) < FEWEST:
        raise TrainingError(f"--evaluate-on: expected at least {FEWEST} pictures, found {len(found)} files")


def evaluate_held_out(
    artefact: Artefact, folders: Sequence[Path], seed: int, progress: Callable[[str, int, int], None]
) -> tuple[list[Table], str]:
    """Tables of figures, or none and the reason."""
    if not folders:
        return [], "Not evaluated: give --evaluate-on FOLDER, with pictures that are not trained on."
    method = EncoderMethod(artefact, artefact.name, _THREADS)
    try:
        found = evaluate(Request(folders, (), ("copies",), _QUERIES, seed, _THREADS), [method], progress)
    except LookalikeError as error:
        return [], f"Not evaluated: {error}."
    named = ", ".join(map(str, folders))
    return list(tables(found)), f"On {len(found.pictures):,} pictures in {named}, not trained on."
