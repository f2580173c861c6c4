"""Documents of the same file, byte for byte."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from lookalike.search.duplicates.stored import Stored

__all__ = ["Twins"]


class Twins:
    """One of the documents of a file is searched for, and stands for all of them.

    Those about which people decided something (`apart`) stand for themselves.
    """

    def __init__(self, apart: set[frozenset[str]]) -> None:
        self._decided = {key for pair in apart for key in pair}
        self._first: dict[str, str] = {}
        self._stands_for: dict[str, str] = {}
        self._all: dict[str, list[str]] = defaultdict(list)

    def first_of(self, documents: Iterable[Stored]) -> Iterator[Stored]:
        """The documents that stand for themselves or for others."""
        for one in documents:
            first = one.id
            if one.content and one.id not in self._decided:
                first = self._first.setdefault(one.content, one.id)
            self._all[first].append(one.id)
            if first == one.id:
                yield one
            else:
                self._stands_for[one.id] = first

    def first_for(self, key: str) -> str:
        """The document that stands for one."""
        return self._stands_for.get(key, key)

    def all_of(self, first: str) -> list[str]:
        """The documents that one stands for, itself among them."""
        return self._all.get(first, [])

    def repeated(self) -> set[str]:
        """Those that stand for others, too."""
        return {first for first, found in self._all.items() if len(found) > 1}
