"""Pictures for a quick run, made on the spot: drawn ones, and parts of those that scikit-image carries."""

import shlex
from pathlib import Path

from PIL import Image

from examples.demo.pictures import package_folder, place_pictures
from tests.pictures import save_pictures

__all__ = ["made_places"]

PER_FOLDER = 20
LEAST_SIDE = 1000
TILE, STEP = 224, 288  # pixels; two tiles a row of the tissue's 512


def made_places(folder: Path) -> dict[str, str]:
    """Write them in `folder`, below names as the shared pictures have, and tell where, as `told_places` does."""
    data = folder / "data"
    for number in range(2):
        save_pictures(data / "eval" / "caltech20" / f"kind-{number}", PER_FOLDER, 100 * number)
    save_pictures(data / "eval" / "scenes", PER_FOLDER, 200)
    save_pictures(data / "train", PER_FOLDER, 300)
    place_pictures(data / "eval" / "originals")
    _write_photographs(folder / "photographs")
    _write_tiles(data / "eval" / "histology")
    places = {
        "SHARED_DATA": data,
        "PICTURES": data / "eval" / "caltech20",
        "PHOTOGRAPHS": folder / "photographs",
        "BUILD": folder / "build",
        "PLOTS": folder / "plots",
    }
    (folder / "plots").mkdir()
    return {name: shlex.quote(str(path)) for name, path in places.items()}


def _write_photographs(folder: Path) -> None:
    folder.mkdir()
    for name in ("coffee.png", "motorcycle_left.png"):
        with Image.open(package_folder() / name) as opened:
            image = opened.convert("RGB")
        scale = LEAST_SIDE / min(image.size)
        size = (round(scale * image.width), round(scale * image.height))
        image.resize(size).save(folder / f"{Path(name).stem}.jpg", quality=90)


def _write_tiles(folder: Path) -> None:
    folder.mkdir()
    with Image.open(package_folder() / "ihc.png") as opened:
        tissue = opened.convert("RGB")
    for top in range(0, tissue.height - TILE + 1, STEP):
        for left in range(0, tissue.width - TILE + 1, STEP):
            tissue.crop((left, top, left + TILE, top + TILE)).save(folder / f"{top}-{left}.png")
