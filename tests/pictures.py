"""Pictures that tests make: unlike each other, the same on every machine."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw


def picture(seed: int, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """An RGB picture of coloured shapes on a gradient."""
    random = np.random.default_rng(seed)
    width, height = size
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    corner, far = random.integers(0, 256, 3), random.integers(0, 256, 3)
    share = (across * random.random() + down * random.random())[..., np.newaxis] / 2
    image = Image.fromarray((corner * (1 - share) + far * share).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for _ in range(int(random.integers(4, 12))):
        x, y = int(random.integers(0, width)), int(random.integers(0, height))
        box = (x, y, x + int(random.integers(20, 140)), y + int(random.integers(20, 140)))
        shape = [draw.ellipse, draw.rectangle][int(random.integers(0, 2))]
        shape(box, fill=tuple(int(part) for part in random.integers(0, 256, 3)))
    return image


def encoded(image: Image.Image, form: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def save_pictures(folder: Path, count: int, first_seed: int = 0) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"picture-{seed:03}.jpg" for seed in range(first_seed, first_seed + count)]
    for seed, path in enumerate(paths, start=first_seed):
        picture(seed).save(path, quality=90)
    return paths


def png_bomb(width: int = 50_000, height: int = 50_000) -> bytes:
    """A small PNG whose header promises an enormous picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
