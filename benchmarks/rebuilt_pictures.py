"""What the decoder rebuilds of pictures from their embeddings alone, as one picture to look at.

    python -m benchmarks.rebuilt_pictures RUN OUT.jpg FILE...

RUN is a folder that `lookalike train` left. Above are the files as the network sees them, below what is rebuilt.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from lookalike.encoder.decode import decode
from lookalike.encoder.training.checkpoint import model_of, read_checkpoint

NETWORK_SIDE, SHOWN_SIDE, GAP = 160, 128, 4


def main() -> None:
    """Draw the two rows."""
    parser = argparse.ArgumentParser(description="Pictures beside what their embeddings keep of them.")
    parser.add_argument("run", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    checkpoint = read_checkpoint(arguments.run / "checkpoint.pt")
    model = model_of(checkpoint, arguments.run / "checkpoint.pt")
    pixels = np.stack([decode(file.read_bytes(), NETWORK_SIDE).pixels for file in arguments.files])
    with torch.no_grad():
        _, rebuilt = model(torch.from_numpy(pixels).permute(0, 3, 1, 2).float())
    below = (rebuilt.permute(0, 2, 3, 1).numpy() * 255).round().astype(np.uint8)
    step = SHOWN_SIDE + GAP
    sheet = Image.new("RGB", (len(pixels) * step - GAP, 2 * step - GAP), "white")
    for row, images in enumerate((pixels, below)):
        for column, image in enumerate(images):
            shown = Image.fromarray(image).resize((SHOWN_SIDE, SHOWN_SIDE), Image.Resampling.BILINEAR)
            sheet.paste(shown, (column * step, row * step))
    sheet.save(arguments.out, quality=85)


if __name__ == "__main__":
    main()
