"""What a score means: the probability that a hit is a copy of the query, and the words for it."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["PRECISIONS", "Calibration", "Neighbourhood"]

PRECISIONS = ("0.9", "0.99", "0.999")
_WORDS = ((0.95, "copy"), (0.5, "probably the same picture"))
_MOST_DOCUMENTS = 10_000  # that OpenSearch answers with


@dataclass(frozen=True)
class Neighbourhood:
    """Which of a query's nearest documents tell its level; see `normalise.py`.

    Up to `most_copies` documents may be copies, of the rest `rest` at least are looked at; the level is the mean of
    `below` similarities below the largest gap.
    """

    most_copies: int = 64
    below: int = 4
    rest: int = 16

    @property
    def documents(self) -> int:
        """How many nearest documents the level needs. More are not looked at; a small index may have fewer."""
        return self.most_copies + self.rest

    def __post_init__(self) -> None:
        """Raise ValueError for numbers that no answer can satisfy."""
        whole = (self.most_copies, self.below, self.rest)
        if not all(isinstance(number, int) and number >= 1 for number in whole) or self.documents > _MOST_DOCUMENTS:
            raise ValueError(f"neighbourhood: expected whole numbers from 1 and at most {_MOST_DOCUMENTS:,} documents")


@dataclass(frozen=True)
class Calibration:
    """A monotone map from normalised scores to probabilities, fitted on pictures that the model was not trained on.

    Between the points (`scores` ascending, `probabilities` not falling) it is a line, beyond them constant.
    `thresholds` gives for each of PRECISIONS the score from which on so many of all answers were right, None if there
    was no such score; `background` the similarity of strangers, for an index with a single document; `fitted_on` is for
    people.
    """

    scores: Sequence[float]
    probabilities: Sequence[float]
    thresholds: Mapping[str, float | None]
    background: float
    neighbourhood: Neighbourhood = field(default_factory=Neighbourhood)
    fitted_on: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for what is no monotone map."""
        scores, probabilities = list(self.scores), list(self.probabilities)
        if not scores or len(scores) != len(probabilities):
            raise ValueError(
                f"calibration: expected as many scores as probabilities, found {len(scores)} and {len(probabilities)}"
            )
        thresholds = [one for one in self.thresholds.values() if one is not None]
        if not all(isinstance(one, int | float) for one in (*scores, *probabilities, *thresholds, self.background)):
            raise TypeError("calibration: expected numbers as scores, probabilities, thresholds and background")
        if scores != sorted(set(scores)) or probabilities != sorted(probabilities):
            raise ValueError("calibration: expected scores that rise and probabilities that do not fall")
        if not 0 <= probabilities[0] <= probabilities[-1] <= 1:
            raise ValueError("calibration: expected probabilities of 0 to 1")
        if set(self.thresholds) != set(PRECISIONS):
            raise ValueError(f"calibration: expected thresholds for {', '.join(PRECISIONS)}")

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Calibration":
        """From what stands in model.json. Raises ValueError or TypeError if that is no calibration."""
        return cls(**{**content, "neighbourhood": Neighbourhood(**content.get("neighbourhood", {}))})

    def probability(self, score: float) -> float:
        """The probability that a hit with this normalised score is a copy of the query."""
        place = bisect_right(self.scores, score)
        if place == 0:
            return self.probabilities[0]
        if place == len(self.scores):
            return self.probabilities[-1]
        low, high = self.scores[place - 1], self.scores[place]
        least, most = self.probabilities[place - 1], self.probabilities[place]
        return least + (most - least) * (score - low) / (high - low)

    def words(self, score: float) -> str:
        """What to call a hit with this normalised score: by its own probability, not by that of all better ones."""
        probability = self.probability(score)
        return next((words for least, words in _WORDS if probability >= least), "similar")
