"""A picture of the index as a member of a group, and which of several is the original."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lookalike.search.answers import file_name
from lookalike.search.source import number_in, object_in, text_in

__all__ = ["Picture", "read_picture"]

_LOSSLESS = {"BMP", "PNG", "TIFF"}
_NEVER = "9999"  # sorts after every date


@dataclass(frozen=True)
class Picture:
    """What a document says of its picture, as far as it does: numbers are 0 and texts empty otherwise.

    `taken_at` and `ingested_at` are ISO 8601. `version` is the document's sequence number and primary term, which
    change with every write.
    """

    id: str
    image_url: str = ""
    width: int = 0
    height: int = 0
    bytes: int = 0
    format: str = ""
    taken_at: str = ""
    ingested_at: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    version: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The file's name, for people."""
        return str(self.metadata.get("filename") or file_name(self.image_url) or self.id)

    @property
    def originality(self) -> tuple[Any, ...]:
        """Sorts the best original first: most pixels, then a lossless format (PNG, TIFF, BMP), then most bytes, then
        the oldest by the camera's date or, without one, by when it was ingested; the id settles what is left."""
        lossy = self.format.upper() not in _LOSSLESS
        return (-self.width * self.height, lossy, -self.bytes, self.taken_at or self.ingested_at or _NEVER, self.id)

    def as_json(self) -> dict[str, Any]:
        """The keys that scripts rely on."""
        return {
            "id": self.id,
            "image_url": self.image_url,
            "width": self.width,
            "height": self.height,
            "bytes": self.bytes,
            "format": self.format,
            "taken_at": self.taken_at or None,
            "ingested_at": self.ingested_at or None,
            "metadata": dict(self.metadata),
        }


def read_picture(found: Mapping[str, Any]) -> Picture:
    """The picture of a hit."""
    source = found.get("_source") or {}
    return Picture(
        found["_id"],
        text_in(source, "image_url"),
        number_in(source, "width"),
        number_in(source, "height"),
        number_in(source, "bytes"),
        text_in(source, "format"),
        text_in(object_in(source, "exif"), "taken_at"),
        text_in(source, "ingested_at"),
        object_in(source, "metadata"),
        (found["_seq_no"], found["_primary_term"]) if "_seq_no" in found else None,
    )
