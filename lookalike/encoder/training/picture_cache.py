"""Training pictures decoded once: small squares in one file on disk, read back without decoding."""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lookalike.encoder.decode import decode
from lookalike.encoder.image_file import read_image_file
from lookalike.errors import ImageError, TrainingError
from lookalike.printable import printable

__all__ = ["PictureCache", "is_of_cache", "open_cache"]

_FEWEST = 16
_FLAT = 2.0  # standard deviation of all samples, of 0 to 255: less is one colour and a little noise
_THREADS = 2
_DONE = "cache.json"


@dataclass(frozen=True)
class PictureCache:
    """`pixels` uint8 `[N, side, side, 3]`, squeezed to squares; `ratios` float32 `[N]`, width over height as they
    were; `skipped` says why a file is not among them."""

    folder: Path
    key: str
    pixels: NDArray[np.uint8]
    ratios: NDArray[np.float32]
    skipped: tuple[tuple[str, str], ...]

    def __len__(self) -> int:
        """How many pictures there are."""
        return len(self.pixels)


def open_cache(
    files: Sequence[Path], folder: Path, side: int, progress: Callable[[int], None] = lambda done: None
) -> PictureCache:
    """The cache of `files` in `folder`, made unless it is there already for the same files, sizes and times.

    Files that are no picture, of one colour, or equal to an earlier one in every sample are skipped with a reason.
    Raises TrainingError if fewer than 16 pictures are left. The description is written last, so a cache that
    was interrupted is made again.
    """
    key = _key(files, side)
    if not _is_done(folder, key):
        _make(files, folder, side, key, progress)
    description = json.loads((folder / _DONE).read_text())
    skipped = tuple((name, reason) for name, reason in description["skipped"])
    count = len(files) - len(skipped)
    if count < _FEWEST:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in skipped[:3])
        raise TrainingError(
            f"training needs at least {_FEWEST} different pictures, found {count} in {len(files)} files"
            + (f" ({reasons}{'; …' if len(skipped) > 3 else ''})" if skipped else "")
        )
    pixels = np.memmap(folder / "pixels.bin", np.uint8, "r", shape=(count, side, side, 3))
    return PictureCache(folder, key, pixels, np.load(folder / "ratios.npy"), skipped)


def is_of_cache(path: Path, folder: Path) -> bool:
    """Whether a file is one that a cache in `folder` writes, and so no picture to train on."""
    return path.suffix in {".bin", ".npy", ".json"} and path.resolve().parent == folder.resolve()


def _key(files: Sequence[Path], side: int) -> str:
    digest = hashlib.sha256(f"1 {side}".encode())
    for file in files:
        facts = file.stat()
        digest.update(f"{file} {facts.st_size} {facts.st_mtime_ns}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _is_done(folder: Path, key: str) -> bool:
    try:
        return bool(json.loads((folder / _DONE).read_text())["key"] == key)
    except (OSError, ValueError, KeyError):
        return False


def _make(files: Sequence[Path], folder: Path, side: int, key: str, progress: Callable[[int], None]) -> None:
    ratios: list[float] = []
    skipped: list[tuple[str, str]] = []
    seen: dict[bytes, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _DONE).unlink(missing_ok=True)
        fresh = folder / "pixels.new.bin"  # a run that still reads the old file keeps it
        with fresh.open("wb") as output, ThreadPoolExecutor(_THREADS) as pool:
            results = pool.map(lambda file: _read(file, side), files)
            for done, (file, result) in enumerate(zip(files, results, strict=True), start=1):
                progress(done)
                if isinstance(result, str):
                    skipped.append((printable(str(file)), result))
                    continue
                pixels, ratio = result
                first = seen.setdefault(hashlib.sha256(pixels.tobytes()).digest(), file)
                if first is not file:
                    skipped.append((printable(str(file)), f"the same picture as {printable(str(first))}"))
                    continue
                output.write(pixels.tobytes())
                ratios.append(ratio)
        fresh.replace(folder / "pixels.bin")
        np.save(folder / "ratios.npy", np.array(ratios, np.float32))
        (folder / _DONE).write_text(json.dumps({"key": key, "side": side, "skipped": skipped}))
    except OSError as error:
        raise TrainingError(f"cannot write the pictures to {folder}: {error}") from error


def _read(file: Path, side: int) -> tuple[NDArray[np.uint8], float] | str:
    try:
        decoded = decode(read_image_file(file), side)
    except ImageError as error:
        return printable(str(error))
    except OSError as error:
        return printable(error.strerror or str(error))
    if decoded.pixels.std(axis=(0, 1)).max() < _FLAT:
        return "one colour only"
    return decoded.pixels, decoded.width / decoded.height
