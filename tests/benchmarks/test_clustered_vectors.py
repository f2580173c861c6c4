import numpy as np

from benchmarks.clustered_vectors import ClusteredVectors


def test_vectors_are_of_unit_length_and_the_same_every_time() -> None:
    first = np.concatenate(list(ClusteredVectors(12_000, 32).portions()))
    assert first.shape == (12_000, 32)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-5)
    assert (first == np.concatenate(list(ClusteredVectors(12_000, 32).portions()))).all()
    assert not np.isclose(first[:10], first[10_000:10_010]).all(axis=1).any()


def test_members_of_a_cluster_have_a_cosine_of_a_half() -> None:
    one_cluster = next(ClusteredVectors(1000, 256, cluster=1000).portions())
    cosines = one_cluster[:500] @ one_cluster[500:].T
    assert abs(cosines.mean() - 0.5) < 0.1
    many = next(ClusteredVectors(1000, 256, cluster=1).portions())
    assert abs((many[:500] @ many[500:].T).mean()) < 0.05
