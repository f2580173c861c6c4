from typing import Any

import pytest
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from lookalike.ingest.facts import exif_facts

NORTH_WEST = {1: "N", 2: (52.0, 30.0, 36.0), 3: "W", 4: (13.0, 15.0, 0.0)}


def exif(position: dict[int, Any] | None = None, **tags: Any) -> Image.Exif:
    made = Image.Exif()
    for name, value in tags.items():
        if name == "DateTimeOriginal":
            made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = value
        else:
            made[ExifTags.Base[name]] = value
    if position is not None:
        made.get_ifd(ExifTags.IFD.GPSInfo).update(position)
    return made


def test_nothing_is_known_of_a_bare_picture() -> None:
    assert exif_facts(Image.Exif()) == {}


def test_the_moment_of_exposure_comes_before_that_of_the_file() -> None:
    assert exif_facts(exif(DateTimeOriginal="2021:07:03 14:05:09", DateTime="2023:01:01 00:00:00")) == {
        "taken_at": "2021-07-03T14:05:09"
    }
    assert exif_facts(exif(DateTime="2023:01:01 00:00:00\0")) == {"taken_at": "2023-01-01T00:00:00"}


@pytest.mark.parametrize("value", ["0000:00:00 00:00:00", "    :  :     :  :  ", "yesterday", "", b"\xff\xfe", 7])
def test_a_moment_that_is_none_is_left_out(value: object) -> None:
    assert exif_facts(exif(DateTimeOriginal=value)) == {}


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("SONY", "ILCE-7M4\0\0", "SONY ILCE-7M4"),
        ("  NIKON CORPORATION ", " NIKON D850 ", "NIKON CORPORATION NIKON D850"),
        (None, "Pixel 8", "Pixel 8"),
        ("Apple", None, "Apple"),
        (b"Leica", b"Q3", "Leica Q3"),
    ],
)
def test_maker_and_model_make_the_camera(make: object, model: object, camera: str) -> None:
    given: dict[str, Any] = {name: value for name, value in (("Make", make), ("Model", model)) if value is not None}
    assert exif_facts(exif(**given)) == {"camera": camera}


def test_the_place_is_kept_only_when_asked_for() -> None:
    made = exif(NORTH_WEST)
    assert exif_facts(made) == {}
    assert exif_facts(made, with_location=True) == {"location": {"lat": 52.51, "lon": -13.25}}


@pytest.mark.parametrize(
    "position",
    [
        {2: (52.0, 30.0, 36.0)},
        {2: (152.0, 0.0, 0.0), 4: (13.0, 0.0, 0.0)},
        {2: (52.0, 0.0), 4: (13.0, 0.0, 0.0)},
        {2: "nonsense", 4: (13.0, 0.0, 0.0)},
        {2: (IFDRational(1, 0), 0.0, 0.0), 4: (13.0, 0.0, 0.0)},
        {2: (float("nan"), 0.0, 0.0), 4: (13.0, 0.0, 0.0)},
    ],
)
def test_an_impossible_place_is_left_out(position: dict[int, Any]) -> None:
    assert exif_facts(exif(position), with_location=True) == {}
