"""`more_like` and `less_like`: the answers of k-NN with the vector that Python makes of the same examples."""

from typing import Any

import numpy as np
import pytest
from PIL.Image import Transpose

from tests.pictures import picture
from tests.plugin.conftest import BYTES, PHOTOS, REGIONS, Corpus
from tests.plugin.http import Http, base64_of, clause
from tests.plugin.indices import make_index, vector_field

pytestmark = pytest.mark.cluster

Vector = list[float]
OLDER = {"model": "older", "sha256": "ab" * 32}  # what an index records of another model


def refined(query: Vector, more: list[Vector], less: list[Vector]) -> Vector:
    """The mean of what is wanted less 0.15 times the mean of what is not, of unit length."""

    def unit(vector: Vector) -> Any:
        return np.array(vector) / np.linalg.norm(vector)

    moved = np.mean([unit(query), *map(unit, more)], axis=0)
    if less:
        moved = moved - 0.15 * np.mean([unit(vector) for vector in less], axis=0)
    result: Vector = (moved / np.linalg.norm(moved)).tolist()
    return result


def knn(http: Http, index: str, vector: Vector, k: int = 12) -> dict[str, float]:
    return http.search(index, {"knn": {"embedding": {"vector": vector, "k": k}}}).hits


def assert_same(found: dict[str, float], expected: dict[str, float]) -> None:
    assert expected
    assert found == {key: pytest.approx(score, abs=2e-5) for key, score in expected.items()}


def of(corpus: Corpus, *numbers: int, index: str = PHOTOS) -> list[dict[str, Any]]:
    return [{"_index": index, "_id": corpus.ids[number]} for number in numbers]


@pytest.fixture(scope="module")
def stored(http: Http, corpus: Corpus) -> list[Vector]:
    """The vectors of pictures 0 to 39."""
    hits = http.search(PHOTOS, {"match_all": {}}, _source=["embedding"]).ok()["hits"]["hits"]
    vectors = {hit["_id"]: hit["_source"]["embedding"] for hit in hits}
    return [vectors[key] for key in corpus.ids]


@pytest.mark.parametrize(
    ("more", "less"), [([3], []), ([], [4]), ([3, 9, 12], [4, 30]), ([5, 5], [5]), ([7], []), (list(range(40)) * 2, [])]
)
def test_examples_move_a_picture(
    http: Http, corpus: Corpus, stored: list[Vector], more: list[int], less: list[int]
) -> None:
    asked: dict[str, Any] = {"more_like": of(corpus, *more), "less_like": of(corpus, *less), "k": 12}
    vector = refined(http.embed(picture(77)), [stored[number] for number in more], [stored[number] for number in less])
    assert_same(http.search(PHOTOS, clause(image=base64_of(picture(77)), **asked)).hits, knn(http, PHOTOS, vector))
    (like,) = of(corpus, 20)
    vector = refined(stored[20], [stored[number] for number in more], [stored[number] for number in less])
    assert_same(http.search(PHOTOS, clause(like=like, **asked)).hits, knn(http, PHOTOS, vector))


def test_examples_change_the_answer(http: Http, corpus: Corpus) -> None:
    image = base64_of(picture(77))
    plain = http.search(PHOTOS, clause(image=image, k=40)).hits
    most = http.search(PHOTOS, clause(image=image, k=40, more_like=of(corpus, 3))).hits
    least = http.search(PHOTOS, clause(image=image, k=40, less_like=of(corpus, 3))).hits
    key = corpus.ids[3]
    assert least[key] + 0.02 < plain[key] < most[key] - 0.02


def test_one_example_needs_no_list_and_an_empty_list_is_none(http: Http, corpus: Corpus) -> None:
    image = base64_of(picture(77))
    (one,) = of(corpus, 3)
    listed = http.search(PHOTOS, clause(image=image, k=5, more_like=[one])).hits
    assert http.search(PHOTOS, clause(image=image, k=5, more_like=one)).hits == listed
    plain = http.search(PHOTOS, clause(image=image, k=5)).hits
    assert http.search(PHOTOS, clause(image=image, k=5, more_like=[], less_like=[])).hits == plain != listed


def test_examples_of_floats_and_bytes_serve_each_other(http: Http, corpus: Corpus, stored: list[Vector]) -> None:
    image = base64_of(picture(77))
    vector = refined(http.embed(picture(77)), [stored[33]], [stored[35]])
    expected = knn(http, PHOTOS, vector, 40)
    for source, target in ((PHOTOS, BYTES), (BYTES, PHOTOS), (BYTES, BYTES)):
        examples: dict[str, Any] = {
            "more_like": of(corpus, 33, index=source),
            "less_like": of(corpus, 35, index=source),
        }
        found = http.search(target, clause(image=image, k=5, **examples)).hits
        assert len(found) == 5
        assert found == {key: pytest.approx(expected[key], abs=5e-3) for key in found}


