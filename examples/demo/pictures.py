"""The demo's photographs: those that the scikit-image package carries, and edited copies of them."""

import shutil
from pathlib import Path

from PIL import Image

from examples.demo.edits import EDITS

__all__ = ["FOLDERS", "TWIN", "make_queries", "package_folder", "place_pictures"]

FOLDERS = {
    "documents": ["page.png", "text.png"],
    "graphics": ["color.png", "logo.png"],
    "objects": ["clock_motion.png", "coins.png", "horse.png", "motorcycle_left.png"],
    "people-and-animals": ["astronaut.png", "camera.png", "chelsea.png"],
    "places-and-food": ["coffee.png", "rocket.jpg"],
    "science": [
        "cell.png",
        "hubble_deep_field.jpg",
        "ihc.png",
        "microaneurysms.png",
        "moon.png",
        "phantom.png",
        "retina.jpg",
    ],
    "textures": ["brick.png", "grass.png", "gravel.png"],
}
TWIN = "motorcycle_right.png"


def package_folder() -> Path:
    """Where scikit-image keeps its pictures; found without importing it, which would load SciPy."""
    from importlib.util import find_spec

    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        raise SystemExit("Error: the demo's photographs come with scikit-image: pip install 'lookalike[demo]'")
    return Path(spec.origin).parent / "data"


def place_pictures(folder: Path) -> int:
    """Copy the photographs into sub-folders by subject; returns how many."""
    package = package_folder()
    for subject, names in FOLDERS.items():
        (folder / subject).mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(package / name, folder / subject / name)
    return sum(map(len, FOLDERS.values()))


def make_queries(folder: Path) -> tuple[dict[Path, str], Path]:
    """Write an edited copy of every photograph for each edit.

    Returns the original's file name for each copy, and the right half of the stereo pair.
    """
    folder.mkdir(parents=True, exist_ok=True)
    package = package_folder()
    originals: dict[Path, str] = {}
    for name in (name for names in FOLDERS.values() for name in names):
        with Image.open(package / name) as opened:
            image = opened.convert("RGB")
        for edit, apply in EDITS.items():
            copy = folder / f"{Path(name).stem}-{edit}.png"
            apply(image).save(copy)
            originals[copy] = name
    twin = folder / TWIN
    shutil.copyfile(package / TWIN, twin)
    return originals, twin
