"""A bar for each stage of an evaluation, on a terminal only."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, TaskID

__all__ = ["stage_bars"]


@contextmanager
def stage_bars() -> Iterator[Callable[[str, int, int], None]]:
    """What to call with stage, done and total; on standard error, and silent where that is no terminal."""
    console = Console(stderr=True)
    tasks: dict[str, TaskID] = {}
    with Progress(console=console, disable=not console.is_terminal) as progress:

        def show(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done)

        yield show
