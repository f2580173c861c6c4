"""Generated photographs, and what cameras write beside them."""

from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageCms, ImageFilter

from tests.pictures import picture

__all__ = ["TURNED_BY_SIX", "camera_exif", "lab_profile", "photo", "sixteen_bits", "small_photo", "transparent_photo"]

TURNED_BY_SIX = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/></rdf:RDF></x:xmpmeta>'
)
_SEEDS = count(1000)


def photo(width: int = 96, height: int = 72) -> Image.Image:
    """Coloured shapes, blurred, with a little grain, another one with each call: it compresses like a photograph."""
    seed = next(_SEEDS)
    grain = np.random.default_rng(seed).normal(0, 2, (height, width, 3))
    smooth = np.asarray(picture(seed, (width, height)).filter(ImageFilter.GaussianBlur(1.5)))
    return Image.fromarray((smooth + grain).clip(0, 255).astype(np.uint8))


def small_photo() -> Image.Image:
    """For formats that do not compress."""
    return photo(48, 36)


def transparent_photo(size: tuple[int, int] = (96, 72)) -> Image.Image:
    """Opaque towards the lower right corner."""
    image = photo(*size)
    across, down = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 1, size[1]))
    image.putalpha(Image.fromarray((across * down).astype(np.uint8)))
    return image


def sixteen_bits(image: Image.Image) -> NDArray[np.uint16]:
    """The picture as high bytes, and noise as low ones."""
    high = np.asarray(image).astype(np.uint16)
    return (high * 256 + np.random.default_rng(0).integers(0, 256, high.shape)).astype(np.uint16)


def camera_exif(orientation: int) -> Image.Exif:
    """Orientation, camera, moment and place."""
    made = Image.Exif()
    made[ExifTags.Base.Orientation] = orientation
    made[ExifTags.Base.Make], made[ExifTags.Base.Model] = "Canon", "Canon EOS R5"
    made.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2021:07:03 14:05:09"
    made.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (52.0, 30.0, 36.0), 3: "W", 4: (13.0, 15.0, 0.0)})
    return made


def lab_profile() -> bytes:
    """A colour profile that would change every pixel, without the moment of its making."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    return profile[:24] + bytes(12) + profile[36:]
