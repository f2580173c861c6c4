"""A group of copies: the picture that is kept, and the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lookalike.search.duplicates.picture import Picture

__all__ = ["Copy", "Group"]


@dataclass(frozen=True)
class Copy:
    """A copy of the kept picture: how likely it is one (0 to 1), and the cosine of the two."""

    picture: Picture
    probability: float
    similarity: float

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on."""
        return {"probability": self.probability, "similarity": self.similarity, **self.picture.as_json()}


@dataclass(frozen=True)
class Group:
    """The best original and its copies, the likeliest first; `number` counts groups from 1."""

    number: int
    kept: Picture
    copies: Sequence[Copy]

    @property
    def ids(self) -> list[str]:
        """Of all its pictures, the kept one first."""
        return [self.kept.id, *(copy.picture.id for copy in self.copies)]

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on."""
        return {"group": self.number, "kept": self.kept.as_json(), "copies": [copy.as_json() for copy in self.copies]}
