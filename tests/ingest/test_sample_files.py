"""The output of img2dataset in its default format, as it lies."""

import json
from pathlib import Path
from typing import Any

import pytest

from lookalike.errors import ImageError
from lookalike.ingest.columns import Column, ColumnChoice
from lookalike.ingest.folders import ImageFile, list_images, listing_of
from lookalike.ingest.item import item_id
from lookalike.ingest.sample_file import SampleFile

COUNTED = {"count": 3, "successes": 2, "failed_to_download": 1, "failed_to_resize": 0, "status_dict": {"success": 2}}


def described(key: str, **columns: Any) -> dict[str, Any]:
    """What img2dataset keeps of an image."""
    return {
        "url": f"https://example.org/{key}.jpg",
        "caption": f"picture {key}",
        "key": key,
        "status": "success",
        "error_message": None,
        "width": 256,
        "height": 256,
        "original_width": 640,
        "original_height": 480,
        "exif": "{}",
        **columns,
    }


def sample(folder: Path, key: str, image: bytes = b"image", **columns: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{key}.jpg").write_bytes(image)
    (folder / f"{key}.json").write_text(json.dumps(described(key, **columns), indent=4))
    (folder / f"{key}.txt").write_text(f"picture {key}")
    return folder / f"{key}.jpg"


def output(top: Path) -> Path:
    """A folder as img2dataset leaves it: the second of three images could not be downloaded."""
    sample(top / "00000", "000000000")
    sample(top / "00000", "000000002")
    (top / "00000.parquet").write_bytes(b"PAR1")
    (top / "00000_stats.json").write_text(json.dumps(COUNTED))
    return top


def only(folder: Path, choice: ColumnChoice | None = None) -> SampleFile:
    (item,) = listing_of([folder], (), choice)
    assert isinstance(item, SampleFile)
    return item


def test_the_files_beside_an_image_are_its_url_caption_and_metadata(tmp_path: Path) -> None:
    first, second = list_images([str(output(tmp_path))])
    assert first.uri == "https://example.org/000000000.jpg"
    assert first.id == item_id("https://example.org/000000000.jpg")
    assert first.metadata == {
        "filename": "000000000.jpg",
        "caption": "picture 000000000",
        "key": "000000000",
        "status": "success",
        "width": 256,
        "height": 256,
        "original_width": 640,
        "original_height": 480,
        "exif": "{}",
    }
    assert (first.read(), first.shown_path) == (b"image", f"{tmp_path}/00000/000000000.jpg")
    assert second.uri == "https://example.org/000000002.jpg"


def test_an_image_is_the_same_however_it_is_named(tmp_path: Path) -> None:
    output(tmp_path)
    everything = [item.id for item in list_images([str(tmp_path)])]
    for source in (f"{tmp_path}/00000", f"{tmp_path}/00000/*.jpg", f"{tmp_path}/0*"):
        assert [item.id for item in list_images([source]) if item.shown_path.endswith(".jpg")] == everything


def test_columns_are_chosen_and_identify(tmp_path: Path) -> None:
    (tmp_path / "7_stats.json").write_text("{}")
    sample(tmp_path / "7", "1", uid=7, price="5")
    item = only(tmp_path / "7", ColumnChoice(id="uid", chosen=(Column("price", "cost", "integer"),)))
    assert item.id == item_id("7")
    assert item.metadata == {"filename": "1.jpg", "caption": "picture 1", "cost": 5}


def test_files_beside_images_elsewhere_are_left_alone(tmp_path: Path) -> None:
    sample(tmp_path / "00000", "1")  # nothing was counted: img2dataset has not finished it, or did not write it
    sample(tmp_path / "paris", "2")
    (tmp_path / "paris_stats.json").write_text("{}")  # somebody's own
    first, second = list_images([str(tmp_path)])
    assert isinstance(first, ImageFile)
    assert first.uri == f"file://{tmp_path}/00000/1.jpg"
    assert second.metadata == {"filename": "2.jpg", "folder": "paris"}


def test_an_image_without_files_beside_it_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "0_stats.json").write_text("{}")
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "1.jpg").write_bytes(b"x")
    item = only(tmp_path / "0")
    assert (item.uri, item.metadata) == (f"file://{tmp_path}/0/1.jpg", {"filename": "1.jpg"})


@pytest.mark.parametrize(
    ("beside", "reason"),
    [
        (b"{", "its JSON is none: "),
        (b"[]", "its JSON is no object but list"),
        (b" " * 1_000_001, "its JSON has 1,000,001 bytes, more than 1,000,000"),
    ],
)
def test_json_that_is_none_is_a_reason(tmp_path: Path, beside: bytes, reason: str) -> None:
    (tmp_path / "0_stats.json").write_text("{}")
    sample(tmp_path / "0", "1").with_suffix(".json").write_bytes(beside)
    item = only(tmp_path / "0")
    assert str(item.unreadable).startswith(reason)
    assert item.id == item_id(f"file://{tmp_path}/0/1.jpg")
    with pytest.raises(ImageError, match=reason):
        dict(item.metadata)
