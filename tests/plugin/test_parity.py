"""The golden set through a real node and the shipped artefact: Python's vectors, Python's facts, Python's refusals."""

import numpy as np
import pytest

from lookalike.encoder.decode import decode
from lookalike.errors import ImageError
from tests.golden import GoldenCase, cases
from tests.plugin.conftest import Embed
from tests.plugin.http import Http, base64_of

pytestmark = pytest.mark.cluster

ALL = cases()


@pytest.mark.parametrize("case", [case for case in ALL if not case.is_refused], ids=lambda case: case.name)
def test_a_readable_file_has_pythons_vector(http: Http, encode: Embed, case: GoldenCase) -> None:
    answer = http("POST", "/_plugins/_lookalike/embed", {"image": base64_of(case.data)}).ok()
    assert (answer["format"], answer["width"], answer["height"]) == (case.format, case.width, case.height)
    cosine = float(np.array(answer["embedding"]) @ np.array(encode(case.data)))
    assert case.bound is not None
    assert cosine >= case.bound


@pytest.mark.parametrize("case", [case for case in ALL if case.is_refused], ids=lambda case: case.name)
def test_a_bad_file_has_pythons_refusal(http: Http, case: GoldenCase) -> None:
    before = failures(http)
    answer = http("POST", "/_plugins/_lookalike/embed", {"image": base64_of(case.data)})
    assert case.reason is not None
    assert case.kind is not None
    with pytest.raises(ImageError):
        decode(case.data, 224)
    if case.kind == "EMPTY":
        assert (answer.status, answer.reason) == (400, "[image] empty image: expected base64, found no characters")
    else:
        assert answer.status == 400
        assert case.reason in answer.reason
    after = failures(http)
    kind = case.kind.lower()
    assert after == before | {kind: before[kind] + 1}


def failures(http: Http) -> dict[str, int]:
    """How many pictures the node could not read, by kind."""
    (node,) = http("GET", "/_plugins/_lookalike/stats").ok()["nodes"].values()
    counts: dict[str, int] = node["stats"]["failures"]
    return counts
