"""Write the golden set anew: `python -m tests.golden.make` (needs the extra `train`, for the package onnx).

To add an image, add it to the end of `images` or of `refused`, run this, look at the difference of expected.json (only
the new file's lines may change, unless Pillow did) and run both test suites.
"""

import hashlib
import json
import shutil
from typing import Any

import numpy as np

from lookalike.encoder.decode import decode
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ImageError
from lookalike.ingest.facts import exif_facts
from tests.golden import FOLDER, MODEL_FOLDER, NATIVE_SIZE, tiling
from tests.golden.images import GoldenImage, images
from tests.golden.refused import RefusedFile, refused
from tests.golden.small_model import write_small_model


def main() -> None:
    """Write images, the small artefact, what is expected of them and where they are cut."""
    readable = list(images())
    session = EncoderSession(write_small_model(MODEL_FOLDER))
    folder = FOLDER / "images"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    cases = [_case(image, session) for image in readable]
    cases += [_refusal(file) for file in refused()]
    for image in readable:
        (folder / image.name).write_bytes(image.data)
    for file in refused():
        (folder / file.name).write_bytes(file.data)
    cases.sort(key=lambda case: str(case["name"]))
    lines = ",\n".join(json.dumps(case) for case in cases)
    (FOLDER / "expected.json").write_text(f'{{"cases": [\n{lines}\n]}}\n')
    tiling.main()
    print(f"{len(cases)} files, {sum(path.stat().st_size for path in folder.iterdir()):,} bytes")


def _case(image: GoldenImage, session: EncoderSession) -> dict[str, Any]:
    decoded = decode(image.data, NATIVE_SIZE)
    embedding = session.embed(decoded.pixels[np.newaxis])[0]
    case: dict[str, Any] = {
        "name": image.name,
        "format": decoded.format,
        "width": decoded.width,
        "height": decoded.height,
        "exif": exif_facts(decoded.exif, with_location=True),
        "bound": image.bound,
        "embedding": [round(float(number), 7) for number in embedding],
    }
    if image.exact:
        case["pixels_sha256"] = hashlib.sha256(decoded.pixels.tobytes()).hexdigest()
    return case


def _refusal(file: RefusedFile) -> dict[str, Any]:
    try:
        decode(file.data, NATIVE_SIZE)
    except ImageError as error:
        if file.reason in str(error):
            return {"name": file.name, "kind": file.kind, "reason": file.reason}
        raise
    raise ValueError(f"{file.name} is read, but must be refused: {file.reason}")


if __name__ == "__main__":
    main()
