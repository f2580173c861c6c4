"""What a training run is asked to do."""

from dataclasses import dataclass, field
from pathlib import Path

from lookalike.encoder.training.objective import Weights
from lookalike.errors import TrainingError

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """`minutes` bounds the training proper; with `steps`, exactly that many are done however long they take.

    `batch` counts pairs, `side` is the square in pixels that the network is trained on, `device` a torch device
    or `auto`. `cache` is a folder for the decoded pictures that several runs share; by default it is in `out`.
    `evaluate_on` are folders of pictures that are not trained on, for the report.
    """

    out: Path
    start: str = "default"
    backbone: str = "lite0"
    dimension: int = 256
    minutes: float = 30.0
    steps: int | None = None
    batch: int = 80
    side: int = 160
    seed: int = 0
    workers: int = 1
    device: str = "auto"
    resume: bool = False
    cache: Path | None = None
    evaluate_on: tuple[Path, ...] = ()
    weights: Weights = field(default_factory=Weights)
    temperature: float = 0.05
    backbone_rate: float = 3e-4
    bottleneck_rate: float = 8e-4

    def __post_init__(self) -> None:
        """Raise TrainingError for what makes no sense."""
        if not self.minutes > 0:
            raise TrainingError(f"--minutes must be more than 0, found {self.minutes:g}")
        if not any(vars(self.weights).values()):
            raise TrainingError("every part of the loss has weight 0; give one of them a weight")

    @property
    def budget(self) -> str:
        """What the run will take, in words."""
        if self.steps is not None:
            return f"budget: {self.steps} steps of {self.batch} pairs"
        budget = f"budget: {self.minutes:g} minutes of training, in steps of {self.batch} pairs"
        return f"{budget}; reading and export come on top"

    @property
    def pictures(self) -> Path:
        """Where decoded pictures are kept."""
        return self.cache or self.out / "pictures"

    @property
    def checkpoint(self) -> Path:
        """Where the run's checkpoint is kept."""
        return self.out / "checkpoint.pt"
