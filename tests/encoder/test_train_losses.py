"""Each part of the loss against its closed form."""

import math
from typing import Any

import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train


def unit(*rows: list[float]) -> Any:
    return torch.nn.functional.normalize(torch.tensor(rows), dim=1)


def test_reconstruction_adds_absolute_and_squared_differences() -> None:
    from lookalike.encoder.training.losses.reconstruction import reconstruction_loss

    assert float(reconstruction_loss(torch.full((2, 3, 4, 4), 0.75), torch.full((2, 3, 4, 4), 0.25))) == 0.75
    assert float(reconstruction_loss(torch.ones(1, 3, 4, 4), torch.ones(1, 3, 4, 4))) == 0


def test_info_nce_of_orthogonal_pairs() -> None:
    from lookalike.encoder.training.losses.info_nce import info_nce_loss

    views = torch.eye(3)
    # The match scores 1 / t, four others score 0.
    expected = math.log(math.exp(1 / 0.5) + 4) - 1 / 0.5
    assert float(info_nce_loss(views, views, 0.5)) == pytest.approx(expected, abs=1e-6)


def test_info_nce_of_views_all_equal_is_the_logarithm_of_the_choices() -> None:
    from lookalike.encoder.training.losses.info_nce import info_nce_loss

    views = unit(*[[1.0, 2.0]] * 4)
    assert float(info_nce_loss(views, views, 0.06)) == pytest.approx(math.log(7), abs=1e-4)


def test_info_nce_prefers_views_that_match() -> None:
    from lookalike.encoder.training.losses.info_nce import info_nce_loss

    views = torch.eye(4)
    assert float(info_nce_loss(views, views, 0.06)) < float(info_nce_loss(views, views.roll(1, 0), 0.06))


def test_entropy_is_minus_the_logarithm_of_the_distance_to_the_nearest_other_picture() -> None:
    from lookalike.encoder.training.losses.entropy import entropy_loss

    views = torch.eye(3)  # every other picture is at the square root of 2; its own other view, at 0, does not count
    assert float(entropy_loss(views, views)) == pytest.approx(-math.log(math.sqrt(2)), abs=1e-6)


def test_entropy_stays_finite_for_equal_pictures_and_pushes_near_ones_apart() -> None:
    from lookalike.encoder.training.losses.entropy import entropy_loss

    same = unit([1.0, 0.0], [1.0, 0.0]).requires_grad_()
    loss = entropy_loss(same, same)
    loss.backward()
    assert loss.item() == pytest.approx(-math.log(1e-6), rel=1e-4)
    assert bool(torch.isfinite(same.grad).all())
    near = unit([1.0, 0.0], [1.0, 0.1]).requires_grad_()
    entropy_loss(near, near).backward()
    assert float(near.grad[0, 1]) > 0  # descent moves the first away from the second
    assert float(near.grad[1, 1]) < 0


def test_distillation_is_nothing_for_equal_similarities_whatever_the_vectors() -> None:
    from lookalike.encoder.training.losses.distillation import distillation_loss

    vectors = unit([1.0, 0.2, 0.0], [0.3, 1.0, 0.0], [0.5, 0.1, 1.0])
    turned = vectors @ torch.tensor([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    assert float(distillation_loss(turned, vectors, 0.1)) == pytest.approx(0, abs=1e-6)


def test_distillation_is_the_divergence_of_the_two_distributions() -> None:
    from lookalike.encoder.training.losses.distillation import distillation_loss

    student = torch.eye(3)  # to the student the other two are alike: one half each
    teacher = unit([1.0, 0.0], [1.0, 0.0], [0.0, 1.0])  # to the teacher the first two are one, the third another
    share = math.exp(2) / (math.exp(2) + 1)  # at temperature 0.5
    of_the_first_two = share * math.log(2 * share) + (1 - share) * math.log(2 * (1 - share))
    assert float(distillation_loss(student, teacher, 0.5)) == pytest.approx(2 * of_the_first_two / 3, abs=1e-6)


def test_the_parts_are_weighted_and_a_part_of_weight_0_is_left_out() -> None:
    from lookalike.encoder.training.objective import Views, Weights, weighted_loss

    views = torch.eye(3)
    pictures = torch.zeros(3, 3, 4, 4)
    given = Views(views, views, pictures + 0.5, pictures, views)
    total, parts = weighted_loss(given, Weights(2.0, 3.0, 5.0, 7.0), 0.06)
    assert sorted(parts) == ["contrastive", "distillation", "entropy", "reconstruction"]
    expected = 2 * parts["reconstruction"] + 3 * parts["contrastive"] + 5 * parts["entropy"]
    assert float(total) == pytest.approx(expected + 7 * parts["distillation"], abs=1e-5)
    _, alone = weighted_loss(Views(views, views, None, None, None), Weights(0, 1, 0, 0), 0.06)
    assert sorted(alone) == ["contrastive"]
