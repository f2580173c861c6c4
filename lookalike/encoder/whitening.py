"""PCA whitening: the linear map that makes a short, decorrelated embedding of long features."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["fit_whitening"]


def fit_whitening(features: NDArray[np.float32], dimension: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit weight `[dimension, F]` and bias `[dimension]` to features `[N, F]`.

    `features @ weight.T + bias` has zero mean and the identity as covariance over the N rows. Raises
    ValueError unless N exceeds `dimension`, without which the smallest directions are noise or undefined.
    """
    count = len(features)
    if count <= dimension:
        raise ValueError(f"whitening to {dimension} numbers needs more than {dimension} images, found {count}")
    mean = features.mean(axis=0, dtype=np.float64)
    centred = features - mean
    covariance = centred.T @ centred / (count - 1)
    variances, directions = np.linalg.eigh(covariance)
    largest = np.argsort(variances)[::-1][:dimension]
    weight = (directions[:, largest] / np.sqrt(variances[largest])).T
    return weight.astype(np.float32), (-weight @ mean).astype(np.float32)
