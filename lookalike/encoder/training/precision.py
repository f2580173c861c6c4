"""Half precision for what is not trained."""

from contextlib import AbstractContextManager

import torch

__all__ = ["frozen_precision"]


def frozen_precision(device: torch.device) -> AbstractContextManager[None]:
    """A context in which layers compute in bfloat16 where that is faster: on cards and processors that multiply it.

    For layers without gradients: backwards, PyTorch's depthwise convolutions are slower in bfloat16 on a CPU.
    """
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        fast = bool(getattr(torch.cpu, "_is_avx512_bf16_supported", bool)())
    context: AbstractContextManager[None] = torch.autocast(device.type, torch.bfloat16, enabled=fast)
    return context
