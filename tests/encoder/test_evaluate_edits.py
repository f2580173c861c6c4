"""The edits that make queries: each changes the picture, as much as it says, the same every time."""

import math

import numpy as np
import pytest
from PIL import Image

from lookalike.encoder.evaluation.edits.catalogue import CHAINS, HARD, KINDS, SINGLES, apply_kind, republish
from lookalike.encoder.evaluation.plan import make_plan
from tests.pictures import picture

PICTURE = picture(1)
BACKGROUND = picture(2, (400, 300))


def edit(kind: str, seed: int = 0, image: Image.Image = PICTURE) -> Image.Image:
    return apply_kind(kind, image, lambda: BACKGROUND, (seed, 5))


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and np.array_equal(np.asarray(one), np.asarray(other))


def test_there_are_about_thirty_single_edits() -> None:
    assert len(SINGLES) == 34
    assert set(HARD) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_edit_changes_the_picture_the_same_way_every_time(kind: str) -> None:
    before = PICTURE.tobytes()
    edited = edit(kind)
    assert edited.mode == "RGB"
    assert min(edited.size) >= 8
    assert not same(edited, PICTURE)
    assert not same(edited, BACKGROUND)
    assert same(edited, edit(kind))
    assert PICTURE.tobytes() == before
    if edited.size == PICTURE.size:
        difference = np.abs(np.asarray(edited).astype(int) - np.asarray(PICTURE).astype(int))
        assert difference.mean() > 0.5


FIXED = {"jpeg-30", "jpeg-8", "webp-10", "gray", "invert", "mirror", "flip"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - FIXED))
def test_another_seed_makes_another_edit(kind: str) -> None:
    assert any(not same(edit(kind), edit(kind, seed)) for seed in range(1, 8))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (640, 2)])
def test_pictures_of_any_size_can_be_edited(kind: str, size: tuple[int, int]) -> None:
    assert min(edit(kind, image=Image.new("RGB", size, "red")).size) >= 1


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [("crop-75", 0.65, 0.85), ("crop-50", 0.4, 0.6), ("crop-30", 0.25, 0.35), ("crop-15", 0.15, 0.2)],
)
def test_a_crop_leaves_the_area_that_it_says(kind: str, low: float, high: float) -> None:
    for seed in range(20):
        cropped = edit(kind, seed)
        assert low - 0.01 <= math.prod(cropped.size) / math.prod(PICTURE.size) <= high + 0.01


def test_turns_and_mirrors() -> None:
    pixels = np.asarray(PICTURE)
    assert np.array_equal(np.asarray(edit("mirror")), pixels[:, ::-1])
    assert np.array_equal(np.asarray(edit("flip")), pixels[::-1])
    assert np.array_equal(np.asarray(edit("invert")), 255 - pixels)
    assert edit("rotate-90").size == (240, 320)


def test_what_is_put_around_keeps_the_picture_whole() -> None:
    framed, captioned, screen = edit("border"), edit("caption"), edit("screenshot")
    width = (framed.width - 320) // 2
    assert same(framed.crop((width, width, width + 320, width + 240)), PICTURE)
    assert captioned.width == screen.width == 320
    band = captioned.height - 240
    assert 36 <= band <= 72
    assert any(same(captioned.crop((0, top, 320, top + 240)), PICTURE) for top in (0, band))


def test_a_paste_covers_a_part_of_the_background() -> None:
    pasted = edit("paste")
    assert pasted.size == BACKGROUND.size
    kept = (np.asarray(pasted) == np.asarray(BACKGROUND)).all(axis=2).mean()
    assert 0.5 < kept < 0.85


def test_chains_hold_what_they_are_named_after() -> None:
    for seed in range(10):
        assert edit("chain-paste", seed).size != PICTURE.size
    assert set(CHAINS) == {
        "chain-2", "chain-3", "chain-paste", "chain-crop", "chain-rotate", "chain-caption", "chain-flip"
    }  # fmt: skip


def test_a_republished_picture_is_nearly_the_same() -> None:
    copy = republish(PICTURE, (0, 1, 2))
    assert same(copy, republish(PICTURE, (0, 1, 2)))
    assert not same(copy, republish(PICTURE, (0, 1, 3)))
    small = [np.asarray(image.resize((8, 8))).astype(int) for image in (copy, PICTURE)]
    assert np.abs(small[0] - small[1]).mean() < 20


def test_half_of_the_queries_have_no_match_and_no_background_is_in_the_index() -> None:
    plan = make_plan(np.arange(10, 70), 410, seed=0)
    assert len(plan.indexed) == len(plan.left_out) == 30
    assert not set(plan.indexed) & set(plan.left_out)
    assert len(plan.original) == 41 * 10
    assert plan.matched.sum() == 41 * 5
    assert set(plan.background) <= set(plan.left_out)
    assert (plan.background != plan.original).all()
    assert [int((plan.kind == kind).sum()) for kind in range(41)] == [10] * 41


def test_a_plan_depends_on_its_seed_alone() -> None:
    one, two, other = (make_plan(np.arange(50), 820, seed) for seed in (1, 1, 2))
    assert np.array_equal(one.original, two.original)
    assert np.array_equal(one.background, two.background)
    assert not np.array_equal(one.indexed, other.indexed)
