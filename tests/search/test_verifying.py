from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import ConfigError
from lookalike.search.answers import Hit
from lookalike.search.verifying import verified


def texture(seed: int, side: int = 600) -> Image.Image:
    """Blots of many sizes, so that there is something to tell apart everywhere."""
    random = np.random.default_rng(seed)
    layers = [
        Image.fromarray(random.integers(0, 256, (side // grain, side // grain, 3), np.uint8)).resize((side, side))
        for grain in (60, 20, 8)
    ]
    return Image.fromarray(np.mean([np.asarray(layer) for layer in layers], axis=0).astype(np.uint8))


def hit(name: str, folder: Path, score: float = 0.9) -> Hit:
    return Hit(1, name, score, 2 * score - 1, None, (folder / name).as_uri())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed in range(2):
        texture(seed).save(tmp_path / f"{seed}.png")
    return tmp_path


@pytest.mark.parametrize("turn", [0, 90, 200])
def test_the_picture_that_holds_the_part_comes_first_with_its_box(folder: Path, turn: int) -> None:
    part = texture(1).crop((100, 200, 400, 420)).resize((225, 165)).rotate(turn, expand=True, fillcolor="gray")
    first, second = verified(part, False, [hit("0.png", folder, 0.9), hit("1.png", folder, 0.8)])
    assert (first.id, first.rank, second.id, second.rank) == ("1.png", 1, "0.png", 2)
    assert second.overlap is None
    assert not second.places
    box = first.places[0].box
    assert first.places[0].region is None, "the picture was not found by a region"
    if turn != 200:  # the corners of a picture that is turned by less lie around the part
        assert first.overlap == pytest.approx(1, abs=0.02)
        assert (box.x, box.y, box.width, box.height) == pytest.approx((100, 200, 300, 220), abs=6)
    assert box.x + box.width / 2 == pytest.approx(250, abs=6)
    assert box.y + box.height / 2 == pytest.approx(310, abs=6)


def test_a_mirrored_part_needs_to_be_asked_for(folder: Path) -> None:
    part = texture(1).crop((100, 200, 400, 420)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    (plain,), (mirrored,) = (verified(part, flip, [hit("1.png", folder)]) for flip in (False, True))
    assert plain.overlap is None
    assert mirrored.overlap == pytest.approx(1, abs=0.02)


def test_a_part_that_is_only_half_on_the_picture(folder: Path) -> None:
    part = Image.new("RGB", (600, 300))
    part.paste(texture(1).crop((300, 0, 600, 300)), (0, 0))
    part.paste(texture(7).crop((0, 0, 300, 300)), (300, 0))
    (found,) = verified(part, False, [hit("1.png", folder)])
    assert found.overlap == pytest.approx(0.5, abs=0.02)


def test_what_cannot_be_looked_at_stays_as_it_is(folder: Path) -> None:
    (folder / "broken.png").write_bytes(b"no image")
    elsewhere = Hit(1, "elsewhere", 0.9, 0.8, None, "https://example.org/1.png")
    nul = Hit(1, "nul", 0.9, 0.8, None, "file:///tmp/%00.png")
    hits = [elsewhere, hit("missing.png", folder), hit("broken.png", folder), nul]
    found = verified(texture(1), False, hits)
    assert [(one.id, one.overlap) for one in found] == [(one.id, None) for one in hits]


def test_nothing_to_see_is_no_match(folder: Path) -> None:
    (found,) = verified(Image.new("RGB", (200, 200), "white"), True, [hit("1.png", folder)])
    assert found.overlap is None


def test_without_opencv_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "cv2", None)
    with pytest.raises(ConfigError, match=r"lookalike\[verify\]"):
        verified(texture(1), False, [hit("1.png", folder)])
