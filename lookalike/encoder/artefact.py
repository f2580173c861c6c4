"""The exported encoder on disk: `model.onnx` beside the `model.json` that describes it."""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from lookalike.encoder.calibration import Calibration
from lookalike.errors import ArtefactError

__all__ = ["DEFAULT_MODEL", "Artefact", "find_artefact", "read_artefact", "verify", "write_description"]

DEFAULT_MODEL = "default"
_MODELS = Path(__file__).parent / "models"


@dataclass(frozen=True)
class Artefact:
    """What `model.json` says of a model, and where its file lies.

    `dimension` is D of the embedding; `native_size` the side in pixels of the square that the network sees;
    `distance` the k-NN space in which the embedding is compared; `calibration` maps scores to probabilities
    and is None until the model has been calibrated.
    """

    name: str
    version: str
    sha256: str
    dimension: int
    native_size: int
    distance: str
    folder: Path
    provenance: dict[str, Any] = field(default_factory=dict)
    calibration: Calibration | None = None

    @property
    def identity(self) -> str:
        """`name@sha256[:12]`: what the field `model` of every document holds."""
        return f"{self.name}@{self.sha256[:12]}"

    @property
    def model_file(self) -> Path:
        """The ONNX file."""
        return self.folder / "model.onnx"


def find_artefact(model: str = DEFAULT_MODEL) -> Artefact:
    """Read an installed model by name, or a model folder by path (anything with a `/` or that is `.`).

    Raises ArtefactError if there is none, or if its description cannot be used.
    """
    looks_like_path = "/" in model or model in {".", ".."}
    folder = Path(model).expanduser() if looks_like_path else _MODELS / model
    if not (folder / "model.json").is_file():
        installed = ", ".join(sorted(path.parent.name for path in _MODELS.glob("*/model.json"))) or "none"
        raise ArtefactError(
            f"no model {model!r}: expected {folder / 'model.json'}. Installed models: {installed}. "
            "Name one of them, or give the path of a folder made by `lookalike export`, with a slash in it: ./mine."
        )
    return read_artefact(folder)


def read_artefact(folder: Path) -> Artefact:
    """Read the description in `folder`; the hash of the ONNX file is not checked here but in `verify`.

    Raises ArtefactError if the description is not JSON, or lacks a key or has one of another type.
    """
    file = folder / "model.json"
    try:
        description = json.loads(file.read_text(encoding="utf-8"))
        if description.get("calibration") is not None:
            description["calibration"] = Calibration.from_json(description["calibration"])
        artefact = Artefact(folder=folder, **description)
        _check_types(artefact)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ArtefactError(f"{file} is not a usable model description: {error}") from error
    if not artefact.model_file.is_file():
        raise ArtefactError(f"{file} describes a model, but {artefact.model_file} is missing")
    return artefact


def _check_types(artefact: Artefact) -> None:
    for names, kind in ((("name", "version", "sha256", "distance"), str), (("dimension", "native_size"), int)):
        for name in names:
            if not isinstance(getattr(artefact, name), kind):
                raise TypeError(f"{name} must be of type {kind.__name__}, found {getattr(artefact, name)!r}")
    if artefact.distance != "cosinesimil":
        raise ValueError(f"distance must be cosinesimil, found {artefact.distance!r}")


def verify(artefact: Artefact) -> bytes:
    """Return the bytes of the ONNX file after comparing their SHA-256 with the description's.

    Raises ArtefactError naming both hashes if they differ.
    """
    data = artefact.model_file.read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != artefact.sha256:
        raise ArtefactError(
            f"{artefact.model_file} is not the file that model.json describes: expected sha256 "
            f"{artefact.sha256}, found {found}. Install the model again."
        )
    return data


def write_description(artefact: Artefact) -> None:
    """Write `model.json` into the artefact's folder, whole or not at all. Raises ArtefactError if that cannot be."""
    description = asdict(artefact)
    del description["folder"]
    file = artefact.folder / "model.json"
    fresh = artefact.folder / "model.json.new"
    try:
        # What is not UTF-8 in a name is escaped as JSON does.
        fresh.write_text(
            json.dumps(description, indent=2, ensure_ascii=False) + "\n", encoding="utf-8", errors="backslashreplace"
        )
        fresh.replace(file)
    except OSError as error:
        raise ArtefactError(f"cannot write {file}: {error.strerror}") from error
