"""The training loop: one step after the other until the budget is used, and a checkpoint now and then."""

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.data import DataLoader

from lookalike.encoder.decoder import REBUILT_SIZE
from lookalike.encoder.model import AutoEncoder, as_input
from lookalike.encoder.training.checkpoint import RANDOM_WEIGHTS, Checkpoint, write_checkpoint
from lookalike.encoder.training.grouping import nearest_pictures
from lookalike.encoder.training.objective import Views, weighted_loss
from lookalike.encoder.training.pair_dataset import PairDataset, epoch_batches
from lookalike.encoder.training.picture_cache import PictureCache
from lookalike.encoder.training.precision import frozen_precision
from lookalike.encoder.training.settings import Settings
from lookalike.errors import TrainingError

__all__ = ["Progress", "Trainer"]

_WARM_UP = 20  # steps over which the learning rate rises
_SCRATCH_RATE = 1e-3  # of what has nothing to lose
_WEIGHT_DECAY = 1e-4
_LARGEST_GRADIENT = 1.0
_SECONDS_BETWEEN_CHECKPOINTS = 60.0
_STEPS_PER_ROW = 10
_LAST_RATE = 0.02  # of the first
_REBUILT_SHARE = 0.25  # of a batch: all of it would take as long as the encoder

Progress = Callable[[int, float, dict[str, float]], None]


@dataclass(frozen=True)
class _Batch:
    plain: Tensor
    edited: Tensor
    frozen: Tensor | None


