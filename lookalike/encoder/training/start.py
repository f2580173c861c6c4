"""What a run starts from: the shipped model, ImageNet, a checkpoint, or nothing."""

from collections.abc import Callable
from pathlib import Path

import torch

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.backbones import imagenet_weights
from lookalike.encoder.model import Architecture, AutoEncoder, with_second_branch
from lookalike.encoder.training.bottleneck import fit_bottleneck
from lookalike.encoder.training.checkpoint import RANDOM_WEIGHTS, model_of, read_checkpoint
from lookalike.encoder.training.exported_weights import architecture_of, load_exported
from lookalike.encoder.training.features import drawn_features
from lookalike.encoder.training.picture_cache import PictureCache
from lookalike.encoder.training.settings import Settings
from lookalike.errors import TrainingError

__all__ = ["start_bottleneck", "starting_model"]

_POOLING = 3.0  # as in SSCD


def starting_model(settings: Settings) -> tuple[AutoEncoder, str]:
    """The model with its first weights, and words for what they are; with a second branch where likeness is held on to
    and ImageNet knows of it.

    Raises TrainingError if `settings.start` is not default, imagenet, scratch or a usable checkpoint of the same
    architecture.
    """
    torch.manual_seed(settings.seed)
    model, origin = _first_weights(settings)
    from_imagenet = RANDOM_WEIGHTS not in origin  # only then the first stages are those that the second branch follows
    if settings.weights.distillation and from_imagenet and model.encoder.architecture.branches == 1:
        model.encoder = with_second_branch(model.encoder)
    return model, origin


def _first_weights(settings: Settings) -> tuple[AutoEncoder, str]:
    wanted = Architecture(settings.backbone, settings.dimension, _POOLING)
    if settings.start == "scratch":
        return AutoEncoder(wanted, pretrained=False), RANDOM_WEIGHTS
    if settings.start == "imagenet":
        return AutoEncoder(wanted, pretrained=True), imagenet_weights(settings.backbone)
    if settings.start == "default":
        artefact = find_artefact()
        shipped = architecture_of(artefact)
        if (shipped.backbone, shipped.dimension) != (wanted.backbone, wanted.dimension):
            raise TrainingError(
                f"the shipped model is {shipped}, but {wanted} was asked for; give --from imagenet or --from scratch"
            )
        model = AutoEncoder(shipped, pretrained=False)
        load_exported(model.encoder, artefact)
        return model, f"the shipped model {artefact.identity}"
    file = Path(settings.start)
    checkpoint = read_checkpoint(file / "checkpoint.pt" if file.is_dir() else file)
    found = checkpoint.architecture
    if (found.backbone, found.dimension) != (wanted.backbone, wanted.dimension):
        raise TrainingError(
            f"{file} holds {found}, but {wanted} was asked for; name the same --backbone and --dimension"
        )
    model = model_of(checkpoint, file)
    return model, f"a checkpoint after {checkpoint.step} steps from {checkpoint.origin}"


def start_bottleneck(
    model: AutoEncoder,
    cache: PictureCache,
    seed: int,
    device: torch.device,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> bool:
    """Set the bottleneck to the PCA whitening of the features of some pictures.

    With too few pictures for that many numbers, or too similar ones, it is left as it is, and False is returned.
    """
    _, features = drawn_features(model.encoder.features, cache, seed, device, progress)
    try:
        fit_bottleneck(model.encoder, features)
    except ValueError:
        return False
    return True
