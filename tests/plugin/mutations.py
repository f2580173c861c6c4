"""Files that are nearly pictures: real ones of every kind with something broken in them, the same on every run."""

import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

__all__ = ["HostileFile", "mutations", "with_exif", "with_right_checksums"]

_ABSURD = (0, 1, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
_PNG = b"\x89PNG\r\n\x1a\n"
_MAGIC = (
    b"\xff\xd8\xff\xe0",
    _PNG,
    b"GIF89a",
    b"BM",
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"RIFF\x10\0\0\0WEBPVP8 ",
)


@dataclass(frozen=True)
class HostileFile:
    """Bytes, and how they came about."""

    name: str
    data: bytes


def mutations(originals: Sequence[HostileFile], count: int, seed: int) -> Iterator[HostileFile]:
    """`count` broken files; every kind of fault and every original has its turn."""
    random = Random(seed)
    for number in range(count):
        original = originals[number % len(originals)]
        fault = _FAULTS[number % len(_FAULTS)]
        data = fault(random, original.data, random.choice(originals).data)
        if random.random() < 0.8:  # else nothing behind a checksum would ever be reached
            data = with_right_checksums(data)
        yield HostileFile(f"{number} {fault.__name__.strip('_')} of {original.name}", data)


def with_right_checksums(data: bytes) -> bytes:
    """A PNG whose chunks, as far as they are whole, carry the right checksum; other files as they are."""
    if not data.startswith(_PNG):
        return data
    whole, at = bytearray(data), len(_PNG)
    while at + 12 <= len(whole):
        end = at + 8 + int.from_bytes(whole[at : at + 4])
        if end + 4 > len(whole):
            break
        whole[end : end + 4] = struct.pack(">I", zlib.crc32(whole[at + 4 : end]))
        at = end + 4
    return bytes(whole)


def with_exif(jpeg: bytes, exif: bytes) -> bytes:
    """A JPEG with this block, which ought to begin with a TIFF header, as its EXIF."""
    content = b"Exif\0\0" + exif[:65_000]
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content + jpeg[2:]


def _bits_flipped(random: Random, data: bytes, _: bytes) -> bytes:
    return _flipped(random, data, len(data))


def _header_bits_flipped(random: Random, data: bytes, _: bytes) -> bytes:
    return _flipped(random, data, 96)


def _flipped(random: Random, data: bytes, end: int) -> bytes:
    changed = bytearray(data)
    for _ in range(random.randint(1, 12) if changed else 0):
        changed[random.randrange(min(end, len(changed)))] ^= 1 << random.randrange(8)
    return bytes(changed)


def _truncated(random: Random, data: bytes, _: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _spliced(random: Random, data: bytes, other: bytes) -> bytes:
    head = random.choice((4, 8, 16, 30, 64, 200, len(data) // 2))
    return data[:head] + other[random.choice((0, head)) :]


def _piece_lost(random: Random, data: bytes, _: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.randint(1, 40) :]


def _piece_repeated(random: Random, data: bytes, _: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    piece = data[start : start + random.randint(1, 400)]
    return data[:start] + piece * random.randint(2, 50) + data[start:]


def _absurd_number(random: Random, data: bytes, _: bytes) -> bytes:
    size, order = random.choice(((2, "H"), (4, "I"))), random.choice("<>")
    number = struct.pack(order + size[1], random.choice(_ABSURD) & (1 << 8 * size[0]) - 1)
    at = random.randrange(random.choice((40, 120, 400, len(data) + 1)))
    return data[:at] + number + data[at + len(number) :]


def _noise_inside(random: Random, data: bytes, _: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    noise = random.randbytes(random.randint(1, 200))
    return data[:start] + noise + data[start + len(noise) :]


def _broken_exif(random: Random, data: bytes, other: bytes) -> bytes:
    order = random.choice("<>")
    number: Callable[[str], bytes] = lambda kind: struct.pack(  # noqa: E731
        order + kind, random.choice((*_ABSURD, 2, 8, 26, 38)) & (0xFFFF if kind == "H" else 0xFFFFFFFF)
    )
    tags = (0x0112, 0x0132, 0x0110, 0x8769, 0x8825, 0x9003, 0x0002, 0x0004, 0x0201, 0x0202, 0x014A, 0xFFFF)
    entries = [
        struct.pack(order + "HH", random.choice(tags), random.randrange(16)) + number("I") + number("I")
        for _ in range(random.randint(0, 8))
    ]
    count = struct.pack(order + "H", len(entries)) if random.random() < 0.7 else number("H")
    header = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    exif = header + count + b"".join(entries) + number("I") + other[:60]
    return with_exif(data, exif) if data.startswith(b"\xff\xd8") else exif


def _no_picture(random: Random, data: bytes, _: bytes) -> bytes:
    body = random.choice((random.randbytes(random.randint(0, 4000)), bytes(random.randint(0, 4000)), b"<svg/>" * 90))
    return random.choice((b"", *_MAGIC)) + body[: len(data)]


_FAULTS = (
    _bits_flipped,
    _header_bits_flipped,
    _truncated,
    _spliced,
    _piece_lost,
    _piece_repeated,
    _absurd_number,
    _noise_inside,
    _broken_exif,
    _absurd_number,
    _no_picture,
)
