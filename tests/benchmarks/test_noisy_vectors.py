from pathlib import Path

import numpy as np

from benchmarks.noisy_vectors import NoisyVectors, real_embeddings
from tests.pictures import save_pictures

REAL = np.linalg.qr(np.random.default_rng(0).standard_normal((64, 64)))[0].astype(np.float32)


def test_vectors_are_of_unit_length_and_the_same_every_time() -> None:
    first = np.concatenate(list(NoisyVectors(REAL, 12_000).portions()))
    assert first.shape == (12_000, 64)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    assert (first == np.concatenate(list(NoisyVectors(REAL, 12_000).portions()))).all()
    assert not np.isclose(first[:10], NoisyVectors(REAL, 12_000).others(10)).all(axis=1).any()


def test_a_vector_lies_about_its_embedding() -> None:
    cosines = NoisyVectors(REAL, 2000).others(2000) @ REAL.T
    nearest, second = -np.sort(-cosines, axis=1)[:, :2].T
    assert abs(nearest.mean() - 0.7) < 0.05  # as far as the noise is long
    assert second.mean() < 0.4


def test_files_that_are_no_pictures_have_no_embedding(tmp_path: Path) -> None:
    save_pictures(tmp_path, 3)
    (tmp_path / "notes.txt").write_text("none")
    embeddings = real_embeddings([tmp_path])
    assert embeddings.shape == (3, 256)
    assert np.allclose(np.linalg.norm(embeddings, axis=1), 1, atol=1e-4)
