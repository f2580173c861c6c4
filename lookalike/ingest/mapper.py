"""A batch of files to a batch of documents: read, compare, decode, embed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lookalike.encoder.image_file import read_image_file
from lookalike.encoder.session import EncoderSession
from lookalike.errors import ImageError
from lookalike.ingest.reader import ImageFile, shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Failure", "MappedBatch", "Mapper"]

_THUMBNAIL_SIDE = 320


@dataclass(frozen=True)
class Failure:
    """A file that did not become a document, and why."""

    path: str
    reason: str


@dataclass
class MappedBatch:
    """What became of a batch of files: documents by id, failures, and how many were as they stand in the index."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    unchanged: int = 0


@dataclass(frozen=True)
class Mapper:
    """Turns files into documents of Contract 2; may be called from several threads at once.

    `data_type` is the index's, "float" or "byte"; `metadata` is added to every document's.
    """

    session: EncoderSession
    data_type: str = "float"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    thumbnails: bool = True
    exif_location: bool = False

    def map(self, files: Sequence[ImageFile], known: Mapping[str, Mapping[str, Any]]) -> MappedBatch:
        """Map a batch; `known` holds by id what the index has (`content_sha256`, `model`, `metadata`)."""
        batch = MappedBatch()
        squares: list[NDArray[np.uint8]] = []
        for file in files:
            if file.unreadable:
                batch.failures.append(Failure(file.shown_path, file.unreadable))
                continue
            try:
                data = read_image_file(file.path)
                identity = {
                    "content_sha256": hashlib.sha256(data).hexdigest(),
                    "model": self.session.artefact.identity,
                    "metadata": self._metadata(file),
                }
                if known.get(file.id) == identity:
                    batch.unchanged += 1
                    continue
                facts, square = self._look_into(data)
            except (OSError, ImageError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                batch.failures.append(Failure(file.shown_path, reason))
                continue
            squares.append(square)
            batch.paths[file.id] = file.shown_path
            batch.documents[file.id] = {"image_url": file.uri, **identity, **facts}
        if squares:
            for document, vector in zip(batch.documents.values(), self._embed(squares), strict=True):
                document["embedding"] = vector
        return batch

    def _metadata(self, file: ImageFile) -> dict[str, Any]:
        own = {"filename": shown(file.path.name), "folder": file.folder}
        return {**{key: value for key, value in own.items() if value}, **self.metadata}

    # These two import what decodes and computes, which a run that finds nothing new does without.

    def _look_into(self, data: bytes) -> tuple[dict[str, Any], NDArray[np.uint8]]:
        """The facts of an image, and its pixels as the network takes them; the picture itself is let go."""
        from lookalike.encoder.decode import decode
        from lookalike.encoder.thumbnail import jpeg_thumbnail
        from lookalike.ingest.facts import exif_facts

        image = decode(data, self.session.artefact.native_size)
        facts: dict[str, Any] = {
            "bytes": len(data),
            "width": image.width,
            "height": image.height,
            "format": image.format,
            "ingested_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        exif = exif_facts(image.exif, self.exif_location)
        if exif:
            facts["exif"] = exif
        if self.thumbnails:
            facts["thumbnail"] = jpeg_thumbnail(image.upright, _THUMBNAIL_SIDE)
        return facts, image.pixels

    def _embed(self, squares: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32] | NDArray[np.int8]:
        import numpy as np

        from lookalike.encoder.quantise import to_bytes

        embeddings = self.session.embed(np.stack(squares))
        return to_bytes(embeddings) if self.data_type == "byte" else embeddings
