"""PCA whitening: the linear map that makes a short, decorrelated embedding of long features."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_whitening"]

_SMALLEST_SHARE = 1e-10  # of the largest variance: less is rounding


def fit_whitening(
    features: NDArray[np.float32], dimension: int, share: float = 1.0
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit weight `[dimension, F]` and bias `[dimension]` to features `[N, F]`.

    `features @ weight.T + bias` has zero mean and, with a `share` of 1, the identity as covariance over the N rows.
    With less, the product of two rows is that of whitened ones for this share, and for the rest that of the principal
    components as they are, scaled to the same mean square length `dimension`. Raises ValueError unless N exceeds
    `dimension` and the features differ in so many directions, without which the smallest are noise or undefined.
    """
    count = len(features)
    if count <= dimension:
        raise ValueError(f"whitening to {dimension} numbers needs more than {dimension} images, found {count}")
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features - mean
    covariance = centred.T @ centred / (count - 1)
    variances, directions = np.linalg.eigh(covariance)
    largest = np.argsort(variances)[::-1][:dimension]
    if not variances[largest[-1]] > _SMALLEST_SHARE * variances[largest[0]]:
        raise ValueError(f"the images differ in fewer than {dimension} ways; expected more images, less alike")
    kept = variances[largest]
    scale = np.sqrt(share / kept + (1 - share) * dimension / kept.sum())
    weight = (directions[:, largest] * scale).T
    return weight.astype(np.float32), (-weight @ mean).astype(np.float32)
