import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.encoder.tiles import Box
from lookalike.errors import SearchError
from lookalike.search.question import VIEWS, Question, views_of
from tests.pictures import picture

SIDE = 64
PICTURE = picture(5, (SIDE, SIDE))


@pytest.mark.parametrize("orientation", [None, *Image.Transpose])
def test_one_of_the_eight_views_is_the_picture_upright(orientation: Image.Transpose | None) -> None:
    turned = PICTURE if orientation is None else PICTURE.transpose(orientation)
    views = views_of(np.asarray(turned), VIEWS)
    assert views.shape == (8, SIDE, SIDE, 3)
    assert [np.array_equal(view, np.asarray(PICTURE)) for view in views].count(True) == 1
    assert np.array_equal(views[0], np.asarray(turned))


def test_views_are_chosen() -> None:
    assert len(views_of(np.asarray(PICTURE), [])) == 1
    flipped = views_of(np.asarray(PICTURE), ["flip"])
    assert np.array_equal(flipped[1], np.asarray(PICTURE.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))
    clockwise = views_of(np.asarray(PICTURE), ["rotations"])
    assert np.array_equal(clockwise[1], np.asarray(PICTURE.transpose(Image.Transpose.ROTATE_270)))


def test_a_region_is_cut_out_and_told_in_fractions(tmp_path: Path) -> None:
    large = picture(1, (200, 100))
    large.save(tmp_path / "large.png")
    question = Question(tmp_path / "large.png", Box(50, 20, 80, 40), SIDE)
    expected = large.crop((50, 20, 130, 60)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    assert np.array_equal(question.square, np.asarray(expected))
    assert question.fractions == {"x": 0.25, "y": 0.2, "width": 0.4, "height": 0.4}
    assert Question(tmp_path / "large.png", None, SIDE).fractions is None


@pytest.mark.parametrize("box", [Box(150, 0, 51, 10), Box(0, 0, 200, 101), Box(-1, 0, 10, 10)])
def test_a_region_outside_is_refused(tmp_path: Path, box: Box) -> None:
    picture(1, (200, 100)).save(tmp_path / "large.png")
    with pytest.raises(SearchError, match="inside the picture, which has 200 x 100 pixels"):
        _ = Question(tmp_path / "large.png", box, SIDE).square


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(SearchError, match="cannot read"):
        _ = Question(tmp_path / "missing.png", None, SIDE).data
    (tmp_path / "text.jpg").write_text("no image")
    with pytest.raises(SearchError, match="not a jpeg"):
        _ = Question(tmp_path / "text.jpg", None, SIDE).square


def test_a_small_file_is_sent_as_it_is(tmp_path: Path) -> None:
    picture(1, (200, 100)).save(tmp_path / "small.png")
    box = Box(50, 20, 80, 40)
    sent, region = Question(tmp_path / "small.png", box, SIDE).sent
    assert sent == (tmp_path / "small.png").read_bytes()
    assert region == {"x": 0.25, "y": 0.2, "width": 0.4, "height": 0.4}


@pytest.mark.parametrize("box", [None, Box(50, 20, 800, 400)])
def test_of_a_large_file_what_the_network_sees_is_sent(tmp_path: Path, box: Box | None) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (600, 900, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.jpg", quality=90)
    question = Question(tmp_path / "large.jpg", box, SIDE)
    sent, region = question.sent
    assert region is None
    with Image.open(io.BytesIO(sent)) as image:
        assert np.array_equal(np.asarray(image), question.square)
