"""How likely each two pictures are copies of each other, read from both of their neighbourhoods."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lookalike.encoder.calibration import Calibration
from lookalike.encoder.normalise import normalise

__all__ = ["Link", "Links", "Neighbour", "Neighbourhood", "components", "neighbours_read"]

_NEGLIGIBLE = 0.05  # a probability that decides nothing


@dataclass(frozen=True)
class Neighbour:
    """A document near another one: the cosine of the two, and the probability that it is a copy of the other."""

    id: str
    similarity: float
    probability: float


@dataclass(frozen=True)
class Neighbourhood:
    """What is near a document, best first; `is_crowded` if the last one that was asked for may be a copy, too."""

    id: str
    near: Sequence[Neighbour]
    is_crowded: bool


@dataclass(frozen=True)
class Link:
    """What is known of two documents: `similarity` is their cosine, `probability` that they are copies."""

    similarity: float
    probability: float


def neighbours_read(found: Sequence[tuple[str, float]], calibration: Calibration) -> list[Neighbour]:
    """The nearest documents of one, best first, from their ids and similarities; the unlikely are left out.

    `found` is without the document itself, as in an answer to `lookalike search --like`, and read as there.
    """
    if not found:
        return []
    similarities = [similarity for _, similarity in found]
    scores = normalise(similarities, calibration.background, calibration.neighbourhood).tolist()
    neighbours = []
    for (key, similarity), score in zip(found, scores, strict=True):
        probability = calibration.probability(score)
        if probability < _NEGLIGIBLE:
            break
        neighbours.append(Neighbour(key, similarity, round(probability, 4)))
    return neighbours


class Links:
    """What the neighbourhoods of many documents say together.

    Two documents are copies with the mean of what the neighbourhood of each says of the other, so both have to. A
    document that is not among the neighbours of another says nothing if those are copies to the last one (of a hundred
    copies a search tells eighty): then the other direction stands alone. Of pairs in `apart` people decided that they
    are no duplicates. `first_for` names the document that stands for one.
    """

    def __init__(
        self,
        neighbourhoods: Iterable[Neighbourhood],
        first_for: Callable[[str], str] = lambda key: key,
        apart: Iterable[frozenset[str]] = (),
    ) -> None:
        self._apart: dict[str, set[str]] = defaultdict(set)
        for pair in apart:
            for key in pair:
                self._apart[key] |= pair - {key}
        self._told: dict[str, dict[str, Neighbour]] = {}
        self._crowded: set[str] = set()
        for one in neighbourhoods:
            told = self._told[one.id] = {}
            for neighbour in one.near:
                told.setdefault(first_for(neighbour.id), neighbour)
            told.pop(one.id, None)  # what it stands for is near it
            if one.is_crowded:
                self._crowded.add(one.id)

    def between(self, one: str, other: str) -> Link | None:
        """What is known of two documents; None if that is nothing, or that they are no duplicates."""
        if other in self._apart.get(one, ()):
            return None
        forth, back = self._told.get(one, {}).get(other), self._told.get(other, {}).get(one)
        if forth is not None and back is not None:
            return Link(forth.similarity, (forth.probability + back.probability) / 2)
        single = forth or back
        if single is None:
            return None
        silent = one if forth is None else other
        return Link(single.similarity, single.probability / (1 if silent in self._crowded else 2))

    def __iter__(self) -> Iterator[tuple[str, str, Link]]:
        """All pairs of which `between` knows something, each once."""
        for one, neighbours in self._told.items():
            for other in neighbours:
                if one < other or one not in self._told.get(other, {}):
                    link = self.between(one, other)
                    if link is not None:
                        yield one, other, link

    def among(self, keys: Sequence[str]) -> dict[tuple[str, str], float]:
        """The probabilities of all pairs of some documents of which something is known; -inf for those kept apart."""
        wanted = set(keys)
        pairs: dict[tuple[str, str], float] = {}
        for one in keys:
            for other in (self._told.get(one, {}).keys() | self._apart.get(one, set())) & wanted:
                pair = min(one, other), max(one, other)
                link = self.between(*pair)
                pairs[pair] = -math.inf if link is None else link.probability
        return pairs


def components(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """The documents that are connected by pairs, directly or through others; each component in order."""
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        parents.setdefault(key, key)
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    for one, other in pairs:
        parents[root(one)] = root(other)
    found: dict[str, list[str]] = defaultdict(list)
    for key in sorted(parents):
        found[root(key)].append(key)
    return list(found.values())
