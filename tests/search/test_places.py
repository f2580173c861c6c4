import pytest

from lookalike.encoder.tiles import Box
from lookalike.search.places import Place, places, read_places


def place(box: tuple[int, int, int, int], similarity: float, region: int = 0) -> Place:
    return Place(Box(*box), (1 + similarity) / 2, similarity, region)


def test_regions_that_overlap_are_one_place_between_them() -> None:
    found = places([place((100, 0, 100, 100), 0.9, 7), place((140, 0, 100, 100), 0.9, 8)])
    assert [(one.box, one.region) for one in found] == [(Box(120, 0, 100, 100), 7)]


def test_the_more_alike_a_region_is_the_more_it_counts() -> None:
    ((left),) = places([place((100, 0, 100, 100), 0.9), place((140, 0, 100, 100), 0.8)])
    assert 100 <= left.box.x < 105
    assert (left.similarity, left.score) == (0.9, 0.95)


def test_a_large_region_around_a_small_one_widens_it() -> None:
    ((one),) = places([place((100, 100, 100, 100), 0.9), place((50, 50, 200, 200), 0.9)])
    assert one.box == Box(79, 79, 141, 141)


def test_regions_apart_are_places_of_their_own_and_what_is_much_less_alike_is_none() -> None:
    found = places([place((0, 0, 50, 50), 0.9, 1), place((200, 0, 50, 50), 0.85, 2), place((400, 0, 50, 50), 0.7, 3)])
    assert [one.region for one in found] == [1, 2]


def test_no_regions_are_no_places() -> None:
    assert places([]) == []


def test_places_are_read_from_inner_hits() -> None:
    fields = {"regions.box.x": [4], "regions.box.y": [5], "regions.box.width": [6], "regions.box.height": [7]}
    inner = [
        {
            "_score": 0.9,
            "_nested": {"field": "regions", "offset": 3},
            "fields": fields | {"regions.magnification": [20.0]},
        }
    ]
    response = {"hits": {"hits": [{"_index": "i", "_id": "a", "inner_hits": {"regions": {"hits": {"hits": inner}}}}]}}
    ((found,),) = read_places(response).values()
    assert (found.box, found.score, found.region, found.magnification) == (Box(4, 5, 6, 7), 0.9, 3, 20.0)
    assert found.similarity == pytest.approx(0.8)
