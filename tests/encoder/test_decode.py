import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from lookalike.encoder.decode import DecodedImage, decode, decoded
from lookalike.encoder.tiles import Box, Tiling
from lookalike.errors import ImageError
from tests.pictures import encoded, picture, png_bomb

SIDE = 224


def pixels_of(data: bytes) -> np.ndarray:
    return decode(data, SIDE).pixels.astype(int)


def flat(mode: str, colour: object, form: str, **options: object) -> DecodedImage:
    return decode(encoded(Image.new(mode, (40, 30), colour), form, **options), SIDE)  # type: ignore[arg-type]


def corner_colours(pixels: np.ndarray) -> list[tuple[int, ...]]:
    """Top left, top right, bottom left, bottom right."""
    return [tuple(pixels[y, x].tolist()) for y in (20, -20) for x in (20, -20)]


@pytest.mark.parametrize(
    ("form", "options", "name"),
    [
        ("JPEG", {"quality": 95}, "jpeg"),
        ("JPEG", {"quality": 95, "progressive": True}, "jpeg"),
        ("PNG", {}, "png"),
        ("WEBP", {"lossless": True}, "webp"),
        ("WEBP", {"quality": 95}, "webp"),
        ("BMP", {}, "bmp"),
        ("TIFF", {}, "tiff"),
        ("TIFF", {"compression": "tiff_lzw"}, "tiff"),
        ("MPO", {"quality": 95}, "jpeg"),
    ],
)
def test_the_same_picture_has_nearly_the_same_pixels_in_every_format(
    form: str, options: dict[str, object], name: str
) -> None:
    image = picture(1)
    decoded = decode(encoded(image, form, **options), SIDE)
    expected = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BILINEAR)).astype(int)
    assert decoded.pixels.shape == (SIDE, SIDE, 3)
    assert decoded.pixels.dtype == np.uint8
    assert np.abs(decoded.pixels - expected).mean() < 3
    assert (decoded.width, decoded.height, decoded.format) == (320, 240, name)


def test_a_tiff_turned_by_its_xmp_alone_tells_its_size_as_it_is_viewed() -> None:
    xmp = b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    image = decode(encoded(picture(1, (90, 60)), "TIFF", tiffinfo={700: xmp}), 32)
    assert (image.width, image.height) == (60, 90) == image.upright.size


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(form: str, orientation: int) -> None:
    upright = Image.new("RGB", (64, 48), "white")
    upright.paste("red", (0, 0, 32, 24))
    upright.paste("blue", (32, 0, 64, 24))
    as_stored = {
        1: [],
        2: [Image.Transpose.FLIP_LEFT_RIGHT],
        3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM],
        5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90],
        7: [Image.Transpose.TRANSVERSE],
        8: [Image.Transpose.ROTATE_270],
    }
    stored = upright
    for turn in as_stored[orientation]:
        stored = stored.transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    lossless: dict[str, dict[str, Any]] = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}
    decoded = decode(encoded(stored, form, exif=exif, **lossless.get(form, {})), SIDE)
    assert (decoded.width, decoded.height) == (64, 48)
    assert decoded.upright.size == (64, 48)
    expected = [(255, 0, 0), (0, 0, 255), (255, 255, 255), (255, 255, 255)]
    assert np.abs(np.array(corner_colours(decoded.pixels)) - expected).max() <= 3


def test_transparency_is_laid_on_white() -> None:
    assert corner_colours(flat("RGBA", (255, 0, 0, 0), "PNG").pixels)[0] == (255, 255, 255)
    assert corner_colours(flat("RGBA", (0, 0, 0, 128), "PNG").pixels)[0] == (127, 127, 127)
    assert corner_colours(flat("LA", (0, 0), "PNG").pixels)[0] == (255, 255, 255)


