import numpy as np

from lookalike.encoder.quantise import to_bytes


def test_the_largest_component_becomes_127() -> None:
    vectors = np.array([[0.5, -0.25, 0.0], [0.01, 0.02, -0.04]], np.float32)
    assert to_bytes(vectors).tolist() == [[127, -64, 0], [32, 64, -127]]


def test_cosine_survives() -> None:
    vectors = np.random.default_rng(0).normal(size=(50, 256)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    quantised = to_bytes(vectors).astype(np.float32)
    quantised /= np.linalg.norm(quantised, axis=1, keepdims=True)
    assert np.abs(quantised @ quantised.T - vectors @ vectors.T).max() < 0.01


def test_the_zero_vector_stays_zero() -> None:
    assert to_bytes(np.zeros((1, 4), np.float32)).tolist() == [[0, 0, 0, 0]]
