"""Groups that do not chain: the pictures of a group are copies of each other, not of neighbours' neighbours.

Connected components would chain: a screenshot with two pictures in it links the copies of the one with those of the
other. Two rules prevent that.

1. Average linkage. Clusters are merged, the surest two first, as long as a picture of the one and a picture of the
   other are in the mean more likely than not copies. A picture between two sets of copies is too few links for that. It
   is not complete linkage, because two crops of one original need not look alike.
2. Every member is directly a copy of the one that is kept, at the probability asked for. So nothing is deleted because
   of a picture that it was never compared with. Members that are not leave, and are grouped among themselves.

The kept picture is the best original (see `picture.py`) of those that are directly copies of more than half of the
others; without that condition a screenshot, which has the most pixels, would stand for pictures that it is no copy of.
"""

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

__all__ = ["cluster", "kept_with_copies"]

_EVEN = 0.5
Pairs = Mapping[tuple[str, str], float]


def cluster(members: Sequence[str], pairs: Pairs) -> list[list[str]]:
    """Average linkage over the probabilities of pairs; a missing pair counts 0, and one of -inf keeps two apart.

    Time grows with the number of pairs, not with the square of that of members.
    """
    sums: dict[int, dict[int, float]] = {number: {} for number in range(len(members))}
    numbers = {key: number for number, key in enumerate(members)}
    clusters = {number: [key] for number, key in enumerate(members)}
    for pair, probability in pairs.items():
        first, second = (numbers[key] for key in pair)
        sums[first][second] = sums[second][first] = probability

    def mean(one: int, other: int) -> float:
        return sums[one][other] / (len(clusters[one]) * len(clusters[other]))

    def candidate(one: int, other: int) -> tuple[float, int, int]:
        return -mean(one, other), min(one, other), max(one, other)

    heap = [candidate(one, other) for one in sums for other in sums[one] if one < other and mean(one, other) >= _EVEN]
    heapq.heapify(heap)
    while heap:
        negative, one, other = heapq.heappop(heap)
        if one not in clusters or other not in clusters or negative != -mean(one, other):
            continue  # one of them has grown since
        if len(sums[one]) < len(sums[other]):
            one, other = other, one
        moved = sums.pop(other)
        clusters[one] += clusters.pop(other)
        for third, value in moved.items():
            del sums[third][other]
            if third != one:
                sums[one][third] = sums[third][one] = sums[one].get(third, 0.0) + value
        for third in sums[one]:
            if mean(one, third) >= _EVEN:
                heapq.heappush(heap, candidate(one, third))
    return [sorted(found) for found in clusters.values()]


def kept_with_copies(
    members: Iterable[str], are_copies: Callable[[str, str], bool], originality: Callable[[str], Any]
) -> list[tuple[str, list[str]]]:
    """Split a cluster into kept pictures, each with the members that are directly its copies, best original first."""
    rest = sorted(members, key=originality)
    groups = []
    while len(rest) > 1:
        copies = {key: [other for other in rest if other != key and are_copies(key, other)] for key in rest}
        most = max(map(len, copies.values()))
        if most == 0:
            break
        enough = min(most, (len(rest) + 1) // 2)  # more than half of the others
        kept = next(key for key in rest if len(copies[key]) >= enough)
        groups.append((kept, copies[kept]))
        taken = {kept, *copies[kept]}
        rest = [key for key in rest if key not in taken]
    return groups