def test_every_view_is_moved_by_the_same_examples(http: Http, corpus: Corpus, stored: list[Vector]) -> None:
    square = picture(51, (240, 240))
    best: dict[str, float] = {}
    for view in (square, square.transpose(Transpose.FLIP_LEFT_RIGHT)):
        vector = refined(http.embed(view), [stored[2]], [stored[30]])
        for key, score in knn(http, PHOTOS, vector, 40).items():
            best[key] = max(score, best.get(key, 0))
    examples: dict[str, Any] = {"more_like": of(corpus, 2), "less_like": of(corpus, 30)}
    found = http.search(PHOTOS, clause(image=base64_of(square), k=40, views="flip", **examples)).hits
    assert_same(found, best)


# Regions as examples

LEFT = {"x": 0, "y": 0, "width": 0.5, "height": 1}
RIGHT = {**LEFT, "x": 0.5}


def region(number: int, which: int) -> dict[str, Any]:
    return {"_index": REGIONS, "_id": str(number), "field": "regions.embedding", "region": which}


@pytest.mark.parametrize(("which", "box"), [(0, LEFT), (1, RIGHT)])
def test_like_may_be_a_region(http: Http, corpus: Corpus, which: int, box: dict[str, float]) -> None:
    found = http.search(PHOTOS, clause(like=region(3, which), k=12)).hits
    assert_same(found, knn(http, PHOTOS, http.embed(picture(3), region=box)))
    without_field = {key: value for key, value in region(3, which).items() if key != "field"}
    inner = clause("regions.embedding", like=without_field, k=6, expand_nested_docs=True)
    body = {"nested": {"path": "regions", "query": inner, "score_mode": "max", "inner_hits": {}}}
    best = http.search(REGIONS, body).ok()["hits"]["hits"][0]
    assert best["_id"] == "3"
    assert best["_score"] == pytest.approx(1, abs=1e-4)
    assert best["inner_hits"]["regions"]["hits"]["hits"][0]["_nested"]["offset"] == which


def test_examples_may_be_regions(http: Http, corpus: Corpus) -> None:
    left, right = (http.embed(picture(number), region=box) for number, box in ((1, LEFT), (2, RIGHT)))
    vector = refined(http.embed(picture(77)), [left], [right])
    examples: dict[str, Any] = {"more_like": [region(1, 0)], "less_like": region(2, 1)}
    found = http.search(PHOTOS, clause(image=base64_of(picture(77)), k=12, **examples)).hits
    assert_same(found, knn(http, PHOTOS, vector))


# What goes wrong


def test_an_example_of_another_model_is_refused(http: Http, corpus: Corpus, index: str) -> None:
    make_index(http, index, {"embedding": vector_field()}, OLDER)
    http("PUT", f"/{index}/_doc/1?refresh=true", {"embedding": http.embed(picture(1))}).ok()
    for name in ("more_like", "less_like"):
        example: dict[str, Any] = {name: [*of(corpus, 1), {"_index": index, "_id": "1"}]}
        answer = http.search(PHOTOS, clause(image=base64_of(picture(77)), k=1, **example))
        assert answer.status == 400
        assert answer.reason.startswith(
            f"[{name}] names a picture of index [{index}] with vectors of model [older@abababababab], index [{PHOTOS}] "
        )


def test_models_are_compared_where_the_searched_index_records_none(http: Http, corpus: Corpus, index: str) -> None:
    older, plain = f"{index}-older", index
    for name, record in ((older, OLDER), (plain, None)):
        make_index(http, name, {"embedding": vector_field()}, record)
        http("PUT", f"/{name}/_doc/1?refresh=true", {"embedding": http.embed(picture(1))}).ok()
    examples = [{"_index": older, "_id": "1"}]
    try:
        for asked in ({"image": base64_of(picture(77))}, {"like": of(corpus, 1)[0]}):
            found = http.search(plain, clause(k=1, more_like=of(corpus, 2), **asked)).hits
            assert list(found) == ["1"]
            answer = http.search(plain, clause(k=1, less_like=examples, **asked))
            assert (answer.status, "vectors of two models cannot be compared" in answer.reason) == (400, True)
            assert f"{'[like]' if 'like' in asked else '[less_like]'} names a picture" in answer.reason
        assert list(http.search(plain, clause(k=1, like=examples[0], more_like=examples)).hits) == ["1"]
    finally:
        http("DELETE", f"/{older}").ok()


def test_examples_that_cancel_the_picture_are_said_to(http: Http, corpus: Corpus, index: str) -> None:
    make_index(http, index, {"embedding": vector_field()})
    vector = np.array(http.embed(picture(77)))
    http("PUT", f"/{index}/_doc/1?refresh=true", {"embedding": (-vector).tolist()}).ok()
    example = {"_index": index, "_id": "1"}
    answer = http.search(PHOTOS, clause(image=base64_of(picture(77)), k=1, more_like=example))
    assert (answer.status, answer.reason) == (
        400,
        "[more_like] and [less_like] cancel what is asked for, so nothing is left to look for",
    )
