"""Generated pictures in every kind of file that is read; each has a picture of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from tests.golden.containers import (
    adam7_rows,
    bmp,
    gif,
    jpeg_segment,
    jpeg_without,
    packed_rows,
    png,
    png_rows,
    run_lengths,
    tiff,
)
from tests.golden.photos import (
    TURNED_BY_SIX,
    camera_exif,
    lab_profile,
    photo,
    sixteen_bits,
    small_photo,
    transparent_photo,
)
from tests.pictures import encoded

__all__ = ["LOSSLESS", "LOSSY", "GoldenImage", "images"]

# The least cosine to what Python makes of the same file.
LOSSLESS = 0.9999
LOSSY = 0.999  # lossy WebP, CMYK, and JPEG at reduced scale


@dataclass(frozen=True)
class GoldenImage:
    """A file, the least cosine, and whether decoders have no freedom: then pixels must be equal."""

    name: str
    data: bytes
    bound: float = LOSSLESS
    exact: bool = True


def images() -> Iterator[GoldenImage]:
    """All of them; call it once. A picture follows from its place here, so new ones go to the end."""
    yield from _jpegs()
    yield from _pngs()
    yield from _gifs()
    yield from _bmps()
    yield from _tiffs()
    yield from _webps()
    yield from _later()


def _jpeg(image: Image.Image | None = None, **options: Any) -> bytes:
    return encoded(image or photo(), "JPEG", **{"quality": 88, **options})


def _jpegs() -> Iterator[GoldenImage]:
    def jpeg(name: str, data: bytes, bound: float = LOSSLESS) -> GoldenImage:
        return GoldenImage(f"jpeg-{name}.jpg", data, bound, exact=False)

    for name, subsampling in (("444", 0), ("422", 1), ("420", 2)):
        yield jpeg(name, _jpeg(subsampling=subsampling))
    yield jpeg("odd-size", _jpeg(photo(101, 67)))
    yield jpeg("one-pixel", _jpeg(photo(1, 1)))
    yield jpeg("progressive", _jpeg(progressive=True))
    yield jpeg("restarts", _jpeg(restart_marker_blocks=3))
    yield jpeg("gray", _jpeg(photo().convert("L")))
    yield jpeg("gray-progressive", _jpeg(photo().convert("L"), progressive=True))
    yield jpeg("rgb", _jpeg(keep_rgb=True))
    yield jpeg("no-marker", jpeg_without(_jpeg(subsampling=0), {0xE0}))
    yield jpeg("adobe-rgb", jpeg_without(_jpeg(subsampling=0), {0xE0}, _adobe(0)))
    yield jpeg("adobe-ycc", jpeg_without(_jpeg(subsampling=0), {0xE0}, _adobe(1)))
    yield jpeg("profile", _jpeg(icc_profile=lab_profile()))
    yield jpeg("broken-profile", _jpeg(icc_profile=b"no profile" * 20))
    yield jpeg("trailing-bytes", _jpeg() + b"something else" * 9)
    yield jpeg("mpo", encoded(photo(), "MPO", save_all=True, append_images=[photo()]))
    yield jpeg("xmp-orientation", _jpeg(xmp=TURNED_BY_SIX))
    yield jpeg("cmyk", _jpeg(photo().convert("CMYK")), LOSSY)
    yield jpeg("cmyk-no-marker", jpeg_without(_jpeg(photo().convert("CMYK")), {0xEE}), LOSSY)
    yield jpeg("ycck", jpeg_without(_jpeg(photo().convert("CMYK")), {0xEE}, _adobe(2)), LOSSY)
    for orientation in range(1, 9):
        yield jpeg(f"orientation-{orientation}", _jpeg(exif=camera_exif(orientation)))
    yield jpeg("half-scale", _jpeg(photo(400, 300)), LOSSY)
    yield jpeg("quarter-scale", _jpeg(photo(640, 520), progressive=True), LOSSY)
    yield jpeg("eighth-scale", _jpeg(photo(1100, 1031), quality=75), LOSSY)
    yield jpeg("half-scale-gray", _jpeg(photo(301, 257).convert("L")), LOSSY)
    yield jpeg("half-scale-cmyk", _jpeg(photo(301, 257).convert("CMYK"), quality=75), LOSSY)
    yield jpeg("half-scale-turned", _jpeg(photo(301, 257), exif=camera_exif(6)), LOSSY)


def _adobe(transform: int) -> bytes:
    return jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0" + bytes([transform]))


def _pngs() -> Iterator[GoldenImage]:
    def save(name: str, image: Image.Image, **options: Any) -> GoldenImage:
        return GoldenImage(f"png-{name}.png", encoded(image, "PNG", **options))

    def build(name: str, *arguments: Any, **options: Any) -> GoldenImage:
        return GoldenImage(f"png-{name}.png", png(*arguments, **options))

    yield save("rgb", photo())
    yield save("rgba", transparent_photo())
    yield save("gray", photo().convert("L"))
    yield save("gray-alpha", transparent_photo().convert("LA"))
    yield save("1-bit", photo().convert("1"))
    yield save("palette", photo().quantize(200))
    for bits, colours in ((1, 2), (2, 4), (4, 14)):
        yield save(f"palette-{bits}-bit", photo().quantize(colours), bits=bits)
    yield save("palette-one-transparent", photo().quantize(20), transparency=3)
    yield save("palette-alphas", photo().quantize(20), transparency=bytes(range(0, 200, 10)))
    few = photo().quantize(8).convert("RGB")
    yield save("rgb-one-transparent", few, transparency=few.getpixel((50, 40)))
    few = photo().convert("L").quantize(9).convert("L")
    yield save("gray-one-transparent", few, transparency=few.getpixel((50, 40)))
    yield save("16-bit-gray", Image.fromarray(sixteen_bits(photo().convert("L"))))
    for name, kind, image in (
        ("16-bit-rgb", 2, small_photo()),
        ("16-bit-rgba", 6, transparent_photo((48, 36))),
        ("16-bit-gray-alpha", 4, transparent_photo((48, 36)).convert("LA")),
    ):
        rows = sixteen_bits(image).astype(">u2").reshape(image.height, -1)
        yield build(name, image.size, 16, kind, png_rows(rows))
    for depth in (2, 4):
        gray = (np.asarray(small_photo().convert("L")) >> (8 - depth)).astype(np.uint8)
        yield build(f"gray-{depth}-bit", (48, 36), depth, 0, png_rows(packed_rows(gray, depth)))
    yield build("interlaced", (61, 47), 8, 2, adam7_rows(np.asarray(photo(61, 47))), interlaced=True)
    yield build("interlaced-tiny", (3, 2), 8, 2, adam7_rows(np.asarray(photo(3, 2))), interlaced=True)
    few = small_photo().quantize(30)
    palette = bytes(few.getpalette() or [])[:45]
    yield build("palette-too-short", (48, 36), 8, 3, png_rows(np.asarray(few)), [(b"PLTE", palette)])
    yield GoldenImage("png-without-end.png", encoded(photo(), "PNG")[:-12])
    yield save("animated", photo(), save_all=True, append_images=[photo()])
    for orientation in (3, 6):
        yield save(f"orientation-{orientation}", photo(), exif=camera_exif(orientation))
    text = PngImagePlugin.PngInfo()
    text.add_itxt("XML:com.adobe.xmp", TURNED_BY_SIX.decode(), zip=True)
    yield save("xmp-orientation", photo(), pnginfo=text)
    text, block = PngImagePlugin.PngInfo(), camera_exif(8).tobytes()
    text.add_text("Raw profile type exif", f"\nexif\n{len(block):8}\n{block.hex()}\n", zip=True)
    yield save("exif-as-text", photo(), pnginfo=text)


def _gifs() -> Iterator[GoldenImage]:
    def save(name: str, image: Image.Image, **options: Any) -> GoldenImage:
        return GoldenImage(f"gif-{name}.gif", encoded(image, "GIF", **options))

    yield save("interlaced", photo(), interlace=1)
    yield save("sequential", photo(), interlace=0)
    yield save("gray", photo().convert("L"))
    yield save("two-colours", photo().convert("1"))
    yield save("transparent", photo().quantize(16), transparency=3)
    yield save("animated", photo(), save_all=True, append_images=[photo()])
    few = small_photo().quantize(256)
    indices, palette = np.asarray(few), bytes((few.getpalette() or []) + [0] * 768)[:768]
    for name, screen, corner, options in (
        ("small-frame", (60, 50), (7, 9), {"palette": palette, "background": 5}),
        ("small-transparent-frame", (60, 50), (7, 9), {"palette": palette, "transparent": 4}),
        ("local-palette", (60, 50), (7, 9), {"palette": bytes(768), "local_palette": palette}),
        ("frame-outside", (20, 20), (7, 9), {"palette": palette}),
        ("no-palette", (48, 36), (0, 0), {}),
    ):
        yield GoldenImage(f"gif-{name}.gif", gif(screen, corner, indices, **options))


def _bmps() -> Iterator[GoldenImage]:
    def build(name: str, *arguments: Any, **options: Any) -> GoldenImage:
        return GoldenImage(f"bmp-{name}.bmp", bmp(*arguments, **options))

    def rows(samples: NDArray[np.generic]) -> bytes:
        return b"".join(row.tobytes() + bytes(-row.nbytes % 4) for row in samples)

    width, height = size = (41, 29)
    pixels = np.asarray(photo(width, height))
    red, green, blue = (pixels[::-1, :, i].astype(np.uint16) for i in range(3))
    yield GoldenImage("bmp-24-bit.bmp", encoded(photo(width, height), "BMP"))
    yield GoldenImage("bmp-gray.bmp", encoded(photo(width, height).convert("L"), "BMP"))
    yield GoldenImage("bmp-1-bit.bmp", encoded(photo(width, height).convert("1"), "BMP"))
    yield GoldenImage("bmp-8-bit.bmp", encoded(photo(width, height).quantize(200), "BMP"))
    yield build("top-down", (width, -height), 24, rows(pixels[:, :, ::-1].reshape(height, -1)))
    yield build("16-bit", size, 16, rows((red >> 3) << 10 | (green >> 3) << 5 | blue >> 3))
    wide = (red >> 3) << 11 | (green >> 2) << 5 | blue >> 3
    yield build("16-bit-565", size, 16, rows(wide), compression=3, masks=(0xF800, 0x7E0, 0x1F))
    alpha = np.asarray(transparent_photo(size))[::-1, :, [2, 1, 0, 3]].reshape(height, -1)
    yield build("32-bit", size, 32, rows(alpha))
    masks = (0xFF0000, 0xFF00, 0xFF, 0xFF000000)
    yield build("32-bit-alpha", size, 32, rows(alpha), compression=3, masks=masks, header_size=124)
    few = photo(width, height).quantize(16)
    indices = np.asarray(few)[::-1]
    colours = np.array(few.getpalette()[:48], np.uint8).reshape(-1, 3)[:, ::-1]  # type: ignore[index]
    palette = b"".join(colour.tobytes() + b"\0" for colour in colours)
    yield build("4-bit", size, 4, rows(packed_rows(indices, 4)), palette=palette)
    yield build("runs-8-bit", size, 8, run_lengths(indices, 8), compression=1, palette=palette)
    yield build("runs-4-bit", size, 4, run_lengths(indices, 4), compression=2, palette=palette)


def _tiffs() -> Iterator[GoldenImage]:
    def save(name: str, image: Image.Image, exact: bool = True, bound: float = LOSSLESS, **options: Any) -> GoldenImage:
        return GoldenImage(f"tiff-{name}.tif", encoded(image, "TIFF", **options), bound, exact)

    def build(name: str, samples: NDArray[np.generic], photometric: int, **options: Any) -> GoldenImage:
        deep = samples if samples.ndim == 3 else samples[..., np.newaxis]
        return GoldenImage(f"tiff-{name}.tif", tiff(deep, photometric, **options))

    yield save("rgb", small_photo())
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits"):
        yield save(compression.split("_")[-1], photo(), compression=compression)
    yield save("jpeg", photo(), exact=False, compression="jpeg")
    yield save("jpeg-ycc", photo().convert("YCbCr"), exact=False, compression="jpeg")
    yield save("jpeg-gray", photo().convert("L"), exact=False, compression="jpeg")
    yield save("jpeg-cmyk", photo().convert("CMYK"), exact=False, bound=LOSSY, compression="jpeg")
    yield save("1-bit", photo().convert("1"))
    for compression in ("group3", "group4"):
        yield save(
            compression, photo().convert("L").point(lambda level: 255 * (level > 127), "1"), compression=compression
        )
    yield save("1-bit-white-is-0", photo().convert("1"), tiffinfo={262: 0})
    yield save("gray", small_photo().convert("L"))
    yield save("gray-alpha", transparent_photo((48, 36)).convert("LA"))
    yield save("palette", photo().quantize(100), compression="tiff_lzw")
    yield save("rgba", transparent_photo(), compression="tiff_lzw")
    yield save("cmyk", small_photo().convert("CMYK"))
    yield save("16-bit-gray", Image.fromarray(sixteen_bits(small_photo().convert("L"))))
    yield save("two-pages", small_photo(), save_all=True, append_images=[small_photo()])
    for orientation in (2, 6, 7):
        yield save(f"orientation-{orientation}", small_photo(), exif=camera_exif(orientation))
    yield build("big-endian", np.asarray(small_photo()), 2, big_endian=True)
    yield build("16-bit-rgb", sixteen_bits(small_photo()), 2, big_endian=True)
    yield build("16-bit-rgba", sixteen_bits(transparent_photo((48, 36))), 2, deflated=True, tags={338: [2]})
    yield build("gray-white-is-0", np.asarray(small_photo().convert("L")), 0)
    yield build("planes", np.asarray(small_photo()), 2, planar=True)
    yield build("tiles", np.asarray(photo()), 2, tile=32, deflated=True)
    yield build("premultiplied", np.asarray(transparent_photo((48, 36))), 2, tags={338: [1]})
    yield build("unused-sample", np.asarray(transparent_photo((48, 36))), 2, tags={338: [0]})


def _webps() -> Iterator[GoldenImage]:
    def lossless(name: str, image: Image.Image, **options: Any) -> GoldenImage:
        return GoldenImage(f"webp-lossless-{name}.webp", encoded(image, "WEBP", lossless=True, **options))

    def lossy(name: str, image: Image.Image, **options: Any) -> GoldenImage:
        data = encoded(image, "WEBP", **{"quality": 80, **options})
        return GoldenImage(f"webp-lossy-{name}.webp", data, LOSSY, exact=False)

    yield lossless("rgb", photo())
    yield lossless("rgba", transparent_photo())
    yield lossless("palette", photo().quantize(10).convert("RGB"))
    yield lossless("animated", transparent_photo(), save_all=True, append_images=[transparent_photo()])
    yield lossless("orientation", photo(), exif=camera_exif(6))
    yield lossless("xmp-orientation", photo(), xmp=TURNED_BY_SIX)
    yield lossless("profile", photo(), icc_profile=lab_profile())
    for quality in (30, 60, 80, 95):
        yield lossy(f"quality-{quality}", photo(160, 120), quality=quality)
    yield lossy("odd-size", photo(101, 67))
    yield lossy("gray", photo().convert("L"))
    yield lossy("alpha", transparent_photo())
    yield lossy("coarse-alpha", transparent_photo(), alpha_quality=40)
    yield lossy("animated", photo(), save_all=True, append_images=[photo()])
    frame = Image.new("RGBA", (100, 80))
    frame.paste(small_photo(), (20, 26))
    yield lossy("small-frame", frame, save_all=True, append_images=[transparent_photo((100, 80))], allow_mixed=True)


def _later() -> Iterator[GoldenImage]:
    """What was added after the rest."""
    image = photo(200, 150)
    yield GoldenImage(
        "png-many-chunks.png", png(image.size, 8, 2, png_rows(np.asarray(image).reshape(150, -1)), piece=999)
    )
    few = photo().quantize(40).convert("RGBA")
    hole = np.asarray(few).copy()
    hole[20:40, 30:60] = 0
    yield GoldenImage("webp-lossless-palette-hole.webp", encoded(Image.fromarray(hole), "WEBP", lossless=True))
    filtered = encoded(transparent_photo(), "WEBP", quality=80, method=0)
    yield GoldenImage("webp-lossy-filtered-alpha.webp", filtered, LOSSY, exact=False)