def test_a_transparent_palette_colour_is_laid_on_white() -> None:
    image = Image.new("P", (40, 30), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    assert corner_colours(decode(encoded(image, "PNG"), SIDE).pixels)[0] == (255, 0, 0)
    assert corner_colours(decode(encoded(image, "PNG", transparency=0), SIDE).pixels)[0] == (255, 255, 255)


def test_gray_and_one_bit_pictures_become_rgb() -> None:
    assert corner_colours(flat("L", 77, "PNG").pixels)[0] == (77, 77, 77)
    assert corner_colours(flat("L", 77, "JPEG", quality=100).pixels)[0] == (77, 77, 77)
    assert corner_colours(flat("1", 1, "PNG").pixels)[0] == (255, 255, 255)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_reduced_to_their_high_byte(form: str) -> None:
    image = Image.fromarray(np.full((30, 40), 0x80FF, np.uint16))
    assert corner_colours(decode(encoded(image, form), SIDE).pixels)[0] == (0x80, 0x80, 0x80)


def test_cmyk_is_converted() -> None:
    pixels = flat("CMYK", (0, 255, 255, 0), "JPEG", quality=100).pixels
    assert np.abs(np.array(corner_colours(pixels)[0]) - (255, 0, 0)).max() <= 3


def test_the_first_frame_of_an_animation_counts() -> None:
    first, second = Image.new("RGB", (40, 30), "red"), Image.new("RGB", (40, 30), "blue")
    for form in ("GIF", "WEBP", "PNG"):
        data = encoded(first, form, save_all=True, append_images=[second], lossless=True)
        assert corner_colours(decode(data, SIDE).pixels)[0] == (255, 0, 0), form


def test_a_large_jpeg_is_decoded_at_reduced_scale_and_looks_the_same() -> None:
    image = picture(2, (2400, 1800))
    data = encoded(image, "JPEG", quality=95)
    decoded = decode(data, SIDE)
    assert decoded.upright.size == (600, 450)
    assert (decoded.width, decoded.height) == (2400, 1800)
    whole = np.asarray(Image.open(io.BytesIO(data)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)).astype(int)
    assert np.abs(decoded.pixels - whole).mean() < 1


@pytest.mark.parametrize(
    ("cut", "scale"),
    [
        (None, 4),
        (Tiling(levels=1), 2),  # 1,200 pixels for 224
        (Tiling(levels=2), 1),  # 800 pixels
        (Tiling(side=300, levels=1), 1),
        (Box(0, 0, 2400, 1800), 4),
        (Box(100, 100, 1800, 1600), 2),
        (Box(100, 100, 1000, 900), 1),
        (Box(100, 100, 300, 1700), 1),
    ],
    ids=str,
)
def test_a_large_jpeg_is_decoded_at_the_scale_that_its_smallest_region_needs(
    cut: Tiling | Box | None, scale: int
) -> None:
    image = picture(2, (2400, 1800))
    with decoded(encoded(image, "JPEG", quality=95), SIDE, cut=cut) as found:
        assert found.upright.size == (2400 // scale, 1800 // scale)
        assert (found.width, found.height) == (2400, 1800)
        smallest = cut if isinstance(cut, Box) else (cut or Tiling(levels=1)).boxes(2400, 1800)[-1]
        part = image.crop((smallest.x, smallest.y, smallest.x + smallest.width, smallest.y + smallest.height))
        expected = np.asarray(part.resize((SIDE, SIDE), Image.Resampling.BILINEAR)).astype(int)
        assert np.abs(found.square(smallest, SIDE) - expected).mean() < 2


def test_regions_of_a_turned_picture_are_where_they_are_seen() -> None:
    upright = picture(3, (600, 900))
    exif = Image.Exif()
    exif[0x0112] = 6
    stored = upright.transpose(Image.Transpose.ROTATE_90)
    box = Box(250, 500, 300, 300)
    with decoded(encoded(stored, "PNG", exif=exif), SIDE, cut=box) as found:
        expected = upright.crop((250, 500, 550, 800)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        assert (found.square(box, SIDE) == np.asarray(expected)).all()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty file (0 bytes)"),
        (b"just text, named .jpg", "not a jpeg, png, webp, gif, bmp, tiff image"),
        (encoded(picture(3))[:3000], "damaged image: image file is truncated"),
        (encoded(picture(3), "PNG")[:3000], "damaged image:"),
        (png_bomb(), "more than 100,000,000 pixels"),
        (encoded(Image.new("F", (9, 9)), "TIFF"), "32-bit samples (mode F)"),
        (encoded(Image.new("RGB", (9, 9)), "PPM"), "not a jpeg"),
    ],
    ids=["empty", "text", "truncated-jpeg", "truncated-png", "bomb", "float", "other-format"],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(ImageError) as caught:
        decode(data, SIDE)
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pixels_are_counted_before_any_is_decoded() -> None:
    with pytest.raises(ImageError, match="320 x 240 is 76,800 pixels, more than 76,799"):
        decode(encoded(picture(1), "PNG"), SIDE, max_pixels=76_799)


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_picture_above_the_limit_but_below_pillows_is_refused() -> None:
    with pytest.raises(ImageError, match="11000 x 10000 is 110,000,000 pixels, more than 100,000,000"):
        decode(png_bomb(11_000, 10_000), SIDE)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_damaged_bytes_never_raise_anything_but_an_image_error(form: str) -> None:
    random = np.random.default_rng(0)
    good = np.frombuffer(encoded(picture(4, (64, 48)), form), np.uint8)
    for _ in range(150):
        damaged = good.copy()
        where = random.integers(0, len(damaged), 8)
        damaged[where] = random.integers(0, 256, 8)
        try:
            pixels = decode(damaged.tobytes()[: int(random.integers(1, len(damaged)))], SIDE).pixels
            assert pixels.shape == (SIDE, SIDE, 3)
        except ImageError as error:
            assert str(error)
