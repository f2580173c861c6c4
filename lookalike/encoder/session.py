"""Running an artefact with ONNX Runtime: the one file that imports it."""

from __future__ import annotations

import contextlib
import io
import os
import threading
from typing import TYPE_CHECKING, Any

from lookalike.encoder.artefact import Artefact, verify
from lookalike.encoder.device import Device
from lookalike.errors import ArtefactError, ConfigError

if TYPE_CHECKING:  # a run that finds nothing to embed is quicker without NumPy
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["EncoderSession"]

_CUDA, _CPU = "CUDAExecutionProvider", "CPUExecutionProvider"
# Pictures computed at once on each thread of a CPU: what a layer makes of more of them leaves its caches.
_AT_ONCE = 4
# Products of numbers shortened to 19 bits, the default, would be vectors that differ from those of a CPU.
_CUDA_OPTIONS = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}


class EncoderSession:
    """An artefact that turns pixels into embeddings. May be shared between threads.

    `threads` is what one call of `embed` may use; callers that embed from several threads at once give 1. `device`
    "auto" is the GPU where ONNX Runtime can use one, else the CPU. The model is loaded by `load` or
    the first `embed`, so a run that finds nothing to embed does not pay for it.
    """

    def __init__(self, artefact: Artefact, threads: int = 1, device: Device = "auto") -> None:
        self.artefact = artefact
        self._threads = threads
        self._wanted = device
        self._session: Any = None
        self._loading = threading.Lock()

    def load(self) -> None:
        """Load and check the model, once.

        Raises ArtefactError if the file is not the one described, not ONNX, or yields another dimension, ConfigError if
        `device` is "cuda" and there is none.
        """
        with self._loading:
            if self._session is None:
                self._session = _open(self.artefact, self._threads, self._wanted)

    @property
    def device(self) -> str:
        """Where it runs, "cpu" or "cuda"; loads the model."""
        self.load()
        return "cuda" if _CUDA in self._session.get_providers() else "cpu"

    def embed(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Embed a batch: uint8 `[N, H, W, 3]`, RGB, any H and W, to float32 `[N, D]` of unit L2 norm.

        Pixels of the native size pass the resize in the graph unchanged. Raises ValueError for another shape or
        type, ArtefactError as `load` does.
        """
        if pixels.dtype != "uint8" or pixels.ndim != 4 or pixels.shape[3] != 3:
            raise ValueError(f"expected uint8 [N, H, W, 3], found {pixels.dtype} {list(pixels.shape)}")
        at_once = len(pixels) if self.device == "cuda" else _AT_ONCE * self._threads
        if len(pixels) <= at_once:
            return self._run(pixels)
        import numpy as np

        return np.concatenate([self._run(pixels[start : start + at_once]) for start in range(0, len(pixels), at_once)])

    def _run(self, pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
        embedding: NDArray[np.float32] = self._session.run(["embedding"], {"pixels": pixels})[0]
        return embedding


def _open(artefact: Artefact, threads: int, device: Device) -> Any:
    # Versions that can send telemetry (1.29 and later, which our dependencies exclude) read this before import.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime as ort

    data = verify(artefact)
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Waiting threads would otherwise burn the cores that decoding and OpenSearch need.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = ort.InferenceSession(data, sess_options=options, providers=_providers(ort, device))
    except Exception as error:  # ONNX Runtime's exceptions share no public base class
        raise ArtefactError(f"{artefact.model_file} is not a model ONNX Runtime can run: {error}") from error
    if device == "cuda" and _CUDA not in session.get_providers():
        raise ConfigError(
            "--device cuda: ONNX Runtime cannot use a GPU here; it needs an NVIDIA GPU with its driver, and instead of "
            "onnxruntime the package onnxruntime-gpu[cuda,cudnn]<1.29 (--device cpu does without)"
        )
    found = session.get_outputs()[0].shape[-1]
    if found != artefact.dimension:
        raise ArtefactError(f"{artefact.model_file} yields {found} numbers, but model.json says {artefact.dimension}")
    return session


def _providers(ort: Any, device: Device) -> list[Any]:
    """What may run the model, the best first; ONNX Runtime leaves out those whose hardware or libraries are missing."""
    if device == "cpu" or _CUDA not in ort.get_available_providers():
        return [_CPU]
    ort.set_default_logger_severity(4)  # that there is no GPU is no error
    with contextlib.redirect_stdout(io.StringIO()):  # it prints what it does not find
        ort.preload_dlls()  # CUDA's libraries where pip has put them
    return [(_CUDA, _CUDA_OPTIONS), _CPU]
