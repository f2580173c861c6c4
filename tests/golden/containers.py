"""Image files that Pillow reads but does not write, put together byte by byte."""

import struct
import zlib
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "adam7_rows",
    "bmp",
    "gif",
    "jpeg_segment",
    "jpeg_without",
    "packed_rows",
    "png",
    "png_rows",
    "run_lengths",
    "tiff",
]

Bytes = NDArray[np.uint8]
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_SHORT, _LONG = 3, 4


def png(
    size: tuple[int, int],
    depth: int,
    colour_type: int,
    rows: bytes,
    extra: Sequence[tuple[bytes, bytes]] = (),
    interlaced: bool = False,
    piece: int = 1 << 20,
) -> bytes:
    """A PNG of rows that begin with their filter byte, compressed in chunks of `piece` bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", *size, depth, colour_type, 0, 0, int(interlaced))
    compressed = zlib.compress(rows, 9)
    pieces = [(b"IDAT", compressed[at : at + piece]) for at in range(0, len(compressed), piece)]
    chunks = [(b"IHDR", header), *extra, *pieces, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*parts) for parts in chunks)


def png_rows(samples: NDArray[np.generic]) -> bytes:
    """Rows of whole bytes, unfiltered; 16-bit samples must be big-endian."""
    return b"".join(b"\0" + row.tobytes() for row in samples)


def adam7_rows(pixels: Bytes) -> bytes:
    """The rows of the seven passes of an interlaced PNG; `pixels` is `[H, W, channels]`."""
    passes = (pixels[y::down, x::across] for x, y, across, down in _ADAM7)
    return b"".join(png_rows(part) for part in passes if part.size)


def packed_rows(samples: Bytes, depth: int) -> Bytes:
    """Samples `[H, W]` of less than 8 bits as bytes, first sample in the highest bits."""
    per_byte = 8 // depth
    padded = np.pad(samples, ((0, 0), (0, -samples.shape[1] % per_byte)))
    packed = np.zeros(padded[:, ::per_byte].shape, np.uint8)
    for i in range(per_byte):
        packed |= padded[:, i::per_byte] << (8 - depth * (i + 1))
    return packed


def gif(
    screen: tuple[int, int],
    corner: tuple[int, int],
    indices: Bytes,
    palette: bytes | None = None,
    local_palette: bytes | None = None,
    transparent: int | None = None,
    background: int = 0,
) -> bytes:
    """A GIF of one frame that may be smaller or larger than its screen; palettes have 256 colours."""
    height, width = indices.shape
    flags = 0x87 if palette else 0
    control = b"" if transparent is None else b"\x21\xf9\x04" + bytes([1, 0, 0, transparent]) + b"\0"
    frame = struct.pack("<HHHHB", *corner, width, height, 0x87 if local_palette else 0) + (local_palette or b"")
    codes = _uncompressed_codes(indices)
    blocks = b"".join(bytes([len(codes[i : i + 255])]) + codes[i : i + 255] for i in range(0, len(codes), 255))
    head = b"GIF89a" + struct.pack("<HHBBB", *screen, flags, background, 0) + (palette or b"")
    return head + control + b"," + frame + b"\x08" + blocks + b"\0;"


def _uncompressed_codes(indices: Bytes) -> bytes:
    """LZW codes of 9 bits that are all literal: the table is cleared before it would grow."""
    codes = [256]
    for count, index in enumerate(indices.reshape(-1).tolist(), start=1):
        codes.append(index)
        if count % 254 == 0:
            codes.append(256)
    codes.append(257)
    bits = sum(code << 9 * i for i, code in enumerate(codes))
    return bits.to_bytes((9 * len(codes) + 7) // 8, "little")


def bmp(
    size: tuple[int, int],
    depth: int,
    body: bytes,
    compression: int = 0,
    palette: bytes = b"",
    masks: Sequence[int] = (),
    header_size: int = 40,
) -> bytes:
    """A BMP; a negative height means top down; `palette` holds blue, green, red and a zero for each colour."""
    colours = len(palette) // 4
    header = struct.pack("<IiiHHIIiiII", header_size, *size, 1, depth, compression, len(body), 0, 0, colours, 0)
    header += struct.pack(f"<{len(masks)}I", *masks)
    header += bytes(max(0, header_size - len(header)))
    offset = 14 + len(header) + len(palette)
    return b"BM" + struct.pack("<IHHI", offset + len(body), 0, 0, offset) + header + palette + body


def run_lengths(indices: Bytes, depth: int) -> bytes:
    """Rows in the order of the file, coded as runs and, in between, literal stretches of five indices."""
    coded = bytearray()
    for row in indices.tolist():
        at = 0
        while at < len(row):
            end = at
            while end < len(row) and end - at < 255 and row[end] == row[at]:
                end += 1
            if end - at < 3 and len(row) - at >= 5:
                coded += b"\0\5" + _literal(row[at : at + 5], depth)
                at += 5
            else:
                value = row[at] if depth == 8 else row[at] << 4 | row[at]
                coded += bytes([end - at, value])
                at = end
        coded += b"\0\0"
    return bytes(coded) + b"\0\1"


def _literal(values: list[int], depth: int) -> bytes:
    packed = bytes(values) if depth == 8 else packed_rows(np.array([values], np.uint8), 4).tobytes()
    return packed + bytes(len(packed) % 2)


def jpeg_segment(marker: int, content: bytes) -> bytes:
    """A marker segment."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def jpeg_without(data: bytes, markers: set[int], instead: bytes = b"") -> bytes:
    """A JPEG without the segments of these markers; `instead` comes first."""
    kept, at = data[:2] + instead, 2
    while data[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] not in markers:
            kept += data[at:end]
        at = end
    return kept + data[at:]


