"""Edits for training: every one changes the picture, and the same seed makes the same picture."""

from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.pictures import picture

pytest.importorskip("torchvision")
pytestmark = pytest.mark.train

from lookalike.encoder.training.augmentations import geometry, overlays, quality, tone  # noqa: E402
from lookalike.encoder.training.augmentations.chain import edited_copy  # noqa: E402

OTHER = picture(900, (200, 150))
ALONE = [*geometry.GEOMETRY, *tone.TONE, *quality.QUALITY]
SHAPES = [(192, 144), (110, 330), (64, 64)]


def name(edit: Any) -> str:
    return str(edit.__name__)


def differs(one: Image.Image, other: Image.Image) -> bool:
    return one.size != other.size or np.abs(np.asarray(one, int) - np.asarray(other, int)).mean() > 0.3


@pytest.mark.parametrize("edit", [*ALONE, *overlays.OVERLAYS], ids=name)
def test_an_edit_changes_the_picture_in_the_same_way_for_the_same_seed(edit: Any) -> None:
    more = () if edit in ALONE else (OTHER,)
    results = []
    for seed in range(12):
        image = picture(seed, SHAPES[seed % len(SHAPES)])
        before = image.tobytes()
        edited = edit(image, Random(seed), *more)
        assert image.tobytes() == before, "the original was written to"
        assert edited.mode == "RGB"
        assert min(edited.size) >= 8
        assert differs(edited, image), seed
        again = edit(image, Random(seed), *more)
        assert (again.size, again.tobytes()) == (edited.size, edited.tobytes())
        results.append(edit(picture(1), Random(seed), *more).tobytes())
    assert len(set(results)) > 1, "every seed did the same"


def test_crops_keep_between_15_and_75_percent_of_the_area() -> None:
    image = picture(3, (300, 200))
    shares = [
        cropped.width * cropped.height / 60_000 for cropped in (geometry.crop(image, Random(s)) for s in range(80))
    ]
    assert 0.12 < min(shares) < 0.25
    assert 0.6 < max(shares) < 0.78


def test_a_chain_depends_on_its_seed_alone() -> None:
    image = picture(1, (192, 150))
    copies = [edited_copy(image, OTHER, seed) for seed in range(25)]
    for seed, copy in enumerate(copies):
        Random().random()
        assert edited_copy(image, OTHER, seed).tobytes() == copy.tobytes()
        assert max(copy.size) <= 512
        assert copy.mode == "RGB"
    assert len({copy.tobytes() for copy in copies}) == 25


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3)])
def test_pictures_of_a_few_pixels_survive_every_chain(size: tuple[int, int]) -> None:
    image = Image.new("RGB", size, "red")
    for seed in range(40):
        assert min(edited_copy(image, OTHER, seed).size) >= 32
