from typing import Any

import pytest

from lookalike.errors import SearchError
from lookalike.search.filters import parse_filters

FIELDS = {
    "width": "integer",
    "bytes": "long",
    "format": "keyword",
    "embedding": "knn_vector",
    "thumbnail": "binary",
    "exif.taken_at": "date",
    "exif.location": "geo_point",
    "metadata.colour": "keyword",
    "metadata.colour.text": "text",
    "metadata.price": "double",
    "metadata.sold": "boolean",
    "metadata.width": "long",
}


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("format=jpeg", {"term": {"format": "jpeg"}}),
        ("metadata.colour=dark red", {"term": {"metadata.colour": "dark red"}}),
        ("colour=red", {"term": {"metadata.colour": "red"}}),
        ("colour=a=b", {"term": {"metadata.colour": "a=b"}}),
        ("colour=1..2", {"term": {"metadata.colour": "1..2"}}),
        ("colour.text=dark red", {"match": {"metadata.colour.text": {"query": "dark red", "operator": "and"}}}),
        ("width=640", {"term": {"width": 640}}),
        ("metadata.width=640", {"term": {"metadata.width": 640}}),
        ("width=640..", {"range": {"width": {"gte": 640}}}),
        ("width=..640", {"range": {"width": {"lte": 640}}}),
        ("price=1.5..2", {"range": {"metadata.price": {"gte": 1.5, "lte": 2.0}}}),
        ("price=-3", {"term": {"metadata.price": -3.0}}),
        ("sold=True", {"term": {"metadata.sold": True}}),
        ("exif.taken_at=2024", {"range": {"exif.taken_at": {"gte": "2024", "lte": "2024"}}}),
        ("exif.taken_at=2024-05..2024-06-02", {"range": {"exif.taken_at": {"gte": "2024-05", "lte": "2024-06-02"}}}),
        ("exif.taken_at=2024-05-31T12:00:00..", {"range": {"exif.taken_at": {"gte": "2024-05-31T12:00:00"}}}),
        ('{"exists": {"field": "exif.camera"}}', {"exists": {"field": "exif.camera"}}),
    ],
)
def test_a_filter_becomes_a_clause(text: str, clause: dict[str, Any]) -> None:
    assert parse_filters([text], FIELDS) == [clause]


def test_all_filters_are_kept_in_order() -> None:
    assert parse_filters(["format=png", "width=1.."], FIELDS) == [
        {"term": {"format": "png"}},
        {"range": {"width": {"gte": 1}}},
    ]
    assert parse_filters([], FIELDS) == []


@pytest.mark.parametrize("text", ["format", "=png", "format=", ""])
def test_what_is_no_filter_says_what_was_expected(text: str) -> None:
    with pytest.raises(SearchError) as caught:
        parse_filters([text], FIELDS)
    assert str(caught.value) == f"--filter: expected field=value, field=low..high or JSON, found {text!r}"


def test_broken_json_is_named_as_such() -> None:
    with pytest.raises(SearchError, match="begins like JSON but is not: "):
        parse_filters(['{"term": '], FIELDS)
    with pytest.raises(SearchError, match="begins like JSON but is not: "):
        parse_filters(['{"a":' * 30_000], FIELDS)


@pytest.mark.parametrize("name", ["color", "embedding", "thumbnail", "exif.location", "metadata"])
def test_an_unknown_or_unusable_field_lists_the_usable_ones(name: str) -> None:
    with pytest.raises(SearchError) as caught:
        parse_filters([f"{name}=x"], FIELDS)
    message = str(caught.value)
    assert f"the index has no field {name!r} to filter on." in message
    assert message.endswith(
        "It has: bytes, exif.taken_at, format, metadata.colour, metadata.colour.text, metadata.price, metadata.sold, "
        "metadata.width, width."
    )
    assert ("Did you mean colour?" in message) == (name == "color")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("width=wide", "width is of type integer: expected a number, found 'wide'"),
        ("width=1.5", "width is of type integer: expected a number, found '1.5'"),
        ("width=1..x", "width is of type integer: expected a number, found 'x'"),
        ("width=2147483648", "width is of type integer: expected a number of at most 2147483647, found '2147483648'"),
        ("bytes=..9223372036854775808", "expected a number of at most 9223372036854775807, found"),
        ("bytes=-9223372036854775809", "expected a number of at least -9223372036854775808, found"),
        ("price=cheap", "metadata.price is of type double: expected a number, found 'cheap'"),
        ("price=nan", "metadata.price is of type double: expected a number, found 'nan'"),
        ("price=1..inf", "metadata.price is of type double: expected a number, found 'inf'"),
        ("sold=maybe", "metadata.sold is of type boolean: expected true or false, found 'maybe'"),
        ("exif.taken_at=summer", "expected a date such as 2024, 2024-05 or 2024-05-31, found 'summer'"),
        ("exif.taken_at=20240531", "expected a date such as 2024, 2024-05 or 2024-05-31, found '20240531'"),
        ("exif.taken_at=2024-W01", "expected a date such as 2024, 2024-05 or 2024-05-31, found '2024-W01'"),
        ("exif.taken_at=2024-05-31 10:00:00", "found '2024-05-31 10:00:00'"),
        ("exif.taken_at=2024-13", "expected a date such as 2024, 2024-05 or 2024-05-31, found '2024-13'"),
        ("width=..", "width=.. has neither a lower nor an upper end"),
    ],
)
def test_a_value_of_another_type_is_refused(text: str, expected: str) -> None:
    with pytest.raises(SearchError) as caught:
        parse_filters([text], FIELDS)
    assert expected in str(caught.value)