class Trainer:
    """Trains `model` on `cache`; `frozen` are the teacher's features `[N, F]`, or None without distillation.

    With `settings.steps` the weights depend on nothing but settings, pictures and first weights, however often the
    run is stopped and resumed. With `settings.minutes` the cosine of the learning rate follows the clock instead,
    and time spent before a resume counts.
    """

    def __init__(
        self,
        model: AutoEncoder,
        cache: PictureCache,
        frozen: NDArray[np.float16] | None,
        settings: Settings,
        device: torch.device,
        origin: str,
    ) -> None:
        self.model = model.to(device, memory_format=torch.channels_last)
        self.history: list[dict[str, float]] = []
        self.step = 0
        self.seconds = 0.0
        self._cache, self._frozen, self._settings, self._device = cache, frozen, settings, device
        self.origin = origin
        self._from_scratch = origin == RANDOM_WEIGHTS
        if not self._from_scratch:
            model.encoder.backbone.freeze()
        self._optimizer = torch.optim.AdamW(_groups(model, settings, self._from_scratch), weight_decay=_WEIGHT_DECAY)
        self._rates = [group["lr"] for group in self._optimizer.param_groups]
        self._mixed = device.type == "cuda"
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._mixed)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on where the checkpoint was written."""
        self.model.load_state_dict(checkpoint.model)
        self._optimizer.load_state_dict(checkpoint.optimizer)
        if checkpoint.scaler and self._mixed:
            self._scaler.load_state_dict(checkpoint.scaler)
        self.step, self.seconds, self.history = checkpoint.step, checkpoint.seconds, list(checkpoint.history)
        self.origin = checkpoint.origin

    def run(self, progress: Progress = lambda step, share, row: None) -> None:
        """Train until the budget is used; `progress` gets step, share of the budget, and a row of measurements.

        Raises TrainingError if a loss is not a number, if there are fewer pictures than a batch, or if memory does
        not suffice. The checkpoint of the last good step stays. An interrupt writes one first.
        """
        if len(self._cache) < self._settings.batch:
            raise TrainingError(
                f"a batch of {self._settings.batch} pairs needs as many pictures, found {len(self._cache)}; "
                f"give --batch {len(self._cache)} or less"
            )
        batches = iter(self._loader())
        before, started = self.seconds, time.monotonic()
        last_checkpoint, sums, counted, row_started = started, {}, 0, started  # type: ignore[var-annotated]
        try:
            while (share := self._share()) < 1:
                parts = self._train(self._prepare(next(batches)), share)
                self.step += 1
                now = time.monotonic()
                self.seconds = before + now - started
                sums = {name: sums.get(name, 0.0) + value for name, value in parts.items()}
                counted += 1
                if self.step % _STEPS_PER_ROW == 0 or self.step == 1 or self._share() >= 1:
                    row = {name: value / counted for name, value in sums.items()}
                    row["rate"] = self._optimizer.param_groups[0]["lr"]
                    row["images_per_second"] = 2 * counted * self._settings.batch / max(now - row_started, 1e-9)
                    self.history.append({"step": self.step, "seconds": self.seconds, **row})
                    progress(self.step, self._share(), row)
                    sums, counted, row_started = {}, 0, now
                if now - last_checkpoint > _SECONDS_BETWEEN_CHECKPOINTS:
                    self.save()
                    last_checkpoint = now
        except KeyboardInterrupt:
            self.save()
            raise
        self.save()

    def save(self) -> None:
        """Write the checkpoint."""
        write_checkpoint(self.checkpoint(), self._settings.checkpoint)

    def checkpoint(self) -> Checkpoint:
        """Where the run is."""
        return Checkpoint(
            architecture=self.model.encoder.architecture,
            model=self.model.state_dict(),
            optimizer=self._optimizer.state_dict(),
            step=self.step,
            seconds=self.seconds,
            history=self.history,
            origin=self.origin,
            scaler=self._scaler.state_dict() if self._mixed else None,
        )

    def _share(self) -> float:
        """How much of the budget is used, 0 to 1 or more."""
        if self._settings.steps is not None:
            return self.step / self._settings.steps
        return self.seconds / (60 * self._settings.minutes)

    def _loader(self) -> DataLoader[Any]:
        settings = self._settings
        neighbours = None if self._frozen is None else nearest_pictures(self._frozen)
        batches = epoch_batches(len(self._cache), settings.batch, settings.seed, self.step, neighbours)
        return DataLoader(
            PairDataset(self._cache, settings.side),
            batch_sampler=_Batches(batches),
            num_workers=settings.workers,
            collate_fn=_stack,
            pin_memory=self._mixed,
        )

    def _prepare(self, batch: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int64]]) -> _Batch:
        plain, edited, pictures = batch
        frozen = None
        if self._frozen is not None:
            frozen = torch.from_numpy(self._frozen[np.asarray(pictures)].astype(np.float32)).to(self._device)
        return _Batch(as_input(plain, self._device), as_input(edited, self._device), frozen)

    def _train(self, batch: _Batch, share: float) -> dict[str, float]:
        """One step; the value of each part of the loss, their sum, and the length of the gradient."""
        self._set_mode()
        torch.manual_seed(self._settings.seed * 1_000_003 + self.step)  # for dropout, the same after a resume
        factor = min(1.0, (self.step + 1) / _WARM_UP)
        factor *= _LAST_RATE + (1 - _LAST_RATE) * (1 + math.cos(math.pi * min(share, 1))) / 2
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * factor
        try:
            loss, parts = self._loss(batch)
            if not math.isfinite(float(loss.detach())):
                raise TrainingError(
                    f"the loss is {float(loss.detach())} in step {self.step + 1}; {self._kept()} "
                    "Try another --seed, or smaller --entropy and --contrastive."
                )
            self._optimizer.zero_grad(set_to_none=True)
            self._scaler.scale(loss).backward()
            self._scaler.unscale_(self._optimizer)
            trained = [item for group in self._optimizer.param_groups for item in group["params"]]
            length = float(nn.utils.clip_grad_norm_(trained, _LARGEST_GRADIENT))
            self._scaler.step(self._optimizer)
            self._scaler.update()
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _is_memory(error):
                raise
            settings = self._settings
            raise TrainingError(
                f"a batch of {settings.batch} pairs of {settings.side} x {settings.side} pixels does not fit into "
                f"memory; {self._kept()} Give --batch {max(2, settings.batch // 2)}."
            ) from error
        return {**parts, "loss": float(loss.detach()), "gradient": length if math.isfinite(length) else 0.0}

    def _loss(self, batch: _Batch) -> tuple[Tensor, dict[str, float]]:
        weights, count = self._settings.weights, len(batch.plain)
        encoder = self.model.encoder
        with torch.no_grad(), frozen_precision(self._device):
            fixed = encoder.backbone.fixed_maps(torch.cat([batch.plain, batch.edited]))
            kept = encoder.kept_features(fixed)
        with torch.autocast(self._device.type, enabled=self._mixed):
            trained = encoder.trained_features(fixed.float())
            embeddings = encoder.embedding(torch.cat([trained, kept.float()], dim=1))
            plain, edited = embeddings[:count], embeddings[count:]
            some = math.ceil(count * _REBUILT_SHARE)
            rebuilt = self.model.decoder(plain[:some]) if weights.reconstruction else None
        wanted = None
        if weights.reconstruction:
            size = (REBUILT_SIZE, REBUILT_SIZE)
            wanted = nn.functional.interpolate(batch.plain[:some] / 255, size, mode="bilinear", antialias=True)
        views = Views(plain, edited, rebuilt, wanted, batch.frozen)
        return weighted_loss(views, weights, self._settings.temperature)

    def _set_mode(self) -> None:
        """Batch norm keeps ImageNet's statistics, which small batches of edited pictures would spoil; a network
        that starts from nothing has to gather its own."""
        self.model.train(self._from_scratch)

    def _kept(self) -> str:
        file = self._settings.checkpoint
        return (
            f"the checkpoint {file} is kept, --resume goes on from it." if file.is_file() else "nothing was saved yet."
        )


class _Batches:
    """A sampler over batches that were planned elsewhere."""

    def __init__(self, batches: Iterator[list[Any]]) -> None:
        self._batches = batches

    def __iter__(self) -> Iterator[list[Any]]:
        return self._batches


def _groups(model: AutoEncoder, settings: Settings, from_scratch: bool) -> list[dict[str, Any]]:
    """Backbone, bottleneck and decoder, which always starts from nothing."""
    backbone = [item for item in model.encoder.backbone.parameters() if item.requires_grad]
    rates = (_SCRATCH_RATE, _SCRATCH_RATE) if from_scratch else (settings.backbone_rate, settings.bottleneck_rate)
    return [
        {"params": backbone, "lr": rates[0]},
        {"params": list(model.encoder.bottleneck.parameters()), "lr": rates[1]},
        {"params": list(model.decoder.parameters()), "lr": _SCRATCH_RATE},
    ]


def _stack(items: list[tuple[NDArray[np.uint8], NDArray[np.uint8], int]]) -> tuple[Tensor, Tensor, Tensor]:
    plain, edited, pictures = zip(*items, strict=True)
    return torch.from_numpy(np.stack(plain)), torch.from_numpy(np.stack(edited)), torch.tensor(pictures)


def _is_memory(error: Exception) -> bool:
    """Whether it says that memory does not suffice: on a CPU torch raises a RuntimeError, in words of each system."""
    words = ("can't allocate memory", "not enough memory")
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or any(some in str(error) for some in words)
