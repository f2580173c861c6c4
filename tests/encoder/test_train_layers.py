"""Layers that are run together, and which pictures come into a batch."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from torch import nn  # noqa: E402

from lookalike.encoder.backbones import build_backbone  # noqa: E402
from lookalike.encoder.folded_conv import FoldedConv  # noqa: E402
from lookalike.encoder.training.grouping import grouped_order, nearest_pictures  # noqa: E402


def layers() -> tuple[FoldedConv, nn.Sequential]:
    """A folded layer, and the separate ones that it is made of."""
    torch.manual_seed(0)
    convolution, norm = nn.Conv2d(3, 5, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(5)
    norm.running_mean.uniform_(-1, 1)
    norm.running_var.uniform_(0.5, 2)
    nn.init.uniform_(norm.weight, 0.5, 2)
    nn.init.uniform_(norm.bias, -1, 1)
    return FoldedConv(convolution, norm, rectified=True), nn.Sequential(convolution, norm, nn.ReLU6())


@pytest.mark.parametrize("training", [False, True])
def test_a_folded_layer_and_its_gradients_equal_the_separate_ones(training: bool) -> None:
    maps = torch.rand(4, 3, 9, 9) * 4 - 2
    results = []
    for one in layers():
        one.train(training)
        found = one(maps)
        found.square().sum().backward()
        results.append([found.detach(), *(item.grad for item in one.parameters())])
    for folded, separate in zip(*results, strict=True):
        assert torch.allclose(folded, separate, rtol=1e-4, atol=1e-4)


def test_folding_for_good_changes_nothing_but_the_number_of_layers() -> None:
    folded = layers()[0].eval()
    maps = torch.rand(2, 3, 8, 8)
    before = folded(maps)
    folded.fold()
    folded.fold()
    assert torch.allclose(folded(maps), before, atol=1e-6)
    assert [type(module) for module in folded.modules()] == [FoldedConv, nn.Conv2d]


@pytest.mark.parametrize(("name", "variant"), [("lite0", 0), ("lite2", 2)])
def test_lite_equals_the_network_of_its_package(name: str, variant: int) -> None:
    from efficientnet_lite_pytorch import EfficientNet

    from lookalike.encoder.lite import _weights

    network = EfficientNet.from_name(f"efficientnet-lite{variant}").eval()
    network.load_state_dict(torch.load(_weights(variant), weights_only=True))
    backbone = build_backbone(name, pretrained=True)
    assert len(backbone.stages) == 9
    pixels = torch.rand(2, 3, 96, 96) * 255
    with torch.no_grad():
        assert torch.allclose(backbone(pixels), network.extract_features((pixels - 127) / 128), atol=2e-4)


def test_what_is_frozen_and_what_is_trained_are_the_whole() -> None:
    backbone = build_backbone("lite0", pretrained=False)
    pixels = torch.rand(1, 3, 64, 64) * 255
    with torch.no_grad():
        before = backbone(pixels)
        backbone.freeze()
        assert torch.equal(backbone.trained_maps(backbone.fixed_maps(pixels)), before)
        assert backbone.fixed_maps(pixels).shape == (1, 40, 8, 8)


def unit(rows: list[list[float]]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    halved: np.ndarray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return halved


def test_the_nearest_are_the_most_alike_but_not_the_same_picture() -> None:
    turns = np.radians([0, 1, 40, 80, 180])
    nearest = nearest_pictures(unit([[float(np.cos(turn)), float(np.sin(turn))] for turn in turns]))
    assert nearest.shape == (5, 5)
    assert sorted(nearest[0][nearest[0] >= 0]) == [2, 3, 4]  # neither itself nor its twin a degree away


def test_an_epoch_has_every_picture_once_and_neighbours_side_by_side() -> None:
    random = np.random.default_rng(1)
    labels = np.repeat(np.arange(40), 8)
    centres = random.normal(size=(40, 64))
    features = unit((centres[labels] + 0.9 * random.normal(size=(320, 64))).tolist())
    neighbours = nearest_pictures(features)
    order = grouped_order(neighbours, np.random.default_rng(0))
    assert sorted(order) == list(range(320))
    beside = np.mean(labels[order[1:]] == labels[order[:-1]])
    assert beside > 0.1  # 7 of 319 in an order by chance
    assert np.array_equal(order, grouped_order(neighbours, np.random.default_rng(0)))
    assert not np.array_equal(order, grouped_order(neighbours, np.random.default_rng(1)))
