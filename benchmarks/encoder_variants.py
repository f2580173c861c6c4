"""The same trained encoder in other sizes and numbers: bytes, time for a picture, how far vectors move.

    python -m benchmarks.encoder_variants RUN PICTURES...

RUN is a folder that `lookalike train` left, PICTURES are folders to whiten and to compare on. Every variant becomes a
model folder in build/variants, so that `lookalike evaluate --model build/variants/float16-224 …` tells its quality.
Times are of one thread, one picture at a time, and are told as shares of EfficientNet-lite0 (ImageNet) at 224 pixels,
measured in turns with the others. int8 is ONNX Runtime's static quantisation of the convolutions, weights by channel,
calibrated on other pictures than those compared.
"""

import argparse
import hashlib
import statistics
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, quantize_static
from PIL import Image

from lookalike.encoder.artefact import Artefact, read_artefact, write_description
from lookalike.encoder.decode import decode
from lookalike.encoder.make_artefact import Wanted, make_artefact
from lookalike.encoder.session import EncoderSession

SIDES = (224, 192, 160)
ROUNDS, PICTURES = 15, 20
COMPARED, CALIBRATED = 200, 100  # pictures
FOLDER = Path("build/variants")


def main() -> None:
    """Make the variants and print a line for each."""
    parser = argparse.ArgumentParser(description="Other sizes and numbers of one trained encoder.")
    parser.add_argument("run", type=Path)
    parser.add_argument("pictures", type=Path, nargs="+")
    arguments = parser.parse_args()
    squares = read_squares(arguments.pictures, COMPARED + CALIBRATED)
    squares, others = squares[:COMPARED], squares[COMPARED:]
    base = make(arguments.pictures, "lite0-imagenet", Wanted(FOLDER / "lite0-imagenet"))
    made = [base]
    for side in SIDES:
        for half in (False, True):
            name = f"float{16 if half else 32}-{side}"
            wanted = Wanted(FOLDER / name, str(arguments.run), side=side, half_storage=half)
            made.append(make(arguments.pictures, name, wanted))
        made.append(quantised(made[-2], others))
    times = seconds_per_picture(made, squares)
    print(f"{'variant':<16} {'MB':>5} {'time':>5} (share of lite0 at 224)  cosine with float32: mean, least")
    for artefact, seconds in zip(made, times, strict=True):
        share = statistics.median(own / first for own, first in zip(seconds, times[0], strict=True))
        exact = FOLDER / f"float32-{artefact.native_size}"
        pixels = resized(squares, artefact.native_size)
        cosines = (EncoderSession(artefact).embed(pixels) * EncoderSession(read_artefact(exact)).embed(pixels)).sum(1)
        likeness = "" if artefact is base else f"{cosines.mean():.6f} {cosines.min():.6f}"
        size = artefact.model_file.stat().st_size / 1e6
        print(f"{artefact.folder.name:<16} {size:>5.1f} {share:>5.2f} {1000 * min(seconds):>6.2f} ms  {likeness}")


def make(pictures: list[Path], name: str, wanted: Wanted) -> Artefact:
    """A variant, with a line on what is being done."""
    print(f"making {name}", flush=True)
    return make_artefact(pictures, wanted, lambda done, total: None)


class Calibration(CalibrationDataReader):  # type: ignore[misc]
    """The pictures on which the quantiser sees how large the numbers between layers are."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self._rows = iter(pixels)

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        """The next picture, alone in its batch."""
        row = next(self._rows, None)
        return None if row is None else {"pixels": row[None]}


def quantised(exact: Artefact, squares: NDArray[np.uint8]) -> Artefact:
    """The int8 variant of a float32 one."""
    folder = FOLDER / f"int8-{exact.native_size}"
    print(f"making {folder.name}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    pixels = resized(squares, exact.native_size)
    file = folder / "model.onnx"
    layers = ["Conv", "Clip", "Add"]
    quantize_static(exact.model_file, file, Calibration(pixels), op_types_to_quantize=layers, per_channel=True)
    artefact = replace(exact, folder=folder, sha256=hashlib.sha256(file.read_bytes()).hexdigest())
    write_description(artefact)
    return artefact


def read_squares(folders: list[Path], count: int) -> NDArray[np.uint8]:
    """Some of the pictures, drawn, as large squares."""
    files = sorted(path for folder in folders for path in folder.rglob("*.[jp][pn]g"))
    drawn = np.random.default_rng(0).permutation(len(files))[:count]
    return np.stack([decode(files[row].read_bytes(), max(SIDES)).pixels for row in drawn])


def resized(squares: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The squares at another size."""
    if squares.shape[1] == side:
        return squares
    size = (side, side)
    return np.stack([np.asarray(Image.fromarray(one).resize(size, Image.Resampling.BILINEAR)) for one in squares])


def seconds_per_picture(artefacts: list[Artefact], squares: NDArray[np.uint8]) -> list[list[float]]:
    """Of each artefact the mean seconds for one picture, in each of several rounds in which all take turns."""
    sessions = [EncoderSession(artefact, threads=1) for artefact in artefacts]
    inputs = [resized(squares[:PICTURES], artefact.native_size) for artefact in artefacts]
    found: list[list[float]] = [[] for _ in artefacts]
    for session, pixels in zip(sessions, inputs, strict=True):
        session.embed(pixels[:1])
    for _ in range(ROUNDS):
        for times, session, pixels in zip(found, sessions, inputs, strict=True):
            started = time.perf_counter()
            for row in range(PICTURES):
                session.embed(pixels[row : row + 1])
            times.append((time.perf_counter() - started) / PICTURES)
    return found


if __name__ == "__main__":
    main()
