"""Which original is edited how, and which originals the index holds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.evaluation.edits.catalogue import KINDS

__all__ = ["FEWEST", "MOST", "Plan", "make_plan"]

FEWEST = 10
MOST = 200


@dataclass(frozen=True)
class Plan:
    """The queries of an evaluation.

    `indexed` and `left_out` are originals, by their number among the pictures, in equal parts; of the others all are in
    the index. Query i is `original[i]` (a number among the pictures) edited by `kind[i]` (a number among KINDS), its
    background being `background[i]`, a picture that the index does not hold.
    """

    indexed: NDArray[np.int64]
    left_out: NDArray[np.int64]
    original: NDArray[np.int64]
    kind: NDArray[np.int64]
    background: NDArray[np.int64]

    @cached_property
    def matched(self) -> NDArray[np.bool_]:
        """Which queries have their original in the index."""
        return np.isin(self.original, self.indexed)

    def of_kinds(self, names: tuple[str, ...]) -> NDArray[np.bool_]:
        """Which queries are of these kinds."""
        return np.isin(self.kind, [KINDS.index(name) for name in names])


def make_plan(candidates: NDArray[np.int64], queries: int, seed: int) -> Plan:
    """Draw originals among candidates, at most 200, and about `queries` edits of them, as many of each kind.

    The same candidates, number and seed give the same plan; at least FEWEST candidates are needed.
    """
    random = np.random.default_rng([seed, 1])
    half = min(MOST, len(candidates)) // 2
    drawn = random.permutation(candidates)[: 2 * half]
    indexed, left_out = np.sort(drawn[:half]), np.sort(drawn[half:])
    of_a_kind = max(1, min(half, queries // len(KINDS) // 2))
    originals, kinds = [], []
    for kind in range(len(KINDS)):
        for part in (indexed, left_out):
            originals.append(np.sort(random.permutation(part)[:of_a_kind]))
            kinds.append(np.full(of_a_kind, kind))
    original, kind_of = np.concatenate(originals), np.concatenate(kinds)
    order = np.argsort(original, kind="stable")  # an original is decoded once for all its edits
    original, kind_of = original[order], kind_of[order]
    background = random.choice(left_out, len(original))
    own = background == original
    background[own] = left_out[(np.searchsorted(left_out, background[own]) + 1) % len(left_out)]
    return Plan(indexed, left_out, original, kind_of, background)
