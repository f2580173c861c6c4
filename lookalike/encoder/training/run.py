"""A training run from folders to artefact: read, start, train, whiten, export, report."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from lookalike.encoder.artefact import Artefact
from lookalike.encoder.export import COMPARED, export_encoder
from lookalike.encoder.model import AutoEncoder, without_second_branch
from lookalike.encoder.training.allocator import keep_freed_memory
from lookalike.encoder.training.bottleneck import whiten_bottleneck
from lookalike.encoder.training.checkpoint import Checkpoint, model_of, read_checkpoint
from lookalike.encoder.training.features import drawn_features
from lookalike.encoder.training.held_out import check_held_out, evaluate_held_out
from lookalike.encoder.training.picture_cache import PictureCache, is_of_cache, open_cache
from lookalike.encoder.training.report import Shown, write_report
from lookalike.encoder.training.settings import Settings
from lookalike.encoder.training.start import start_bottleneck, starting_model
from lookalike.encoder.training.teacher import TEACHER, frozen_features, require_networks
from lookalike.encoder.training.trainer import Progress, Trainer
from lookalike.errors import TrainingError

__all__ = ["Description", "Stages", "train"]

# Side of cached pictures over the side that is trained on: crops keep some detail, and the exported model, which sees
# the larger squares, is better for it (the train-test resolution discrepancy, Touvron et al. 2019).
_CACHE_MARGIN = 1.2


@dataclass(frozen=True)
class Description:
    """What the artefact's model.json should say."""

    name: str
    version: str
    images: str


@dataclass(frozen=True)
class Stages:
    """Who is told of progress: `counted` by name of the stage with done and total, `trained` for each row."""

    counted: Callable[[str, int, int], None]
    trained: Progress


def train(folders: Sequence[Path], settings: Settings, description: Description, stages: Stages) -> Artefact:
    """Train on every picture under `folders`, and leave checkpoint, artefact and report.html in `settings.out`.

    Raises TrainingError for what the user can change: pictures, settings, memory, disk, another run's checkpoint.
    """
    keep_freed_memory()
    device = _device(settings.device)
    if settings.weights.distillation:
        require_networks()
    checkpoint = _checkpoint(settings)
    try:
        settings.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"cannot make the folder {settings.out}: {error.strerror}") from error
    model, origin = _starting_model(settings, checkpoint)
    cache = _pictures(folders, settings, stages)
    model.to(device)
    frozen = None
    if settings.weights.distillation:
        frozen = frozen_features(cache, device, partial(stages.counted, "looking at likeness"))
    if checkpoint is None and settings.start == "imagenet":
        told = partial(stages.counted, "fitting the bottleneck")
        if start_bottleneck(model, cache, settings.seed, device, told):
            origin += ", bottleneck whitening their features"
    trainer = Trainer(model, cache, frozen, settings, device, origin)
    if checkpoint is not None:
        trainer.restore(checkpoint)
    trainer.run(stages.trained)
    return _finish(trainer, cache, settings, description, stages)


def _checkpoint(settings: Settings) -> Checkpoint | None:
    """The checkpoint to go on from; refuses to write over one that nobody asked to go on from."""
    if settings.resume:
        return read_checkpoint(settings.checkpoint)
    if settings.checkpoint.exists():
        raise TrainingError(
            f"{settings.checkpoint} is there already: give --resume to go on from it, or another folder for --out"
        )
    return None


def _starting_model(settings: Settings, checkpoint: Checkpoint | None) -> tuple[AutoEncoder, str]:
    if checkpoint is None:
        return starting_model(settings)
    found = checkpoint.architecture
    if (found.backbone, found.dimension) != (settings.backbone, settings.dimension):
        raise TrainingError(
            f"{settings.checkpoint} holds {found}, but {settings.backbone} with {settings.dimension} numbers was asked "
            "for; name the same --backbone and --dimension, or another --out"
        )
    return model_of(checkpoint, settings.checkpoint), checkpoint.origin


def _pictures(folders: Sequence[Path], settings: Settings, stages: Stages) -> PictureCache:
    own = settings.out.resolve()
    found = {path for folder in folders for path in folder.rglob("*") if path.is_file()}
    # What a run writes into a folder that it reads would make a resumed run read everything again.
    written = {path for path in found if own in path.resolve().parents or is_of_cache(path, settings.pictures)}
    files = sorted(found - written)
    if settings.evaluate_on:
        check_held_out(settings.evaluate_on, files)
    side = round(settings.side * _CACHE_MARGIN)
    return open_cache(files, settings.pictures, side, lambda done: stages.counted("reading pictures", done, len(files)))


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name == "cuda" and not torch.cuda.is_available():
        raise TrainingError("no CUDA device is there for torch; give --device cpu")
    return torch.device(name)


def _finish(
    trainer: Trainer, cache: PictureCache, settings: Settings, description: Description, stages: Stages
) -> Artefact:
    model = trainer.model.eval()
    device = next(model.parameters()).device
    encoder = without_second_branch(model.encoder)
    pictures, features = drawn_features(
        encoder.to(device).features, cache, settings.seed, device, partial(stages.counted, "whitening")
    )
    encoder = deepcopy(encoder).cpu()
    bottleneck = whiten_bottleneck(encoder, features)
    provenance = {
        "architecture": encoder.architecture.as_json(),
        "weights": trainer.checkpoint().weights,
        "training": {
            "pictures": len(cache),
            "batch": settings.batch,
            "side": settings.side,
            "seed": settings.seed,
            "temperature": settings.temperature,
            "loss": dict(vars(settings.weights)),
            "likeness": f"as {TEACHER} see it" if settings.weights.distillation else "not held on to",
        },
        "bottleneck": bottleneck,
        "images": description.images or "not stated",
    }
    compared = np.stack([cache.pixels[picture] for picture in pictures[:COMPARED]])
    artefact = export_encoder(encoder, settings.out, description.name, description.version, provenance, compared)
    with torch.no_grad():
        embeddings = encoder.embedding(torch.from_numpy(features)).numpy()
    shown = Shown(cache, pictures, embeddings, model)
    report = settings.out / "report.html"
    write_report(report, shown, trainer.history, provenance, ([], "Not evaluated yet."))
    evaluated = evaluate_held_out(artefact, settings.evaluate_on, settings.seed, stages.counted)
    write_report(report, shown, trainer.history, provenance, evaluated)
    return artefact
