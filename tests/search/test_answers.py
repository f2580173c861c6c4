import pytest

from lookalike.search.answers import read_hits


def test_hits_are_ranked_and_scores_become_cosines() -> None:
    response = {
        "hits": {
            "hits": [
                {"_id": "a", "_score": 1.0, "_source": {"image_url": "file:///a", "metadata": {"x": 1}}},
                {"_id": "b", "_score": 0.75, "_source": {}},
            ]
        }
    }
    first, second = read_hits(response)
    assert first.as_json() == {
        "rank": 1,
        "id": "a",
        "score": 1.0,
        "similarity": 1.0,
        "probability": None,
        "image_url": "file:///a",
        "metadata": {"x": 1},
    }
    assert (second.rank, second.similarity, second.image_url, second.metadata) == (2, 0.5, "", {})


@pytest.mark.parametrize("odd", [None, [1], {"a": 1}, 7, "text"])
def test_a_field_of_another_type_counts_as_missing(odd: object) -> None:
    source = dict.fromkeys(("image_url", "metadata", "width", "height", "thumbnail"), odd)
    (hit,) = read_hits({"hits": {"hits": [{"_id": "a", "_score": 1.0, "_source": source}]}})
    assert hit.image_url == (odd if isinstance(odd, str) else "")
    assert hit.metadata == (odd if isinstance(odd, dict) else {})
    assert hit.width == (odd if isinstance(odd, int) else 0)
    assert hit.thumbnail == (odd if isinstance(odd, str) else None)
