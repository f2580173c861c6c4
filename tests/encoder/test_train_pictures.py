"""Which pictures a step sees: the cache of decoded ones, pairs, batches of neighbours."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from lookalike.errors import TrainingError
from tests.pictures import picture, save_pictures

pytest.importorskip("torch")
pytestmark = pytest.mark.train

from lookalike.encoder.training.grouping import grouped_order, nearest_pictures  # noqa: E402
from lookalike.encoder.training.pair_dataset import Item, PairDataset, epoch_batches  # noqa: E402
from lookalike.encoder.training.picture_cache import PictureCache, open_cache  # noqa: E402


def cache_of(folder: Path, files: list[Path]) -> PictureCache:
    return open_cache(files, folder, 64)


def test_pictures_are_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = save_pictures(tmp_path / "pictures", 20)
    first = cache_of(tmp_path / "cache", files)
    assert first.pixels.shape == (20, 64, 64, 3)
    assert first.ratios.tolist() == pytest.approx([320 / 240] * 20)
    monkeypatch.setattr("lookalike.encoder.training.picture_cache.decode", None)
    again = cache_of(tmp_path / "cache", files)
    assert np.array_equal(first.pixels, again.pixels)


def test_a_changed_file_or_an_interrupted_cache_is_read_again(tmp_path: Path) -> None:
    files = save_pictures(tmp_path / "pictures", 20)
    first = np.array(cache_of(tmp_path / "cache", files).pixels)
    picture(77).save(files[3])
    second = np.array(cache_of(tmp_path / "cache", files).pixels)
    assert [int(row) for row in np.flatnonzero((first != second).any(axis=(1, 2, 3)))] == [3]
    (tmp_path / "cache" / "cache.json").unlink()
    (tmp_path / "cache" / "pixels.bin").write_bytes(b"half")
    assert np.array_equal(cache_of(tmp_path / "cache", files).pixels, second)


def test_bad_files_among_good_ones_are_skipped_with_a_reason(tmp_path: Path) -> None:
    files = save_pictures(tmp_path, 18)
    (tmp_path / "notes.txt").write_text("words")
    (tmp_path / "cut.jpg").write_bytes(files[0].read_bytes()[:2000])
    Image.new("RGB", (80, 80), "blue").save(tmp_path / "flat.png")
    (tmp_path / "twin.jpg").write_bytes(files[2].read_bytes())
    cache = cache_of(tmp_path / "cache", sorted(tmp_path.glob("*.*")))
    assert len(cache) == 18
    reasons = {Path(name).name: reason for name, reason in cache.skipped}
    assert sorted(reasons) == ["cut.jpg", "flat.png", "notes.txt", "twin.jpg"]
    assert reasons["flat.png"] == "one colour only"
    assert reasons["twin.jpg"] == f"the same picture as {files[2]}"
    assert reasons["notes.txt"].startswith("not a jpeg, png")
    assert "damaged" in reasons["cut.jpg"]


@pytest.mark.parametrize("kind", ["few", "identical", "one colour", "none"])
def test_too_little_to_learn_from(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    if kind == "few":
        save_pictures(folder, 15)
    elif kind != "none":
        for index in range(30):
            image = picture(1) if kind == "identical" else Image.new("RGB", (90, 90), (index * 8, 20, 90))
            image.save(folder / f"{index}.png")
    found = {"few": "15 in 15", "identical": "1 in 30", "one colour": "0 in 30", "none": "0 in 0"}[kind]
    with pytest.raises(TrainingError, match=f"training needs at least 16 different pictures, found {found} files"):
        cache_of(tmp_path / "cache", sorted(folder.iterdir()))


def test_pairs_depend_on_their_item_alone(tmp_path: Path) -> None:
    pairs = PairDataset(cache_of(tmp_path / "cache", save_pictures(tmp_path / "pictures", 16)), 48)
    plain, edited, number = pairs[Item(3, 5, 11)]
    assert (plain.shape, edited.shape, number) == ((48, 48, 3), (48, 48, 3), 3)
    Random().random()
    again = pairs[Item(3, 5, 11)]
    assert np.array_equal(edited, again[1])
    assert not np.array_equal(edited, pairs[Item(3, 5, 12)][1])
    assert np.array_equal(plain, pairs[Item(3, 5, 12)][0])


def test_batches_go_on_where_they_were() -> None:
    whole = epoch_batches(20, 6, seed=1, first_step=0)
    first = [next(whole) for _ in range(8)]
    later = epoch_batches(20, 6, seed=1, first_step=5)
    assert [next(later) for _ in range(3)] == first[5:]
    epoch = [item.picture for batch in first[:3] for item in batch]
    assert len(set(epoch)) == 18
    assert first[:3] != first[3:6]
    assert next(epoch_batches(20, 6, seed=2, first_step=0)) != first[0]


def test_batches_of_neighbours_go_on_where_they_were() -> None:
    neighbours = np.array([[(row + step) % 20 for step in range(1, 5)] for row in range(20)])
    whole = epoch_batches(20, 6, 1, 0, neighbours)
    first = [next(whole) for _ in range(8)]
    later = epoch_batches(20, 6, 1, 5, neighbours)
    assert [next(later) for _ in range(3)] == first[5:]
    assert first[0] != next(epoch_batches(20, 6, 1, 0))


def unit(rows: list[list[float]]) -> np.ndarray:
    vectors = np.array(rows, np.float32)
    halved: np.ndarray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float16)
    return halved


def test_the_nearest_are_the_most_alike_but_not_the_same_picture() -> None:
    turns = np.radians([0, 1, 40, 80, 180])
    nearest = nearest_pictures(unit([[float(np.cos(turn)), float(np.sin(turn))] for turn in turns]))
    assert nearest.shape == (5, 5)
    assert sorted(nearest[0][nearest[0] >= 0]) == [2, 3, 4]  # neither itself nor its twin a degree away


def test_an_epoch_has_every_picture_once_and_neighbours_side_by_side() -> None:
    random = np.random.default_rng(1)
    labels = np.repeat(np.arange(40), 8)
    centres = random.normal(size=(40, 64))
    features = unit((centres[labels] + 0.9 * random.normal(size=(320, 64))).tolist())
    neighbours = nearest_pictures(features)
    order = grouped_order(neighbours, np.random.default_rng(0))
    assert sorted(order) == list(range(320))
    beside = np.mean(labels[order[1:]] == labels[order[:-1]])
    assert beside > 0.1  # 7 of 319 in an order by chance
    assert np.array_equal(order, grouped_order(neighbours, np.random.default_rng(0)))
    assert not np.array_equal(order, grouped_order(neighbours, np.random.default_rng(1)))
