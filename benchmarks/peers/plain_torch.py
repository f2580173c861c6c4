"""An embedding as tutorials write it: Pillow, torchvision's transforms, a network without its head, one picture a call.

The network is MobileNetV3-small, the fastest of torchvision's that tutorials take (others take ResNet-18 or -50); 576
numbers. torch has as many threads as it takes by default. Where torchvision's weights cannot be fetched they are random
(see `random_weights.py`).
"""

import socket
from pathlib import Path
from typing import Any, BinaryIO

import torch
from PIL import Image
from random_weights import random_network  # type: ignore[import-not-found]
from torchvision import models, transforms

__all__ = ["DIMENSION", "PlainEncoder", "mapping"]

DIMENSION = 576


class PlainEncoder:
    """`weights` says what they are."""

    def __init__(self) -> None:
        socket.setdefaulttimeout(20)
        try:
            network = models.mobilenet_v3_small(weights=models.MobileNet_V3_Small_Weights.DEFAULT)
            self.weights = "ImageNet weights"
        except OSError:
            network = random_network(models.mobilenet_v3_small)
            self.weights = "random weights, since torchvision's cannot be fetched"
        network.classifier = torch.nn.Identity()
        self._network = network.eval()
        self._transform = transforms.Compose(
            [
                transforms.Resize(256),
                transforms.CenterCrop(224),
                transforms.ToTensor(),
                transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
            ]
        )

    def embed(self, file: Path | BinaryIO) -> list[float]:
        """A picture's 576 numbers."""
        with Image.open(file) as picture:
            pixels = self._transform(picture.convert("RGB")).unsqueeze(0)
        with torch.no_grad():
            numbers: list[float] = self._network(pixels)[0].tolist()
        return numbers


def mapping() -> dict[str, Any]:
    """Of the index: the vector for Lucene's HNSW as k-NN sets it up by default, and where the picture is."""
    method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
    properties = {
        "embedding": {"type": "knn_vector", "dimension": DIMENSION, "method": method},
        "image_path": {"type": "keyword"},
    }
    return {"settings": {"index": {"knn": True}}, "mappings": {"properties": properties}}
