"""The weights that a run starts from, and what it ends with: shipped ones, two branches, whitened bottlenecks."""

from pathlib import Path

import numpy as np
import pytest

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.session import EncoderSession
from lookalike.errors import TrainingError
from tests.pictures import picture, save_pictures

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from lookalike.encoder.model import (  # noqa: E402
    Architecture,
    AutoEncoder,
    Encoder,
    as_input,
    with_second_branch,
    without_second_branch,
)
from lookalike.encoder.training.bottleneck import whiten_bottleneck  # noqa: E402
from lookalike.encoder.training.checkpoint import write_checkpoint  # noqa: E402
from lookalike.encoder.training.exported_weights import architecture_of, load_exported  # noqa: E402
from lookalike.encoder.training.features import all_features  # noqa: E402
from lookalike.encoder.training.objective import Weights  # noqa: E402
from lookalike.encoder.training.picture_cache import open_cache  # noqa: E402
from lookalike.encoder.training.settings import Settings  # noqa: E402
from lookalike.encoder.training.start import start_bottleneck, starting_model  # noqa: E402
from tests.encoder.test_train_checkpoint import SMALL, checkpoint_of  # noqa: E402


def test_the_shipped_weights_come_back_into_torch() -> None:
    artefact = find_artefact()
    encoder = Encoder(architecture_of(artefact), pretrained=False)
    load_exported(encoder, artefact)
    side = artefact.native_size
    pixels = np.stack([np.asarray(picture(seed, (side, side))) for seed in range(2)])
    with torch.no_grad():
        found = encoder(torch.from_numpy(pixels).permute(0, 3, 1, 2).float()).numpy()
    assert np.abs(found - EncoderSession(artefact).embed(pixels)).max() < 1e-4
    other = Encoder(SMALL, pretrained=False)
    with pytest.raises(TrainingError, match="does not hold the layers of plain with 8 numbers; give --from imagenet"):
        load_exported(other, artefact)


def test_a_half_whitened_bottleneck_yields_decorrelated_numbers_of_more_equal_variance() -> None:
    encoder = Encoder(SMALL, pretrained=False)
    features = np.random.default_rng(0).normal(size=(500, 256)).astype(np.float32)
    features *= np.linspace(0.1, 3, 256, dtype=np.float32)
    codes = [codes_of(encoder, features)]
    assert whiten_bottleneck(encoder, features) == "half whitened on 500 pictures"
    codes.append(codes_of(encoder, features))
    before, after = (np.cov(each.T) for each in codes)
    assert np.abs(codes[1].mean(axis=0)).max() < 1e-3
    assert np.abs(after - np.diag(np.diag(after))).max() < 1e-3
    variances = np.sort(np.linalg.eigvalsh(before))[::-1]
    expected = 0.5 + 0.5 * 8 * variances / variances.sum()
    assert np.sort(np.diag(after))[::-1] == pytest.approx(expected, rel=1e-3)
    assert whiten_bottleneck(encoder, features[:15]) == "as trained, too few pictures to whiten it"


def codes_of(encoder: Encoder, features: np.ndarray) -> np.ndarray:
    bottleneck = encoder.bottleneck
    codes: np.ndarray = features @ bottleneck.weight.detach().numpy().T + bottleneck.bias.detach().numpy()
    return codes


def test_a_bottleneck_that_has_collapsed_is_left_alone() -> None:
    encoder = Encoder(SMALL, pretrained=False)
    with torch.no_grad():
        encoder.bottleneck.weight[:] = encoder.bottleneck.weight[0]
    before = encoder.bottleneck.weight.clone()
    features = np.random.default_rng(0).normal(size=(500, 256)).astype(np.float32)
    assert whiten_bottleneck(encoder, features) == "as trained, the pictures are too much alike to it to whiten it"
    assert torch.equal(encoder.bottleneck.weight, before)


def test_a_second_branch_comes_and_goes_without_changing_the_embedding() -> None:
    single = Encoder(Architecture("lite0", 8, 3.0))
    pixels = as_input(torch.from_numpy(np.stack([np.asarray(picture(seed, (64, 64))) for seed in range(2)])))
    with torch.no_grad():
        expected = single(pixels)
        double = with_second_branch(single)
        assert double.architecture == Architecture("lite0", 8, 3.0, branches=2)
        assert double.features(pixels).shape[1] == 2 * single.features(pixels).shape[1]
        assert torch.allclose(double(pixels), expected, atol=1e-6)
        double.bottleneck.weight[:, single.backbone.channels :] = 1
        assert torch.allclose(without_second_branch(double)(pixels), expected, atol=1e-6)
    assert without_second_branch(single) is single


def test_likeness_is_held_by_a_second_branch_where_the_first_came_from_imagenet(tmp_path: Path) -> None:
    shipped, origin = starting_model(Settings(tmp_path))
    assert (shipped.encoder.architecture.branches, origin[:17]) == (2, "the shipped model")
    alone, _ = starting_model(Settings(tmp_path, weights=Weights(distillation=0)))
    assert alone.encoder.architecture.branches == 1
    write_checkpoint(checkpoint_of(AutoEncoder(SMALL, pretrained=False)), tmp_path / "checkpoint.pt")
    plain, _ = starting_model(Settings(tmp_path, str(tmp_path), "plain", 8))
    assert plain.encoder.architecture.branches == 1


def test_the_second_branch_stays_as_it_was_whatever_is_trained() -> None:
    encoder = Encoder(Architecture("lite0", 8, 3.0, branches=2))
    pixels = torch.from_numpy(np.stack([np.asarray(picture(seed, (64, 64))) for seed in range(2)]))
    features = encoder.features(as_input(pixels))
    assert features.shape == (2, 2 * encoder.backbone.channels)
    assert torch.equal(*features.chunk(2, dim=1))  # before training
    assert encoder.bottleneck.in_features == features.shape[1]
    assert not any(item.requires_grad for item in encoder.backbone.kept.parameters())
    with torch.no_grad():
        for item in encoder.backbone.stages.parameters():
            if item.requires_grad:
                item.mul_(1.01)
    trained, kept = encoder.features(as_input(pixels)).chunk(2, dim=1)
    assert not torch.allclose(trained, features.chunk(2, dim=1)[0], atol=1e-3)
    assert torch.equal(kept, features.chunk(2, dim=1)[1])


def test_the_bottleneck_starts_as_the_whitening_of_the_features(tmp_path: Path) -> None:
    cache = open_cache(save_pictures(tmp_path / "pictures", 30), tmp_path / "cache", 64)
    model, cpu = AutoEncoder(SMALL, pretrained=False).eval(), torch.device("cpu")
    assert start_bottleneck(model, cache, 0, cpu)
    codes = all_features(lambda pixels: model.encoder.bottleneck(model.encoder.features(pixels)), cache, cpu)
    assert np.abs(np.cov(codes.T) - np.eye(8)).max() < 1e-2
    assert not start_bottleneck(AutoEncoder(Architecture("plain", 30), pretrained=False), cache, 0, cpu)  # too few
    with torch.no_grad():
        for item in model.encoder.backbone.parameters():
            item.zero_()
    assert not start_bottleneck(model, cache, 0, cpu)  # too much alike
