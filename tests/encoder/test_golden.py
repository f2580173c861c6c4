"""The golden set still comes out as written down, so what the plugin is compared with is what Python does."""

import hashlib

import numpy as np
import pytest

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ImageError
from lookalike.ingest.facts import exif_facts
from tests.golden import MODEL_FOLDER, NATIVE_SIZE, GoldenCase, cases

ALL = cases()
READABLE = [case for case in ALL if not case.is_refused]
REFUSED = [case for case in ALL if case.is_refused]


@pytest.fixture(scope="module")
def session() -> EncoderSession:
    return EncoderSession(find_artefact(str(MODEL_FOLDER)))


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_a_readable_file_gives_the_expected_facts_pixels_and_embedding(
    case: GoldenCase, session: EncoderSession
) -> None:
    decoded = decode(case.data, NATIVE_SIZE)
    assert (decoded.format, decoded.width, decoded.height) == (case.format, case.width, case.height)
    assert exif_facts(decoded.exif, with_location=True) == case.exif
    if case.pixels_sha256 is not None:
        assert hashlib.sha256(decoded.pixels.tobytes()).hexdigest() == case.pixels_sha256
    embedding = session.embed(decoded.pixels[np.newaxis])[0]
    assert float(embedding @ np.array(case.embedding)) >= 0.99999


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_a_bad_file_is_refused_for_the_expected_reason(case: GoldenCase) -> None:
    with pytest.raises(ImageError) as caught:
        decode(case.data, NATIVE_SIZE)
    assert case.reason is not None
    assert case.reason in str(caught.value)


def test_the_small_artefact_tells_the_pictures_apart() -> None:
    vectors = np.array([case.embedding for case in READABLE])
    cosines = np.abs(vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    assert np.quantile(cosines, 0.95) < 0.9
    assert np.median(cosines) < 0.4
