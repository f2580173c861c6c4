"""What is a group, and which picture of it is kept: without a cluster."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from lookalike.encoder.artefact import find_artefact
from lookalike.search.duplicates.grouped import grouped
from lookalike.search.duplicates.grouping import cluster, kept_with_copies
from lookalike.search.duplicates.links import Links, Neighbour, Neighbourhood, components, neighbours_read
from lookalike.search.duplicates.picture import Picture
from lookalike.search.duplicates.stored import Stored
from lookalike.search.duplicates.twins import Twins


def known(pairs: Mapping[str, float], crowded: str = "", apart: Iterable[str] = ()) -> Links:
    """`{"ab": 0.9}`: a and b are copies with 0.9, by both neighbourhoods; `{"a>b": 0.9}` by that of a alone."""
    near: dict[str, list[Neighbour]] = {}
    for pair, probability in pairs.items():
        one, other = pair[0], pair[-1]
        near.setdefault(one, []).append(Neighbour(other, probability, probability))
        if len(pair) == 2:
            near.setdefault(other, []).append(Neighbour(one, probability, probability))
    found = [Neighbourhood(key, some, key in crowded) for key, some in near.items()]
    return Links(found, apart={frozenset(pair) for pair in apart})


def groups(links: Links, *pictures: Picture, contents: Mapping[str, str] | None = None) -> list[list[str]]:
    """The ids of each group at 0.95, the kept one first; a picture that is not told has 1 pixel."""
    told = {picture.id: picture for picture in pictures}
    every = sorted({key for one, other, _ in links for key in (one, other)} | told.keys())
    twins = Twins(set())
    list(twins.first_of(Stored(key, [], (contents or {}).get(key, "")) for key in every))

    def described(ids: Iterable[str]) -> dict[str, Picture]:
        return {key: told.get(key, Picture(key, width=1, height=1)) for key in ids}

    return [group.ids for group in grouped(links, twins, 0.95, described)]


def test_copies_of_one_picture_are_a_group() -> None:
    assert groups(known({"ab": 0.99, "ac": 0.99, "bc": 0.99, "xy": 0.97, "pq": 0.9})) == [["a", "b", "c"], ["x", "y"]]


def test_a_picture_between_two_sets_of_copies_does_not_join_them() -> None:
    first = dict.fromkeys(("ab", "ac", "bc"), 0.99)
    second = dict.fromkeys(("xy", "xz", "yz"), 0.99)
    bridge = {"cm": 0.96, "mx": 0.96}
    joined = components([(pair[0], pair[1]) for pair in {**first, **second, **bridge}])
    assert len(joined) == 1
    assert groups(known({**first, **second, **bridge})) == [["a", "b", "c"], ["x", "y", "z"]]


def test_a_chain_of_ever_further_edits_is_no_group() -> None:
    found = groups(known({"ab": 0.96, "bc": 0.96, "cd": 0.96, "de": 0.96}))
    assert all(len(group) == 2 for group in found)


def test_two_crops_of_one_original_need_not_be_alike() -> None:
    original = Picture("o", width=9, height=9)
    assert groups(known({"ol": 0.97, "or": 0.97, "lr": 0.2}), original) == [["o", "l", "r"]]


def test_every_copy_is_directly_one_of_the_kept_picture() -> None:
    large = Picture("l", width=9, height=9)
    links = known({"la": 0.97, "ab": 0.99, "ac": 0.99, "bc": 0.99, "lb": 0.8, "lc": 0.8})
    assert groups(links, large) == [["a", "b", "c", "l"]]


def test_a_member_that_is_no_direct_copy_of_the_kept_one_leaves() -> None:
    large = Picture("l", width=9, height=9)
    links = known({"la": 0.97, "lb": 0.97, "ab": 0.99, "ac": 0.99, "bc": 0.99, "lc": 0.8})
    assert groups(links, large) == [["l", "a", "b"]]


def test_what_people_keep_apart_stays_apart_even_with_a_common_copy() -> None:
    pairs = {"ab": 0.99, "ac": 0.99, "bc": 0.99}
    assert groups(known(pairs, apart=["ab"])) == [["a", "c"]]
    without_a_link = dict.fromkeys(("ac", "ad", "ae", "bc", "bd", "be", "cd", "ce", "de"), 0.99)
    best = Picture("c", width=9, height=9)
    assert groups(known(without_a_link), best) == [["c", "a", "b", "d", "e"]]
    assert groups(known(without_a_link, apart=["ab"]), best) == [["c", "a", "d"], ["b", "e"]]


def test_both_neighbourhoods_count() -> None:
    assert groups(known({"a>b": 0.99})) == []
    assert groups(known({"a>b": 0.99, "b>a": 0.92})) == [["a", "b"]]
    assert groups(known({"a>b": 0.99, "b>a": 0.90})) == []


def test_among_more_copies_than_a_search_tells_one_neighbourhood_is_enough() -> None:
    assert groups(known({"a>b": 0.99, "bc": 0.6})) == []
    assert groups(known({"a>b": 0.99, "bc": 0.6}, crowded="b")) == [["a", "b"]]


def test_files_that_are_the_same_stand_for_each_other() -> None:
    contents = {"a": "one", "b": "one", "c": "two", "x": "three", "y": "three"}
    pictures = [Picture(key) for key in "abcxy"]
    assert groups(known({"ac": 0.99}), *pictures, contents=contents) == [["a", "b", "c"], ["x", "y"]]


def test_a_picture_that_is_gone_meanwhile_is_in_no_group() -> None:
    twins = Twins(set())
    list(twins.first_of([Stored("a", [], ""), Stored("b", [], "")]))
    assert grouped(known({"ab": 0.99}), twins, 0.95, lambda ids: {"a": Picture("a")}) == []


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ({"width": 300, "height": 200, "bytes": 1}, {"width": 200, "height": 200, "bytes": 9}),
        ({"format": "png", "bytes": 1}, {"format": "jpeg", "bytes": 9}),
        ({"format": "jpeg", "bytes": 9}, {"format": "jpeg", "bytes": 1}),
        ({"taken_at": "2019-05-01T10:00:00"}, {"taken_at": "2020-01-01T00:00:00"}),
        ({"taken_at": "2019-05-01T10:00:00"}, {"ingested_at": "2026-01-01T00:00:00+00:00"}),
        ({"ingested_at": "2025-01-01T00:00:00+00:00"}, {"ingested_at": "2026-01-01T00:00:00+00:00"}),
        ({"ingested_at": "2025-01-01T00:00:00+00:00"}, {}),
    ],
)
def test_the_better_original_is_kept(better: dict[str, object], worse: dict[str, object]) -> None:
    one, other = replace(Picture("z"), **better), replace(Picture("a"), **worse)  # type: ignore[arg-type]
    assert groups(known({"az": 0.99}), one, other) == [["z", "a"]]


def test_a_large_screenshot_does_not_stand_for_what_it_is_no_copy_of() -> None:
    size = {"s": 9, "a": 3, "b": 2, "c": 1}
    copies = {frozenset(pair) for pair in ("sa", "ab", "ac", "bc")}
    found = kept_with_copies("sabc", lambda one, other: frozenset((one, other)) in copies, lambda key: -size[key])
    assert found == [("a", ["s", "b", "c"])]


def test_ten_thousand_pictures_are_clustered_at_once() -> None:
    members = [f"{number:05}" for number in range(10_000)]
    pairs = dict.fromkeys(zip(members[::2], members[1::2], strict=True), 0.99)
    pairs |= dict.fromkeys(zip(members[1:-1:2], members[2::2], strict=True), 0.6)
    assert sorted(map(len, cluster(members, pairs))) == [2] * 5000


def test_a_neighbourhood_says_nothing_of_what_is_unlikely() -> None:
    calibration = find_artefact("default").calibration
    assert calibration is not None
    read = neighbours_read([("copy", 0.97), *((str(number), 0.3) for number in range(40))], calibration)
    assert [neighbour.id for neighbour in read] == ["copy"]
    assert read[0].probability > 0.95
    assert neighbours_read([], calibration) == []
