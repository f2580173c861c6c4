"""An artefact, run as ingest and the plugin run it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lookalike.encoder.artefact import Artefact
from lookalike.encoder.evaluation.methods.method import squares
from lookalike.encoder.session import EncoderSession

__all__ = ["EncoderMethod"]


class EncoderMethod:
    """The encoder of an artefact; `threads` as in EncoderSession."""

    def __init__(self, artefact: Artefact, name: str, threads: int = 1) -> None:
        self.name = name
        self._side = artefact.native_size
        self._session = EncoderSession(artefact, threads)
        self._session.load()

    def describe(self, pictures: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Its embeddings."""
        return self._session.embed(squares(pictures, self._side))
