import base64
import io

import numpy as np
import pytest
from PIL import Image

from lookalike.encoder.thumbnail import jpeg_thumbnail
from tests.pictures import picture


def shown(thumbnail: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(thumbnail)))


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((320, 200), (320, 200)),
        ((321, 200), (161, 100)),
        ((640, 480), (320, 240)),
        ((20, 1000), (5, 250)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_thumbnail_fits_and_keeps_its_shape(size: tuple[int, int], expected: tuple[int, int]) -> None:
    found = shown(jpeg_thumbnail(picture(1, size), 320))
    assert (found.format, found.size) == ("JPEG", expected)


def test_a_thumbnail_looks_like_its_picture() -> None:
    image = picture(2, (640, 480))
    difference = np.asarray(shown(jpeg_thumbnail(image, 320))).astype(int) - np.asarray(image.resize((320, 240)))
    assert np.abs(difference).mean() < 4
