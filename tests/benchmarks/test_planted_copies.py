from pathlib import Path

import pytest

from benchmarks.duplicates import quality
from benchmarks.planted_copies import planted_pairs, write_planted
from tests.pictures import save_pictures


def test_of_twenty_pictures_three_have_copies(tmp_path: Path) -> None:
    sources = save_pictures(tmp_path / "sources", 16)
    twice = [sources[0], *sources]
    files = write_planted(twice, tmp_path / "planted", 20)
    assert sorted(files) == sorted((tmp_path / "planted").iterdir())
    by_group = [sum(file.name.startswith(f"g0000{group}-") for file in files) for group in range(3)]
    assert by_group == [2, 3, 4]
    assert sum(file.name.startswith("s") for file in files) == 11
    originals = [file for file in files if "-original" in file.name]
    assert len({file.read_bytes() for file in originals}) == 14
    assert len(planted_pairs(files)) == 1 + 3 + 6


def test_too_few_sources_are_refused(tmp_path: Path) -> None:
    sources = save_pictures(tmp_path / "sources", 5)
    with pytest.raises(SystemExit, match="expected at least 14 different pictures, found 5"):
        write_planted([*sources, *sources, *sources], tmp_path / "planted", 20)


def test_quality_is_that_of_pairs() -> None:
    planted = {("a", "b"), ("a", "c"), ("b", "c"), ("x", "y")}
    assert quality({("a", "b"), ("a", "z")}, planted) == pytest.approx((0.5, 0.25, 1 / 3))
    assert quality(set(), planted) == (1.0, 0.0, 0.0)
