"""What a training run shows on a terminal: bars while pictures are read, a line now and then while it learns."""

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import TaskID

from lookalike.encoder.training.objective import PARTS

__all__ = ["Display"]

_SHARE_PER_LINE = 0.02  # of the budget


class Display:
    """A context in which `counted` and `trained` report a run to stderr."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bars = Bars(console=self._console)
        self._tasks: dict[str, TaskID] = {}
        self._last_share = -1.0

    def __enter__(self) -> "Display":
        """Show the bars."""
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Leave them as they are."""
        self._bars.stop()

    def counted(self, stage: str, done: int, total: int) -> None:
        """`done` of `total` pictures have passed a stage."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done)

    def trained(self, step: int, share: float, row: dict[str, float]) -> None:
        """A row of measurements: the share of the budget used, and the parts of the loss."""
        self.counted("training", min(round(1000 * share), 1000), 1000)
        if share - self._last_share < _SHARE_PER_LINE and share < 1:
            return
        self._last_share = share
        parts = ", ".join(f"{name} {row[name]:.3f}" for name in ("loss", *PARTS) if name in row)
        self._console.print(f"step {step}: {parts}; {row['images_per_second']:.0f} images/s")
