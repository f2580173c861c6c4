"""From what is known of pairs to groups of pictures."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lookalike.search.duplicates.group import Copy, Group
from lookalike.search.duplicates.grouping import cluster, kept_with_copies
from lookalike.search.duplicates.links import Link, Links, components
from lookalike.search.duplicates.picture import Picture
from lookalike.search.duplicates.twins import Twins

__all__ = ["grouped"]

_SAME_FILE = Link(similarity=1.0, probability=1.0)
Described = Callable[[Iterable[str]], Mapping[str, Picture]]


def grouped(links: Links, twins: Twins, probability: float, described: Described) -> list[Group]:
    """All groups, those of most pictures first; `described` tells the pictures of ids, less those that are gone.

    Twins join the group of the document that stands for them.
    """
    sure = [(one, other) for one, other, link in links if link.probability >= probability]
    clusters = [found for connected in components(sure) for found in cluster(connected, links.among(connected))]
    firsts = {key for found in clusters for key in found} | twins.repeated()
    pictures = described(key for first in sorted(firsts) for key in twins.all_of(first))
    alike = {
        first: sorted(
            (pictures[key] for key in twins.all_of(first) if key in pictures), key=lambda one: one.originality
        )
        for first in firsts
    }

    def are_copies(one: str, other: str) -> bool:
        link = links.between(one, other)
        return link is not None and link.probability >= probability

    def originality(first: str) -> tuple[Any, ...]:
        return alike[first][0].originality

    split: list[tuple[str, list[str]]] = []
    for found in clusters:
        split += kept_with_copies((first for first in found if alike[first]), are_copies, originality)
    taken = {key for kept, copies in split for key in (kept, *copies)}
    split += [(first, []) for first in twins.repeated() - taken if len(alike[first]) > 1]
    groups = [_group(kept, copies, links, alike) for kept, copies in split]
    groups.sort(key=lambda group: (-len(group.copies), group.kept.id))
    return [Group(number, group.kept, group.copies) for number, group in enumerate(groups, start=1)]


def _group(kept: str, copies: Iterable[str], links: Links, alike: Mapping[str, list[Picture]]) -> Group:
    original, *same = alike[kept]
    found = [Copy(picture, _SAME_FILE.probability, _SAME_FILE.similarity) for picture in same]
    for key in copies:
        link = links.between(kept, key) or _SAME_FILE
        found += [Copy(picture, round(link.probability, 4), link.similarity) for picture in alike[key]]
    found.sort(key=lambda copy: (-copy.probability, copy.picture.id))
    return Group(0, original, found)
