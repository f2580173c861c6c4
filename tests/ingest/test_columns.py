from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from lookalike.errors import ConfigError
from lookalike.ingest.columns import Column, ColumnChoice, ColumnTypes, cast, parse_columns


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "-20", ""], "integer"),
        (["1", "2.5"], "float"),
        (["1e3"], "float"),
        (["1", "two"], "string"),
        (["007"], "string"),  # a code, whose zeros would be lost
        (["99999999999999999999"], "string"),
        (["true", "False"], "boolean"),
        (["true", "1"], "string"),
        (["2024-02-29", "2024-02-29T10:00:00Z"], "date"),
        (["2024-02-29", "soon"], "string"),
        (["2024-02-29", "0000-00-00"], "string"),  # what databases write for no date
        (["", ""], None),
    ],
)
def test_the_type_of_a_text_column_holds_all_its_values(values: list[str], kind: str | None) -> None:
    types = ColumnTypes()
    for value in values:
        types.observe("x", value, from_text=True)
    assert types.found().get("x") == kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2], "integer"),
        ([1, 2.5, None], "float"),
        ([Decimal("1.50")], "float"),
        ([True, False], "boolean"),
        ([True, 1], "string"),
        (["1"], "string"),  # quoted on purpose
        ([2**70], "string"),
        ([["a", "b"], "c"], "string"),
        ([[1, 2], 3], "integer"),
        ([date(2024, 1, 2)], "date"),
        ([{"a": 1}], "object"),
        ([float("nan"), None, []], None),
    ],
)
def test_the_type_of_a_typed_column_is_its_own(values: list[Any], kind: str | None) -> None:
    types = ColumnTypes()
    for value in values:
        types.observe("x", value, from_text=False)
    assert types.found().get("x") == kind


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("12", "integer", 12),
        (12.0, "integer", 12),
        ("1.5", "float", 1.5),
        (3, "string", "3"),
        (True, "string", "true"),
        ({"a": [1]}, "string", '{"a":[1]}'),
        ("TRUE", "boolean", True),
        ("2024-02-29", "date", "2024-02-29"),
        ("2024-02-29 10:00:00+02:00", "date", "2024-02-29T10:00:00+02:00"),
        (datetime(2024, 2, 29, 10), None, "2024-02-29T10:00:00"),
        (["1", "", "3"], "integer", [1, 3]),
        ("", "integer", None),
        (float("inf"), "float", None),
        ({"a": 1}, "object", {"a": 1}),
    ],
)
def test_values_become_of_the_type(value: Any, kind: str | None, expected: Any) -> None:
    assert cast(value, kind, from_text=True) == expected


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("n/a", "float", "expected a number, found 'n/a'"),
        (1.5, "integer", "expected an integer, found '1.5'"),
        (2**63, "integer", "expected an integer, found '9223372036854775808'"),
        ("yes", "boolean", "expected true or false, found 'yes'"),
        ("2024-02-30", "date", "expected a date as 2026-01-31, found '2024-02-30'"),
        ({}, "float", "expected a number, found '{}'"),
    ],
)
def test_a_value_that_cannot_be_of_the_type_says_what_was_expected(value: Any, kind: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message.replace('(', '.')}$"):
        cast(value, kind)


def test_columns_are_chosen_renamed_and_typed() -> None:
    assert parse_columns(["price", "a b=name", "n:integer", "when=taken:date"]) == (
        Column("price", "price"),
        Column("a b", "name"),
        Column("n", "n", "integer"),
        Column("when", "taken", "date"),
    )
    assert ColumnChoice(id="sku").metadata(["url", "sku", "price"], "url") == [Column("price", "price")]


@pytest.mark.parametrize("text", ["", "=x", "x=", "x:number", "a.b", "x=a.b:float", ":integer"])
def test_a_column_that_is_none_says_what_was_expected(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--column: expected SOURCE\[=NAME\]\[:TYPE\]"):
        parse_columns([text])


def test_a_name_cannot_be_given_twice() -> None:
    with pytest.raises(ConfigError, match="--column: 'x' is named twice"):
        parse_columns(["x", "y=x"])
