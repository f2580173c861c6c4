"""A batch of images to a batch of documents: read, compare, decode, embed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lookalike.encoder.image_file import file_of
from lookalike.encoder.session import EncoderSession
from lookalike.encoder.slide_file import is_slide
from lookalike.errors import ImageError
from lookalike.ingest.failures import Failure
from lookalike.ingest.item import Item, Unchanged
from lookalike.ingest.stages import Seconds, timed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from lookalike.encoder.decode import DecodedImage
    from lookalike.encoder.slides import Slide
    from lookalike.encoder.tiles import Tiling

__all__ = ["DocumentOptions", "MappedBatch", "Mapper"]

_THUMBNAIL_SIDE = 320


@dataclass
class MappedBatch:
    """What became of a batch of images: documents and what to call them before people, both by id, failures, the ids of
    those that are as they stand in the index, stamps by id of their sources, seconds by stage, and the budgets that
    images need whose regions are larger than asked for."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    paths: dict[str, str] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    stamps: dict[str, str] = field(default_factory=dict)
    seconds: Seconds = field(default_factory=dict)
    budgets: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class DocumentOptions:
    """What documents hold beside what they must: `metadata` is added to every document's, `tiling` cuts regions."""

    metadata: Mapping[str, Any] = field(default_factory=dict)
    thumbnails: bool = True
    exif_location: bool = False
    tiling: Tiling | None = None


@dataclass(frozen=True)
class Mapper:
    """Turns images into documents of Contract 2; may be called from several threads at once.

    `data_type` is the index's, "float" or "byte".
    """

    session: EncoderSession
    data_type: str = "float"
    options: DocumentOptions = field(default_factory=DocumentOptions)

    def map(self, items: Sequence[Item], known: Mapping[str, Mapping[str, Any]]) -> MappedBatch:
        """Map a batch; `known` holds by id what the index has (`content_sha256`, `model`, `metadata`)."""
        batch = MappedBatch()
        squares: list[NDArray[np.uint8]] = []
        for item in items:
            if item.unreadable:
                batch.failures.append(Failure(item.shown_path, item.id, item.unreadable))
                continue
            try:
                with timed(batch.seconds, "read"):
                    source = _slide(item) or item.read()
                    identity = {"content_sha256": _sha256(source), **self.origin(item)}
                if item.stamp:
                    batch.stamps[item.id] = item.stamp
                if known.get(item.id) == identity:
                    batch.unchanged.append(item.id)
                    continue
                facts, square = self._look_into(source, batch.seconds)
            except Unchanged:
                batch.unchanged.append(item.id)
                continue
            except (OSError, ImageError) as error:
                reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                batch.failures.append(Failure(item.shown_path, item.id, reason))
                continue
            squares.append(square)
            batch.paths[item.id] = item.shown_path
            batch.documents[item.id] = {**identity, **facts}
            if self.options.tiling and (needed := self.options.tiling.budget_for_side(facts["width"], facts["height"])):
                batch.budgets.append(needed)
        if squares:
            with timed(batch.seconds, "embed"):
                vectors = self._embed(squares)
            for document, vector in zip(batch.documents.values(), vectors, strict=True):
                document["embedding"] = vector
                if self.options.tiling:
                    document["regions"][0]["embedding"] = vector  # the whole image
        return batch

    def origin(self, item: Item) -> dict[str, Any]:
        """What a document tells beside its content: URL, model, metadata, how it is cut. Raises as metadata does."""
        return {
            "image_url": item.uri,
            "model": self.session.artefact.identity,
            "metadata": {**item.metadata, **self.options.metadata},
            **({"tiling": self.options.tiling.identity} if self.options.tiling else {}),
        }

    # These import what decodes and computes, which a run that finds nothing new does without.

    def _look_into(self, source: bytes | Path, seconds: Seconds) -> tuple[dict[str, Any], NDArray[np.uint8]]:
        """The facts of an image with its regions, and its pixels as the network takes them; the picture is let go."""
        from lookalike.encoder.thumbnail import jpeg_thumbnail
        from lookalike.ingest.facts import exif_facts
        from lookalike.ingest.regions import regions_of

        with ExitStack() as stack:
            with timed(seconds, "decode"):
                image, slide = stack.enter_context(self._opened(source))
                facts: dict[str, Any] = {
                    "bytes": len(source) if isinstance(source, bytes) else source.stat().st_size,
                    "width": image.width,
                    "height": image.height,
                    "format": image.format,
                    "ingested_at": datetime.now(UTC).isoformat(timespec="seconds"),
                }
                magnification = slide.magnification if slide else None
                if magnification is not None:
                    facts["magnification"] = magnification
                exif = exif_facts(image.exif, self.options.exif_location)
                if exif:
                    facts["exif"] = exif
                if self.options.thumbnails:
                    facts["thumbnail"] = jpeg_thumbnail(image.upright, _THUMBNAIL_SIDE)
            if self.options.tiling:
                side = self.session.artefact.native_size
                regions = regions_of(slide or image, self.options.tiling, side, magnification, self._embed, seconds)
                facts["regions"] = list(regions)
            return facts, image.pixels

    @contextmanager
    def _opened(self, source: bytes | Path) -> Iterator[tuple[DecodedImage, Slide | None]]:
        from lookalike.encoder.decode import decode, decoded

        side = self.session.artefact.native_size
        if isinstance(source, Path):
            from lookalike.encoder.slides import open_slide

            with open_slide(source, side) as slide:
                yield slide.overview, slide
        elif self.options.tiling:
            with decoded(source, side, cut=self.options.tiling) as image:
                yield image, None
        else:
            yield decode(source, side), None

    def _embed(self, squares: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32] | NDArray[np.int8]:
        import numpy as np

        from lookalike.encoder.quantise import to_bytes

        embeddings = self.session.embed(np.stack(squares))
        return to_bytes(embeddings) if self.data_type == "byte" else embeddings


def _slide(item: Item) -> Path | None:
    """The file of an image that is to be read part by part."""
    path = file_of(item.uri)
    return path if path is not None and is_slide(path) else None


def _sha256(source: bytes | Path) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
