"""What the network is made of: backbones, folded layers, pooling, the decoder."""

import pytest

from lookalike.errors import TrainingError

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.train

from torch import nn  # noqa: E402

from lookalike.encoder.backbones import build_backbone  # noqa: E402
from lookalike.encoder.decoder import Decoder  # noqa: E402
from lookalike.encoder.folded_conv import FoldedConv  # noqa: E402
from lookalike.encoder.gem_pooling import GemPooling  # noqa: E402
from lookalike.encoder.model import Architecture, Encoder  # noqa: E402


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


@pytest.mark.parametrize(("name", "channels"), [("plain", 256), ("resnet18", 512), ("mobilenet_v3_small", 576)])
def test_backbones_by_name(name: str, channels: int) -> None:
    backbone = build_backbone(name, pretrained=False)
    assert backbone.channels == channels
    with torch.no_grad():
        assert backbone(torch.zeros(1, 3, 64, 64)).shape[:2] == (1, channels)


@pytest.mark.parametrize(
    ("name", "pretrained", "message"),
    [
        ("resnet7", False, "no backbone 'resnet7'; expected lite0, lite2, plain or one of torchvision's"),
        ("vit_b_16", False, "the backbone vit_b_16 does not end in feature maps; expected a convolutional one"),
        ("plain", True, "the backbone plain has no ImageNet weights; give --from scratch"),
    ],
)
def test_backbones_that_cannot_be(name: str, pretrained: bool, message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        build_backbone(name, pretrained)


def test_the_first_stages_of_lite0_are_not_trained() -> None:
    encoder = Encoder(Architecture(dimension=8))
    encoder.backbone.freeze()
    trained = [any(item.requires_grad for item in stage.parameters()) for stage in encoder.backbone.stages]
    assert trained == [False] * 4 + [True] * 5


def test_gem_of_power_1_is_the_mean_and_of_a_large_power_nearly_the_largest() -> None:
    maps = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]], [[-1.0, -3.0], [0.0, 0.0]]]])
    assert GemPooling(1.0)(maps).tolist() == [[2.5, -1.0]]
    assert GemPooling(3.0)(maps)[0, 0].item() == pytest.approx((100 / 4) ** (1 / 3), abs=1e-5)
    assert GemPooling(40.0)(maps)[0, 0].item() == pytest.approx(4, abs=0.2)


def test_gem_has_finite_gradients_where_features_are_nothing() -> None:
    maps = torch.zeros(1, 2, 3, 3, requires_grad=True)
    GemPooling(3.0)(maps).sum().backward()
    assert bool(torch.isfinite(maps.grad).all())


def test_the_decoder_makes_a_picture_of_an_embedding() -> None:
    rebuilt = Decoder(8)(torch.nn.functional.normalize(torch.ones(2, 8), dim=1))
    assert rebuilt.shape == (2, 3, 64, 64)
    assert 0 <= rebuilt.min().item() <= rebuilt.max().item() <= 1
