import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder import slides
from lookalike.encoder.decode import decoding
from lookalike.encoder.slide_file import is_slide
from lookalike.encoder.slides import open_slide
from lookalike.encoder.tiles import Box
from lookalike.errors import ImageError
from tests.encoder.tiffs import APERIO, large_pixels, write_tiff
from tests.pictures import encoded, picture, png_bomb

SIDE = 192
WIDTH, HEIGHT = 5000, 4500


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    return large_pixels(WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, pixels: NDArray[np.uint8]) -> dict[int, Path]:
    """The pixels as files, by their number of levels."""
    folder = tmp_path_factory.mktemp("large")
    return {levels: write_tiff(folder / f"{levels}.tif", pixels, levels) for levels in (1, 3)}


def expected_square(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    part = Image.fromarray(pixels[box.y : box.y + box.height, box.x : box.x + box.width])
    return np.asarray(part.resize((SIDE, SIDE), Image.Resampling.BILINEAR))


def difference(found: NDArray[np.uint8], wanted: NDArray[np.uint8]) -> float:
    assert found.shape == wanted.shape
    assert found.dtype == np.uint8
    return float(np.abs(found.astype(int) - wanted).mean())


@pytest.mark.parametrize("levels", [1, 3])
@pytest.mark.parametrize(
    "box",
    [
        Box(0, 0, WIDTH, HEIGHT),
        Box(1003, 517, 192, 192),
        Box(900, 1021, 500, 500),
        Box(2301, 2017, 700, 700),
        Box(0, 0, 2250, 2250),
        Box(WIDTH - 333, HEIGHT - 333, 333, 333),
        Box(1200, 0, 100, 1500),
        Box(2490, 2240, 20, 20),
    ],
    ids=str,
)
def test_a_part_is_as_it_is_in_the_source_at_every_scale(
    large: dict[int, Path], pixels: NDArray[np.uint8], levels: int, box: Box
) -> None:
    with open_slide(large[levels], SIDE) as slide:
        assert (slide.width, slide.height) == (WIDTH, HEIGHT)
        assert difference(slide.square(box, SIDE), expected_square(pixels, box)) < 2.5


def test_the_overview_is_the_whole(large: dict[int, Path], pixels: NDArray[np.uint8]) -> None:
    with open_slide(large[1], SIDE) as slide:
        overview = slide.overview
    assert (overview.width, overview.height, overview.format) == (WIDTH, HEIGHT, "tiff")
    assert overview.upright.size == (WIDTH, HEIGHT)
    assert difference(overview.pixels, expected_square(pixels, Box(0, 0, WIDTH, HEIGHT))) < 1


def test_the_overview_of_a_large_slide_is_small(tmp_path: Path) -> None:
    wide = np.zeros((300, 20_000, 3), np.uint8)
    with open_slide(write_tiff(tmp_path / "wide.tif", wide), SIDE) as slide:
        assert slide.overview.upright.size == (5000, 75)
        assert slide.square(Box(19_900, 200, 100, 100), SIDE).shape == (SIDE, SIDE, 3)


def test_what_regions_share_is_read_once(large: dict[int, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    import openslide

    read, original = [], openslide.OpenSlide.read_region

    def counted(slide: object, corner: tuple[int, int], level: int, size: tuple[int, int]) -> Image.Image:
        read.append((corner, level, size))
        return original(slide, corner, level, size)  # type: ignore[no-any-return]

    with open_slide(large[1], SIDE) as slide:
        monkeypatch.setattr(openslide.OpenSlide, "read_region", counted)
        for y in range(0, 1500, 100):
            for x in range(0, 1500, 100):
                slide._read(Box(x, y, 200, 200), 1.0)
    assert len(read) == len(set(read)) == 16  # blocks of 512 pixels


def test_transparency_is_laid_on_white(tmp_path: Path) -> None:
    clear = np.zeros((600, 600, 4), np.uint8)
    clear[:300] = 0, 0, 255, 255
    path = tmp_path / "clear.svs"
    tifffile.imwrite(path, clear, tile=(256, 256), photometric="rgb", extrasamples=["unassalpha"], metadata=None)
    with open_slide(path, SIDE) as slide:
        assert slide.square(Box(0, 0, 200, 200), SIDE)[50, 50].tolist() == [0, 0, 255]
        assert slide.square(Box(0, 400, 200, 200), SIDE)[50, 50].tolist() == [255, 255, 255]


@pytest.mark.parametrize(
    ("description", "magnification", "vendor"),
    [
        (APERIO, 40.0, "aperio"),
        (APERIO.replace("|AppMag = 40", ""), 40.0, "aperio"),
        (APERIO.replace("40|MPP = 0.25", "20"), 20.0, "aperio"),
        (APERIO.replace("|AppMag = 40|MPP = 0.25", "|MPP = 0.5"), 20.0, "aperio"),
        (APERIO.replace("|AppMag = 40|MPP = 0.25", ""), None, "aperio"),
        (APERIO.replace("40|MPP = 0.25", "nan"), None, "aperio"),
        (APERIO.replace("40|MPP = 0.25", "forty"), None, "aperio"),
        (None, None, "tiff"),
    ],
)
def test_the_magnification_is_that_of_the_scanner(
    tmp_path: Path, description: str | None, magnification: float | None, vendor: str
) -> None:
    path = write_tiff(tmp_path / "slide.svs", large_pixels(600, 500), description=description)
    with open_slide(path, SIDE) as slide:
        assert slide.magnification == magnification
        assert slide.overview.format == vendor


@pytest.mark.parametrize(("pixels_per_cm", "magnification"), [(40_000, 40.0), (118, None), (10, None)])
def test_a_resolution_tells_a_magnification_only_if_it_is_a_microscopes(
    tmp_path: Path, pixels_per_cm: int, magnification: float | None
) -> None:
    path = write_tiff(
        tmp_path / "scan.tif",
        large_pixels(600, 500),
        resolution=(pixels_per_cm, pixels_per_cm),
        resolutionunit="CENTIMETER",
    )
    with open_slide(path, SIDE) as slide:
        assert slide.magnification == magnification


def test_a_name_that_is_not_utf8_can_be_read(tmp_path: Path) -> None:
    path = write_tiff(tmp_path / "plain.tif", large_pixels(600, 500))
    with open_slide(path.rename(tmp_path / "sli\udcffde.tif"), SIDE) as slide:
        assert slide.width == 600


@pytest.mark.parametrize("data", [b"garbage " * 200, encoded(picture(1)), encoded(picture(1), "TIFF")])
def test_what_only_pretends_to_be_a_slide_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "pretends.svs"
    path.write_bytes(data)
    reason = (
        "neither a slide that OpenSlide can read nor a TIFF in tiles.*`vips tiffsave IMAGE OUT.tif --tile --pyramid "
    )
    with pytest.raises(ImageError, match=reason), open_slide(path, SIDE):
        pass


def test_an_empty_slide_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.svs"
    path.touch()
    with pytest.raises(ImageError, match=r"^empty file \(0 bytes\)$"), open_slide(path, SIDE):
        pass


def test_a_slide_that_is_gone_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), open_slide(tmp_path / "gone.svs", SIDE):
        pass


def test_a_damaged_tile_is_told_with_its_place(tmp_path: Path, large: dict[int, Path]) -> None:
    path = Path(shutil.copy(large[1], tmp_path / "damaged.tif"))
    with tifffile.TiffFile(path) as file:
        offsets = file.pages[0].dataoffsets
    with path.open("r+b") as opened:
        opened.seek(offsets[len(offsets) // 4] + 2)
        opened.write(b"\xff" * 200)
    with pytest.raises(ImageError, match=r"^damaged image: near pixel \d+, \d+ of level 0: "), open_slide(path, SIDE):
        pass


def test_too_many_pixels_without_a_pyramid_are_refused(large: dict[int, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slides, "_MOST_WITHOUT_PYRAMID", WIDTH * HEIGHT - 1)
    reason = "its smallest level has 5000 x 4500 pixels, more than 22,499,999.*pyramid"
    with pytest.raises(ImageError, match=reason), open_slide(large[1], SIDE):
        pass
    with open_slide(large[3], SIDE) as slide:
        assert slide.width == WIDTH


def test_an_open_slide_counts_as_decoded_pixels_until_it_is_closed(tmp_path: Path) -> None:
    good = write_tiff(tmp_path / "good.svs", large_pixels(600, 500))
    with open_slide(good, SIDE):
        assert decoding._used == 30_000_000
    assert decoding._used == 0
    (tmp_path / "bad.svs").write_bytes(b"bad")
    with pytest.raises(ImageError), open_slide(tmp_path / "bad.svs", SIDE):
        pass
    assert decoding._used == 0


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_tiff(tmp_path / "slide.svs", large_pixels(600, 500))
    monkeypatch.setitem(sys.modules, "openslide", None)
    with pytest.raises(ImageError, match=r"`pip install 'lookalike\[slides\]'`"), open_slide(path, SIDE):
        pass


def test_slides_are_told_by_their_name_and_large_tiffs_by_their_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def file(name: str, data: bytes = b"any") -> Path:
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    assert is_slide(file("A.SVS"))
    assert is_slide(file("a.mrxs"))
    assert not is_slide(file("large.png", png_bomb()))
    assert not is_slide(file("broken.tif"))
    assert not is_slide(file("small.tif", encoded(picture(1), "TIFF")))
    assert not is_slide(tmp_path / "gone.svs")
    monkeypatch.setattr("lookalike.encoder.decode.MAX_PIXELS", 320 * 240 - 1)
    assert is_slide(file("many-pixels.TIFF", encoded(picture(1), "TIFF")))
    monkeypatch.undo()
    monkeypatch.setattr("lookalike.encoder.slide_file.MAX_BYTES", 2)
    assert is_slide(file("many-bytes.tif"))


@pytest.mark.parametrize(("side", "large"), [(10_000, False), (10_001, True), (200_000, True)])
def test_a_tiff_is_large_from_where_it_is_not_decoded_as_a_whole(tmp_path: Path, side: int, large: bool) -> None:
    path = write_tiff(tmp_path / "promises.tif", np.zeros((16, 16, 3), np.uint8))
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags["ImageWidth"].overwrite(side)
        file.pages[0].tags["ImageLength"].overwrite(side)
    assert is_slide(path) is large


@pytest.mark.parametrize("name", ["pipe.svs", "pipe.tif"])
def test_a_pipe_is_no_slide_and_nobody_waits_for_it(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    assert not is_slide(tmp_path / name)
