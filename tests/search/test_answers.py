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
