"""A picture of the index as a member of a group, and which of several is the original."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lookalike.search.answers import file_name

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
    """The picture of a hit. Others may have written to the index: a field of another type counts as missing."""
    source = found.get("_source") or {}
    exif = source.get("exif")
    version = (found["_seq_no"], found["_primary_term"]) if "_seq_no" in found else None

    def text(holder: Any, name: str) -> str:
        value = holder.get(name) if isinstance(holder, dict) else None
        return value if isinstance(value, str) else ""

    def number(name: str) -> int:
        value = source.get(name)
        return value if isinstance(value, int) else 0

    metadata = source.get("metadata")
    return Picture(
        found["_id"],
        text(source, "image_url"),
        number("width"),
        number("height"),
        number("bytes"),
        text(source, "format"),
        text(exif, "taken_at"),
        text(source, "ingested_at"),
        metadata if isinstance(metadata, dict) else {},
        version,
    )