def tiff(
    samples: NDArray[np.generic],
    photometric: int,
    tags: dict[int, Sequence[int]] | None = None,
    big_endian: bool = False,
    planar: bool = False,
    tile: int = 0,
    deflated: bool = False,
    first_directory: int | None = None,
) -> bytes:
    """A TIFF of `samples` `[H, W, channels]`, in one strip, one strip a plane, or square tiles.

    `tags` are added or replace ours; `first_directory` misplaces it.
    """
    order: Literal["<", ">"] = ">" if big_endian else "<"
    samples = samples.astype(samples.dtype.newbyteorder(order))
    height, width, channels = samples.shape
    planes = [samples[..., i : i + 1] for i in range(channels)] if planar else [samples]
    pieces = [piece.tobytes() for plane in planes for piece in (_tiles(plane, tile) if tile else [plane])]
    if deflated:
        pieces = [zlib.compress(piece) for piece in pieces]
    offsets = [8 + sum(map(len, pieces[:i])) for i in range(len(pieces))]
    counts = [len(piece) for piece in pieces]
    entries: dict[int, Sequence[int]] = {
        256: [width],
        257: [height],
        258: [8 * samples.dtype.itemsize] * channels,
        259: [8 if deflated else 1],
        262: [photometric],
        277: [channels],
        284: [2 if planar else 1],
        **(
            {322: [tile], 323: [tile], 324: offsets, 325: counts}
            if tile
            else {273: offsets, 278: [height], 279: counts}
        ),
        **(tags or {}),
    }
    body = b"".join(pieces)
    start = 8 + len(body) + len(body) % 2
    head = (b"MM" if big_endian else b"II") + struct.pack(order + "HI", 42, first_directory or start)
    return head + body + bytes(len(body) % 2) + _directory(entries, start, order)


def _tiles(plane: NDArray[np.generic], side: int) -> list[NDArray[np.generic]]:
    height, width = plane.shape[:2]
    padded = np.pad(plane, ((0, -height % side), (0, -width % side), (0, 0)), mode="edge")
    corners = [(y, x) for y in range(0, height, side) for x in range(0, width, side)]
    return [padded[y : y + side, x : x + side] for y, x in corners]


def _directory(entries: dict[int, Sequence[int]], start: int, order: str) -> bytes:
    directory, values = b"", b""
    after = start + 2 + 12 * len(entries) + 4
    for tag, numbers in sorted(entries.items()):
        kind = _LONG if tag in {256, 257, 273, 278, 279, 322, 323, 324, 325, 34665} else _SHORT
        content = struct.pack(order + str(len(numbers)) + "HI"[kind - _SHORT], *numbers)
        directory += struct.pack(order + "HHI", tag, kind, len(numbers))
        if len(content) <= 4:
            directory += content.ljust(4, b"\0")
        else:
            directory += struct.pack(order + "I", after + len(values))
            values += content + bytes(len(content) % 2)
    return struct.pack(order + "H", len(entries)) + directory + bytes(4) + values
