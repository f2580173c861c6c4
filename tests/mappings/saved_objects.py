"""Reading saved objects of Dashboards: the JSON that they hold inside strings is decoded."""

import json
from typing import Any

from lookalike.mappings import dashboards

__all__ = ["decoded", "objects"]

_INNER = {"visState", "uiStateJSON", "panelsJSON", "optionsJSON", "searchSourceJSON", "fieldFormatMap", "sourceFilters"}


def objects(index: str = "photos", failures: str = "photos-failures") -> list[dict[str, Any]]:
    """Those of an index, decoded."""
    return [decoded(json.loads(line)) for line in dashboards(index, failures).splitlines()]


def decoded(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: json.loads(inner) if key in _INNER and isinstance(inner, str) else decoded(inner)
            for key, inner in value.items()
        }
    return [decoded(item) for item in value] if isinstance(value, list) else value
