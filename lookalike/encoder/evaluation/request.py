"""What is asked of an evaluation, and who is told how far it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["TASKS", "Progress", "Request"]

TASKS = ("copies", "categories")

Progress = Callable[[str, int, int], None]
"""Gets a stage, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class Request:
    """What to evaluate on. The same files, methods, number of queries and seed give the same figures."""

    folders: Sequence[Path]
    distractors: Sequence[Path] = ()
    tasks: Sequence[str] = TASKS
    queries: int = 8_200
    seed: int = 0
    workers: int = 1

    @property
    def named(self) -> str:
        """The folders, for messages."""
        return ", ".join(str(folder) for folder in self.folders)
