import hashlib
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.crops import Crops, write_crops
from tests.pictures import save_pictures


def digests(files: list[Path]) -> list[str]:
    return [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]


def test_crops_are_distinct_and_as_large_as_asked(tmp_path: Path) -> None:
    sources = save_pictures(tmp_path / "sources", 3)
    files = write_crops(sources, tmp_path / "crops", Crops(20, sides=(100, 120)))
    assert len(set(digests(files))) == 20
    for file in files:
        with Image.open(file) as image:
            assert image.format == "JPEG"
            assert 100 <= max(image.size) <= 120


def test_the_same_seed_makes_the_same_crops(tmp_path: Path) -> None:
    sources = save_pictures(tmp_path / "sources", 3)
    first = digests(write_crops(sources, tmp_path / "first", Crops(7)))
    assert first == digests(write_crops(sources, tmp_path / "second", Crops(7)))
    assert not set(first) & set(digests(write_crops(sources, tmp_path / "other", Crops(7, seed=1))))


def test_what_is_missing_is_written_and_nothing_else(tmp_path: Path) -> None:
    sources = save_pictures(tmp_path / "sources", 3)
    files = write_crops(sources, tmp_path / "crops", Crops(8))
    before, kept = digests(files), files[2].stat().st_mtime_ns
    files[5].unlink()
    told: list[int] = []
    assert digests(write_crops(sources, tmp_path / "crops", Crops(8), told.append)) == before
    assert files[2].stat().st_mtime_ns == kept
    assert told == [3, 6, 8]


def test_a_folder_of_other_crops_is_refused(tmp_path: Path) -> None:
    sources = save_pictures(tmp_path / "sources", 3)
    write_crops(sources, tmp_path / "crops", Crops(4))
    with pytest.raises(SystemExit, match=r"holds other crops .*name another folder, or delete this one"):
        write_crops(sources, tmp_path / "crops", Crops(5))


def test_a_folder_of_other_things_is_refused(tmp_path: Path) -> None:
    sources = save_pictures(tmp_path / "sources", 3)
    with pytest.raises(SystemExit, match=r"expected a new folder or one of crops, found other things"):
        write_crops(sources, tmp_path / "sources", Crops(5))
