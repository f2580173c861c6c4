import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.artefact import find_artefact
from lookalike.encoder.quantise import to_bytes
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.tiles import Box, Tiling
from lookalike.ingest.folders import ImageFile, list_images
from lookalike.ingest.mapper import DocumentOptions, MappedBatch, Mapper
from lookalike.ingest.runner import Settings
from tests.encoder.tiffs import APERIO, large_pixels, write_tiff
from tests.pictures import encoded, picture, png_bomb

WIDTH, HEIGHT = 12_000, 11_000  # more than are decoded as a whole
FEW = Tiling(levels=1, side=2000, overlap=0.25)
NO_SLIDE = (
    "neither a slide that OpenSlide can read nor a TIFF in tiles, and too large to be decoded as a whole if it is an "
    "image; `vips tiffsave IMAGE OUT.tif --tile --pyramid --bigtiff --compression deflate` makes one that can be read"
)


@pytest.fixture(scope="module")
def session() -> EncoderSession:
    return EncoderSession(find_artefact("default"), threads=2)


@pytest.fixture(scope="module")
def pixels() -> NDArray[np.uint8]:
    return large_pixels(WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory, pixels: NDArray[np.uint8]) -> dict[str, Path]:
    """The pixels as files: a TIFF without a pyramid, one with, and a slide."""
    folder = tmp_path_factory.mktemp("large")
    return {
        "flat": write_tiff(folder / "flat.tif", pixels),
        "pyramid": write_tiff(folder / "pyramid.tif", pixels, levels=3),
        "slide": write_tiff(folder / "slide.svs", pixels, levels=3, description=APERIO),
    }


def mapped(
    session: EncoderSession, *paths: Path, tiling: Tiling | None = FEW, data_type: str = "float", **options: Any
) -> MappedBatch:
    mapper = Mapper(session, data_type, DocumentOptions(tiling=tiling, **options))
    return mapper.map([ImageFile(path, "") for path in paths], {})


def only_document(batch: MappedBatch) -> dict[str, Any]:
    assert batch.failures == []
    (document,) = batch.documents.values()
    return document


def reasons(batch: MappedBatch) -> dict[str, str]:
    """Why images failed, by the names of their files."""
    return {Path(failure.path).name: failure.reason for failure in batch.failures}


@pytest.fixture(scope="module")
def documents(session: EncoderSession, large: dict[str, Path]) -> dict[str, dict[str, Any]]:
    return {kind: only_document(mapped(session, path)) for kind, path in large.items()}


def square_of(pixels: NDArray[np.uint8], box: Box, side: int) -> NDArray[np.uint8]:
    part = Image.fromarray(pixels[box.y : box.y + box.height, box.x : box.x + box.width])
    return np.asarray(part.resize((side, side), Image.Resampling.BILINEAR))


def saved(folder: Path, name: str = "photo.png", size: tuple[int, int] = (640, 480), seed: int = 1) -> Path:
    path = folder / name
    picture(seed, size).save(path)
    return path


def test_an_image_has_its_regions_the_whole_first_with_its_own_vector(session: EncoderSession, tmp_path: Path) -> None:
    document = only_document(mapped(session, saved(tmp_path), tiling=Tiling(levels=2)))
    whole, *parts = document["regions"]
    assert whole == {"box": {"x": 0, "y": 0, "width": 640, "height": 480}, "embedding": document["embedding"]}
    assert 10 < len(parts) < 256
    assert document["tiling"] == "levels=2 overlap=0.5 side=auto budget=256"
    assert "magnification" not in document
    original = np.asarray(picture(1, (640, 480)))
    for part in parts:
        box = Box(**part["box"])
        assert box in Tiling(levels=2).boxes(640, 480)
        vector = session.embed(square_of(original, box, session.artefact.native_size)[np.newaxis])[0]
        assert float(vector @ part["embedding"]) > 0.9999
        assert "magnification" not in part


def test_without_tiling_an_image_has_no_regions(session: EncoderSession, tmp_path: Path) -> None:
    document = only_document(mapped(session, saved(tmp_path), tiling=None))
    assert not {"regions", "tiling"} & set(document)


