import pytest

from lookalike.encoder.calibration import Calibration
from lookalike.search.answers import described, read_hits


def test_hits_are_ranked_and_scores_become_cosines() -> None:
    response = {
        "hits": {
            "hits": [
                {"_index": "i", "_id": "a", "_score": 1.0},
                {"_index": "i", "_id": "b", "_score": 0.75},
            ]
        }
    }
    first, second = read_hits(response)
    source = {"image_url": "file:///a", "metadata": {"x": 1}, "width": 4, "height": 3, "thumbnail": "/9j/"}
    described_first = described(first, {"_source": source})
    assert (described_first.width, described_first.height, described_first.thumbnail) == (4, 3, "/9j/")
    assert described_first.as_json() == {
        "rank": 1,
        "id": "a",
        "score": 1.0,
        "similarity": 1.0,
        "probability": None,
        "image_url": "file:///a",
        "metadata": {"x": 1},
    }
    assert (second.rank, second.similarity, second.image_url, second.metadata) == (2, 0.5, "", {})
    assert (second.index, second.id) == ("i", "b")


def test_a_similarity_means_what_it_does_beside_those_of_the_other_hits() -> None:
    thresholds = {"0.9": 0.3, "0.99": 0.6, "0.999": None}
    calibration = Calibration([0.0, 0.5], [0.0, 1.0], thresholds, background=0.25)

    def judged(*similarities: float) -> list[tuple[float | None, str]]:
        found = [{"_index": "i", "_id": "x", "_score": (1 + one) / 2} for one in similarities]
        hits = read_hits({"hits": {"hits": found}}, calibration)
        return [(hit.probability, hit.verdict) for hit in hits]

    strangers = [0.2] * 10
    assert judged(0.9, *strangers) == [(1.0, "copy")] + [(0.0, "similar")] * 10
    assert judged(0.48, *strangers)[0] == (0.7, "probably the same picture")
    assert judged(0.82, *[0.8] * 10)[0] == (0.2, "similar")
    assert judged(1.0, *[0.99] * 10)[0] == (1.0, "copy")
    assert judged(0.4) == [(0.4, "similar")]  # alone in the index, beside the background
    assert judged() == []


@pytest.mark.parametrize("odd", [None, [1], {"a": 1}, 7, "text"])
def test_a_field_of_another_type_counts_as_missing(odd: object) -> None:
    source = dict.fromkeys(("image_url", "metadata", "width", "height", "thumbnail"), odd)
    (hit,) = read_hits({"hits": {"hits": [{"_index": "i", "_id": "a", "_score": 1.0}]}})
    hit = described(hit, {"_source": source})
    assert hit.image_url == (odd if isinstance(odd, str) else "")
    assert hit.metadata == (odd if isinstance(odd, dict) else {})
    assert hit.width == (odd if isinstance(odd, int) else 0)
