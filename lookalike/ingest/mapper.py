"""A batch of files to a batch of documents: read, compare, decode, embed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np

from lookalike.encoder.decode import DecodedImage, decode, read_image_file
from lookalike.encoder.quantise import to_bytes
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.thumbnail import jpeg_thumbnail
from lookalike.errors import ImageError
from lookalike.ingest.facts import exif_facts
from lookalike.ingest.reader import ImageFile, shown

__all__ = ["Failure", "MappedBatch", "Mapper"]

_THUMBNAIL_SIDE = 256


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
        decoded: list[DecodedImage] = []
        for file in files:
            metadata = self._metadata(file)
            if file.unreadable:
                batch.failures.append(Failure(file.shown_path, file.unreadable))
                continue
            try:
                data = read_image_file(file.path)
                digest = hashlib.sha256(data).hexdigest()
                facts = {
                    "content_sha256": digest,
                    "model": self.session.artefact.identity,
                    "metadata": metadata,
                }
                if known.get(file.id) == facts:
                    batch.unchanged += 1
                    continue
                image = decode(data, self.session.artefact.native_size)
            except (OSError, ImageError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                batch.failures.append(Failure(file.shown_path, reason))
                continue
            decoded.append(image)
            batch.paths[file.id] = file.shown_path
            batch.documents[file.id] = {"image_url": file.uri, **facts, **self._image_facts(image, len(data))}
        if decoded:
            embeddings = self.session.embed(np.stack([image.pixels for image in decoded]))
            vectors = to_bytes(embeddings) if self.data_type == "byte" else embeddings
            for document, vector in zip(batch.documents.values(), vectors, strict=True):
                document["embedding"] = vector
        return batch

    def _metadata(self, file: ImageFile) -> dict[str, Any]:
        own = {"filename": shown(file.path.name), "folder": file.folder}
        return {**{key: value for key, value in own.items() if value}, **self.metadata}

    def _image_facts(self, image: DecodedImage, size: int) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "bytes": size,
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
        return facts