def test_the_embedding_is_the_same_with_and_without_regions(session: EncoderSession, tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    picture(2, (2400, 1800)).save(path, quality=95)
    cut, whole = (only_document(mapped(session, path, tiling=tiling)) for tiling in (Tiling(), None))
    assert float(cut["embedding"] @ whole["embedding"]) > 0.999  # decoded at another scale
    assert (cut["width"], cut["height"]) == (2400, 1800)


def test_regions_of_an_index_of_bytes_are_bytes(session: EncoderSession, tmp_path: Path) -> None:
    path = saved(tmp_path)
    floats, numbers = (only_document(mapped(session, path, data_type=kind)) for kind in ("float", "byte"))
    assert len(floats["regions"]) == len(numbers["regions"])
    for exact, part in zip(floats["regions"], numbers["regions"], strict=True):
        assert part["embedding"].dtype == np.int8
        assert np.abs(to_bytes(exact["embedding"][np.newaxis])[0].astype(int) - part["embedding"]).max() <= 1


def test_blank_parts_have_no_region_but_a_blank_image_has_itself(session: EncoderSession, tmp_path: Path) -> None:
    half = Image.new("RGB", (1000, 500), "white")
    half.paste(picture(3, (500, 500)), (0, 0))
    half.save(tmp_path / "half.png")
    Image.new("RGB", (500, 500), "gray").save(tmp_path / "blank.png")
    tiling = Tiling(levels=1, side=250, overlap=0)
    cut = only_document(mapped(session, tmp_path / "half.png", tiling=tiling))
    assert len(tiling.boxes(1000, 500)) == 9
    assert 1 < len(cut["regions"]) <= 5
    assert all(part["box"]["x"] < 500 for part in cut["regions"])
    (whole,) = only_document(mapped(session, tmp_path / "blank.png", tiling=tiling))["regions"]
    assert whole["box"]["width"] == 500


def test_a_tiny_image_is_one_region(session: EncoderSession, tmp_path: Path) -> None:
    (whole,) = only_document(mapped(session, saved(tmp_path, size=(30, 20)), tiling=Tiling()))["regions"]
    assert whole["box"] == {"x": 0, "y": 0, "width": 30, "height": 20}


@pytest.mark.parametrize("kind", ["flat", "pyramid", "slide"])
def test_regions_of_an_image_too_large_to_be_decoded_are_those_of_its_pixels(
    session: EncoderSession,
    large: dict[str, Path],
    documents: dict[str, dict[str, Any]],
    pixels: NDArray[np.uint8],
    kind: str,
) -> None:
    document = documents[kind]
    assert (document["width"], document["height"]) == (WIDTH, HEIGHT)
    assert document["bytes"] == large[kind].stat().st_size
    assert document["thumbnail"]
    side = session.artefact.native_size
    boxes = [Box(**region["box"]) for region in document["regions"]]
    left_out = set(FEW.boxes(WIDTH, HEIGHT)) - set(boxes)
    assert boxes[0] == Box(0, 0, WIDTH, HEIGHT)
    assert len(boxes) > 15
    assert left_out
    for box in left_out:
        assert (pixels[box.y : box.y + box.height, box.x : box.x + box.width] == 255).all()
    expected = session.embed(np.stack([square_of(pixels, box, side) for box in boxes]))
    found = np.stack([region["embedding"] for region in document["regions"]])
    assert (expected * found).sum(axis=1).min() > 0.99
    assert float(document["embedding"] @ expected[0]) > 0.999


def test_without_regions_a_slide_is_its_overview(session: EncoderSession, large: dict[str, Path]) -> None:
    document = only_document(mapped(session, large["slide"], tiling=None, thumbnails=False))
    assert (document["format"], document["magnification"]) == ("aperio", 40.0)
    assert not {"regions", "thumbnail"} & set(document)


def test_a_region_tells_the_magnification_at_which_it_is_seen(
    session: EncoderSession, documents: dict[str, dict[str, Any]]
) -> None:
    slide, flat = documents["slide"], documents["flat"]
    side = session.artefact.native_size
    assert slide["magnification"] == 40.0
    assert {part["box"]["width"]: part["magnification"] for part in slide["regions"]} == {
        WIDTH: round(40 * side / HEIGHT, 3),
        2000: round(40 * side / 2000, 3),
    }
    assert "magnification" not in flat
    assert all("magnification" not in part for part in flat["regions"])


def test_an_unchanged_slide_is_not_looked_into(
    session: EncoderSession, large: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    item = ImageFile(large["slide"], "")
    mapper = Mapper(session, options=DocumentOptions(tiling=FEW, thumbnails=False))
    document = mapper.map([item], {}).documents[item.id]
    known = {name: document[name] for name in ("content_sha256", "image_url", "model", "metadata", "tiling")}
    monkeypatch.setitem(sys.modules, "openslide", None)
    assert mapper.map([item], {item.id: known}).unchanged == [item.id]
    cut_otherwise = {**known, "tiling": Tiling().identity}
    assert mapper.map([item], {item.id: cut_otherwise}).unchanged == []


def test_a_damaged_tile_fails_its_image_and_no_other(
    session: EncoderSession, large: dict[str, Path], tmp_path: Path
) -> None:
    damaged = Path(shutil.copy(large["pyramid"], tmp_path / "damaged.tif"))
    with tifffile.TiffFile(damaged) as file:
        page = file.pages[0]
        tile = 5 * (-(-WIDTH // 512)) + 6  # in the middle of what is not white
        offset, length = page.dataoffsets[tile], page.databytecounts[tile]
    with damaged.open("r+b") as opened:
        opened.seek(offset + length // 2)
        opened.write(b"\xff" * 400)
    tiling = Tiling(levels=1, side=1000, overlap=0)
    batch = mapped(session, saved(tmp_path, "a.png"), damaged, saved(tmp_path, "b.png", seed=2), tiling=tiling)
    assert list(reasons(batch)) == ["damaged.tif"]
    assert reasons(batch)["damaged.tif"].startswith("damaged image: near pixel ")
    assert [Path(path).name for path in batch.paths.values()] == ["a.png", "b.png"]
    assert [document["width"] for document in batch.documents.values()] == [640, 640]
    assert all(np.isfinite(document["embedding"]).all() for document in batch.documents.values())


def test_large_images_that_cannot_be_read_part_by_part_say_what_to_do(session: EncoderSession, tmp_path: Path) -> None:
    strips = tmp_path / "strips.tif"
    tifffile.imwrite(
        strips,
        np.zeros((HEIGHT, WIDTH, 3), np.uint8),
        photometric="rgb",
        rowsperstrip=256,
        compression="deflate",
        metadata=None,
    )
    (tmp_path / "bomb.png").write_bytes(png_bomb())
    batch = mapped(session, strips, tmp_path / "bomb.png", saved(tmp_path))
    assert reasons(batch) == {
        "strips.tif": NO_SLIDE,
        "bomb.png": "more than 100,000,000 pixels",
    }
    assert len(batch.documents) == 1


def test_slides_are_found_in_folders(tmp_path: Path) -> None:
    for name in ("a.svs", "b.NDPI", "c.mrxs", "d.svs.txt", "e.tif"):
        (tmp_path / name).touch()
    assert [image.path.name for image in list_images([str(tmp_path)])] == ["a.svs", "b.NDPI", "c.mrxs", "e.tif"]


def test_what_only_pretends_to_be_a_slide_is_a_row(session: EncoderSession, tmp_path: Path) -> None:
    (tmp_path / "garbage.svs").write_bytes(b"garbage " * 100)
    (tmp_path / "photo.svs").write_bytes(encoded(picture(1)))
    (tmp_path / "empty.svs").touch()
    (tmp_path / "folder.svs").mkdir()
    os.mkfifo(tmp_path / "pipe.svs")
    os.mkfifo(tmp_path / "pipe.tif")
    names = ["garbage.svs", "photo.svs", "empty.svs", "folder.svs", "pipe.svs", "pipe.tif", "gone.svs"]
    batch = mapped(session, *(tmp_path / name for name in names), saved(tmp_path))
    assert len(batch.documents) == 1
    found = reasons(batch)
    assert [found.pop(name)[:38] for name in ("garbage.svs", "photo.svs")] == [
        "neither a slide that OpenSlide can rea"
    ] * 2
    assert found == {
        "empty.svs": "empty file (0 bytes)",
        "folder.svs": "a folder, not an image",
        "pipe.svs": "not a regular file",
        "pipe.tif": "not a regular file",
        "gone.svs": "No such file or directory",
    }


@pytest.mark.parametrize("gone_before", ["_sha256", "open_slide"])
def test_a_slide_that_disappears_meanwhile_is_a_row(
    session: EncoderSession, large: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone_before: str
) -> None:
    from lookalike.encoder import slides
    from lookalike.ingest import mapper

    path = Path(shutil.copy(large["slide"], tmp_path / "slide.svs"))
    module: Any = mapper if gone_before == "_sha256" else slides
    original = getattr(module, gone_before)

    def after_deletion(*arguments: Any) -> Any:
        path.unlink()
        return original(*arguments)

    monkeypatch.setattr(module, gone_before, after_deletion)
    assert reasons(mapped(session, path)) == {"slide.svs": "No such file or directory"}


def test_without_the_extra_a_large_image_says_what_to_install(
    session: EncoderSession, large: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openslide", None)
    batch = mapped(session, large["flat"], large["slide"], saved(tmp_path))
    reason = (
        "a whole-slide image or a TIFF of more than 100 million pixels or 200 MB; `pip install 'lookalike[slides]'` "
        "brings what reads it"
    )
    assert reasons(batch) == {"flat.tif": reason, "slide.svs": reason}
    assert len(batch.documents) == 1


def test_the_more_regions_an_image_may_have_the_fewer_are_held_at_once() -> None:
    settings = Settings(workers=2, batch_size=16)
    assert settings.for_regions(None) == settings
    assert settings.for_regions(Tiling(budget=256)) == settings
    many = settings.for_regions(Tiling(budget=5000))
    assert (many.batch_size, many.waiting) == (1, 26)
