import numpy as np
import pytest

from lookalike.encoder.whitening import fit_whitening


def test_whitened_features_have_zero_mean_and_unit_covariance() -> None:
    random = np.random.default_rng(0)
    mixing = random.normal(size=(20, 20))
    features = (random.normal(size=(500, 20)) @ mixing + random.normal(size=20) * 5).astype(np.float32)
    weight, bias = fit_whitening(features, 6)
    whitened = features @ weight.T + bias
    assert weight.shape == (6, 20)
    np.testing.assert_allclose(whitened.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(np.cov(whitened.T), np.eye(6), atol=1e-2)


def test_the_directions_of_largest_variance_are_kept() -> None:
    random = np.random.default_rng(0)
    features = (random.normal(size=(400, 3)) * [1, 10, 0.1]).astype(np.float32)
    weight, _ = fit_whitening(features, 1)
    assert np.abs(weight[0]).argmax() == 1
    assert abs(weight[0, 1]) == pytest.approx(0.1, rel=0.1)


def test_a_share_of_whitening_mixes_the_products_of_rows() -> None:
    random = np.random.default_rng(0)
    features = (random.normal(size=(300, 5)) * [1, 2, 3, 4, 5]).astype(np.float32)
    centred = features - features.mean(axis=0)
    covariance = np.cov(features.T)
    weight, bias = fit_whitening(features, 5, 0.3)
    found = features @ weight.T + bias
    whitened = centred @ np.linalg.inv(covariance) @ centred.T
    plain = centred @ centred.T * 5 / np.trace(covariance)
    np.testing.assert_allclose(found @ found.T, 0.3 * whitened + 0.7 * plain, atol=1e-2)


def test_too_few_images_are_refused() -> None:
    with pytest.raises(ValueError, match="needs more than 4 images, found 4"):
        fit_whitening(np.zeros((4, 10), np.float32), 4)
