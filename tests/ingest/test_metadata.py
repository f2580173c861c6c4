import pytest

from lookalike.errors import ConfigError
from lookalike.ingest.metadata import parse_metadata


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("red", "red"),
        ("7", 7),
        ("-1.5", -1.5),
        ("true", True),
        ("False", "False"),
        ("2024-05-31", "2024-05-31"),
        ("a=b", "a=b"),
        ("", ""),
        ("null", "null"),
        ("[1]", "[1]"),
        ("NaN", "NaN"),
        ("1e999", "1e999"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("007", "007"),
    ],
)
def test_values_keep_their_type_where_opensearch_has_it(text: str, value: object) -> None:
    parsed = parse_metadata([f"key={text}"])
    assert parsed == {"key": value}
    assert type(parsed["key"]) is type(value)


@pytest.mark.parametrize("pair", ["key", "=value", " =x", "a.b=1", "key=\udcff"])
def test_a_pair_that_is_none_says_what_was_expected(pair: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_metadata([pair])
    assert str(caught.value) == f"--metadata: expected key=value in UTF-8, the key without dots, found {pair!r}"
