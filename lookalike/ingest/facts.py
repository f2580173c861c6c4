"""What a file says of itself beside its pixels: when, with what and where it was taken."""

import math
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

__all__ = ["exif_facts"]


def exif_facts(exif: Image.Exif, with_location: bool = False) -> dict[str, Any]:
    """`taken_at` (ISO 8601, in the camera's local time), `camera` and, if asked for, `location` (degrees).

    What is missing, malformed or out of range is left out: cameras and editors write much nonsense here.
    """
    try:
        details = exif.get_ifd(ExifTags.IFD.Exif)
        position = exif.get_ifd(ExifTags.IFD.GPSInfo) if with_location else {}
    except Exception:  # a damaged directory raises whatever its parser met, and the picture is still good
        details, position = {}, {}
    facts: dict[str, Any] = {}
    taken = details.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    moment = _moment(taken)
    if moment:
        facts["taken_at"] = moment
    camera = _camera(exif.get(ExifTags.Base.Make), exif.get(ExifTags.Base.Model))
    if camera:
        facts["camera"] = camera
    location = _location(position)
    if location:
        facts["location"] = location
    return facts


def _moment(value: object) -> str | None:
    try:
        return datetime.strptime(_text(value), "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None


def _camera(make: object, model: object) -> str | None:
    maker, name = _text(make), _text(model)
    joined = name if name.lower().startswith(maker.lower()) else f"{maker} {name}"
    return joined.strip()[:200] or None


def _location(position: dict[int, Any]) -> dict[str, float] | None:
    try:
        latitude = _degrees(position[ExifTags.GPS.GPSLatitude])
        longitude = _degrees(position[ExifTags.GPS.GPSLongitude])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    if _text(position.get(ExifTags.GPS.GPSLatitudeRef)).upper() == "S":
        latitude = -latitude
    if _text(position.get(ExifTags.GPS.GPSLongitudeRef)).upper() == "W":
        longitude = -longitude
    usable = math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180
    return {"lat": round(latitude, 7), "lon": round(longitude, 7)} if usable else None


def _degrees(value: Any) -> float:
    degrees, minutes, seconds = (float(part) for part in value)
    return degrees + minutes / 60 + seconds / 3600


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.replace("\0", "").strip() if isinstance(value, str) else ""
