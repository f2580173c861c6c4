"""imagededup's `CNN().encode_images` over a folder: `python imagededup_encode.py FOLDER ENCODING_WORKERS`.

As its documentation has it: MobileNetV3-small, batches of 64, `num_enc_workers=0` unless told otherwise, which means
that one process decodes and encodes; torch has as many threads as it takes by default. Prints the encodings made and
the seconds of that call alone, without imports and the making of the network.

The network's weights are fetched from torchvision's hub when it is made. Where that cannot be reached the same network
gets random ones (see `random_weights.py`), and the output says so.
"""

import json
import socket
import sys
import time
from typing import Any

from imagededup.methods import CNN
from imagededup.utils import models
from random_weights import random_network  # type: ignore[import-not-found]


def main() -> None:
    """Encode, and print one object."""
    folder, workers = sys.argv[1], int(sys.argv[2])
    encoder, weights = make_encoder()
    began = time.perf_counter()
    encodings = encoder.encode_images(image_dir=folder, recursive=True, num_enc_workers=workers)
    seconds = time.perf_counter() - began
    print(json.dumps({"images": len(encodings), "seconds": seconds, "weights": weights}))


def make_encoder() -> tuple[Any, str]:
    """The CNN, and what its weights are."""
    socket.setdefaulttimeout(20)
    try:
        return CNN(verbose=False), "ImageNet weights"
    except OSError:
        network = random_network(models.models.mobilenet_v3_small)
        models.models.mobilenet_v3_small = lambda weights: network
        return CNN(verbose=False), "random weights, since torchvision's cannot be fetched"


if __name__ == "__main__":
    main()
