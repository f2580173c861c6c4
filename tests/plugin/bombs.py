"""Small files that promise or unfold into enormous pictures, contain themselves, or state impossible sizes."""

import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from PIL import Image

from tests.golden.containers import bmp, jpeg_segment, png, tiff
from tests.pictures import encoded, picture, png_bomb
from tests.plugin.mutations import HostileFile, with_exif

__all__ = ["bombs", "slow_jpeg"]

_SIZES = (0, 1, 16_383, 65_535, 1 << 24, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_ONE = np.zeros((1, 1, 3), np.uint8)


def bombs() -> Iterator[HostileFile]:
    """All of them; each is under 600 kB."""
    for size in _SIZES:
        for width, height in ((size, size), (size, 1), (1, size)):
            yield from _sized(width, height)
    yield from _inflating()
    yield from _recursive()
    yield from _directories()


def _sized(width: int, height: int) -> Iterator[HostileFile]:
    name = f"{width:#x} x {height:#x}"
    yield HostileFile(f"png {name}", png_bomb(width, height))
    yield HostileFile(f"tiff {name}", tiff(_ONE, 2, {256: [width], 257: [height], 278: [height]}, deflated=True))
    yield HostileFile(f"bmp {name}", b"BM" + struct.pack("<IHHIIII", 99, 0, 0, 54, 40, width, height) + bytes(60))
    short = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
    yield HostileFile(f"gif {name}", b"GIF89a" + short + bytes(3) + b"," + bytes(4) + short + b"\0\x08\x01\0\0;")
    frame = jpeg_segment(0xC0, b"\x08" + short[3:1:-1] + short[1::-1] + b"\x01\x01\x11\x00")
    scan = jpeg_segment(0xDA, b"\x01\x01\x00\x00\x3f\x00")
    yield HostileFile(f"jpeg {name}", b"\xff\xd8" + frame + scan + bytes(9) + b"\xff\xd9")
    lossless = b"\x2f" + struct.pack("<I", (width - 1) & 0x3FFF | ((height - 1) & 0x3FFF) << 14) + bytes(40)
    yield HostileFile(f"webp lossless {name}", _webp(b"VP8L", lossless))
    lossy = b"\x30\x01\x00\x9d\x01\x2a" + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + bytes(40)
    yield HostileFile(f"webp lossy {name}", _webp(b"VP8 ", lossy))
    canvas = bytes(4) + (width - 1 & 0xFFFFFF).to_bytes(3, "little") + (height - 1 & 0xFFFFFF).to_bytes(3, "little")
    yield HostileFile(f"webp canvas {name}", _webp(b"VP8X", canvas, (b"VP8L", lossless)))


def _inflating() -> Iterator[HostileFile]:
    """Much behind little: within the limit of pixels, or where nobody counts."""
    zeros = zlib.compress(bytes(60_000_000), 9)
    rows = b"".join(b"\0" + bytes(3) * 4000 for _ in range(3000))
    yield HostileFile("png of 12 million pixels", png((4000, 3000), 8, 2, rows))
    yield HostileFile("png with rows to spare", png((10, 10), 8, 2, bytes(60_000_000)))
    for kind, head in ((b"zTXt", b"Raw profile type exif\0\0"), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0")):
        rows = bytes(31 * 10)
        yield HostileFile(f"png with an inflating {kind.decode()}", png((10, 10), 8, 2, rows, [(kind, head + zeros)]))
    yield HostileFile("png with an inflating profile", png((10, 10), 8, 2, rows, [(b"iCCP", b"icc\0\0" + zeros)]))
    yield HostileFile("tiff with rows to spare", _deflated_tiff(zeros))
    yield HostileFile("bmp of runs that leave it", bmp((9_000, 9_000), 8, b"\xff\x07" * 90_000, 1, bytes(1024)))
    yield HostileFile("bmp of jumps", bmp((200, 200), 8, b"\0\2\xff\xff" * 90_000, 1, bytes(1024)))
    codes = bytes([255]) + b"\xff" * 255
    screen = b"GIF89a\xe8\x03\xe8\x03\x80\0\0" + bytes(6) + b"," + bytes(4) + b"\xe8\x03\xe8\x03\0\x08"
    yield HostileFile("gif of full tables", screen + codes * 1000 + b"\0;")
    yield HostileFile("gif of comments", b"GIF89a\x01\0\x01\0\0\0\0" + (b"\x21\xfe\xff" + b"!" * 255 + b"\0") * 2000)
    for colour in ("L", "RGB"):
        large = encoded(Image.new(colour, (9_000, 9_000)), "PNG", optimize=True)
        yield HostileFile(f"png of 81 million pixels, {colour}", large)
    yield HostileFile(
        "jpeg of 64 million pixels", encoded(Image.new("RGB", (8_000, 8_000)), "JPEG", quality=1)[:590_000]
    )
    yield HostileFile("webp of 64 million pixels", encoded(Image.new("RGB", (8_000, 8_000)), "WEBP", lossless=True))


def _recursive() -> Iterator[HostileFile]:
    """TIFF directories that lead back to themselves, in TIFF files and in EXIF."""
    jpeg = encoded(picture(1, (64, 48)), "JPEG")
    for order in "<>":
        for tag in (0x8769, 0x8825, 0x014A, 0xA005, 0x0201):
            head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
            for start in (0, 8, 26, 0x7FFFFFFF, 0xFFFFFFFF):
                entry = struct.pack(order + "HHII", tag, 4, 1, start)
                for following in (8, 0):
                    loop = head + struct.pack(order + "H", 1) + entry + struct.pack(order + "I", following)
                    yield HostileFile(f"tiff, {tag:#x} at {start:#x}, then {following}", loop + bytes(20))
                    yield HostileFile(f"exif, {tag:#x} at {start:#x}, then {following}", with_exif(jpeg, loop))
    for levels in (10, 1000):
        chain = b"II*\0\x08\0\0\0"
        for level in range(levels):
            chain += struct.pack("<HHHIII", 1, 0x8769, 4, 1, 8 + 18 * (level + 1), 0)
        yield HostileFile(f"exif of {levels} levels", with_exif(jpeg, chain))
        yield HostileFile(f"tiff of {levels} levels", chain)


def _directories() -> Iterator[HostileFile]:
    """Directories that state more than there is, or nothing at all."""
    for count in (0, 1, 0xFFFF):
        yield HostileFile(f"tiff of {count} entries", b"II*\0\x08\0\0\0" + struct.pack("<H", count) + b"\xff" * 300)
    for tag in (256, 258, 259, 262, 273, 277, 278, 279, 284, 322, 323, 324, 338, 339, 320, 317):
        for number in (0, 0xFFFF):
            yield HostileFile(f"tiff with {number} in {tag}", tiff(_ONE, 2, {tag: [number]}))
        content = tiff(_ONE, 2, {tag: [7]})
        at = content.index(struct.pack("<HH", tag, 4 if tag in {256, 257, 273, 278, 279, 322, 323, 324} else 3)) + 4
        for count in (0, 0x10000001, 0xFFFFFFFF):
            yield HostileFile(
                f"tiff with {count} of {tag}", content[:at] + struct.pack("<I", count) + content[at + 4 :]
            )


def slow_jpeg(side: int = 4000, scans: int = 3000) -> bytes:
    """A progressive JPEG of so many scans, each over the whole picture, that decoding takes minutes."""
    buffer = io.BytesIO()
    Image.new("L", (side, side), 128).save(buffer, "JPEG", progressive=True, quality=50)
    data = buffer.getvalue()
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * scans + b"\xff\xd9"


def _webp(kind: bytes, content: bytes, *more: tuple[bytes, bytes]) -> bytes:
    chunks = b"".join(
        name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2) for name, body in ((kind, content), *more)
    )
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WEBP" + chunks


def _deflated_tiff(stream: bytes) -> bytes:
    """One pixel, from a strip that unfolds into millions."""
    numbers = {256: 1, 257: 1, 258: 8, 259: 8, 262: 1, 273: 8, 277: 1, 278: 1, 279: len(stream)}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, number) for tag, number in numbers.items())
    head = b"II*\0" + struct.pack("<I", 8 + len(stream) + len(stream) % 2)
    return head + stream + bytes(len(stream) % 2) + struct.pack("<H", len(numbers)) + entries + bytes(4)
