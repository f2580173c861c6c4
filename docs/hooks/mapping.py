"""The reference of the mapping, made of the JSON that `lookalike init` installs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lookalike.mappings import VARIANTS

__all__ = ["mapping"]

_FOLDER = Path(__file__).resolve().parent.parent.parent / "lookalike" / "mappings"


def mapping() -> str:
    """Tables of the fields of a document and of its vectors in each variant."""
    document = _template("document")["mappings"]["properties"]
    vectors = {name: _template(f"embedding-{name}")["mappings"]["properties"] for name in VARIANTS}
    lines = ["## The document", "", "| field | type | |", "|---|---|---|"]
    lines += [f"| `{name}` | `{kind}` | {more} |" for name, kind, more in _fields(document)]
    lines += ["", "## The vectors", "", "| | " + " | ".join(f"`{name}`" for name in vectors) + " |"]
    lines.append("|---|" + "---|" * len(vectors))
    settings = {name: dict(_leaves(field["embedding"])) for name, field in vectors.items()}
    for key in dict.fromkeys(key for found in settings.values() for key in found):
        values = (settings[name].get(key) for name in vectors)
        lines.append(f"| `{key}` | " + " | ".join(f"`{value}`" if value is not None else "" for value in values) + " |")
    lines += [
        "",
        "`regions`, a nested field, has these members; its vectors are kept as those of the whole pictures.",
        "",
    ]
    lines += ["| field | type | |", "|---|---|---|"]
    regions = {"regions": vectors["float"]["regions"]}
    lines += [f"| `{name}` | `{kind}` | {more} |" for name, kind, more in _fields(regions)]
    return "\n".join(lines) + "\n"


def _template(name: str) -> Any:
    return json.loads((_FOLDER / f"{name}.json").read_text("utf-8"))["template"]


def _fields(properties: dict[str, Any], inside: str = "") -> Iterator[tuple[str, str, str]]:
    """Name, type and what else the mapping says, in the order of the file."""
    for name, field in properties.items():
        more = [f"`{key}`: `{json.dumps(value)}`" for key, value in field.items() if key in {"ignore_above", "dynamic"}]
        more += [f"`{inside}{name}.{sub}`: `{of['type']}`" for sub, of in field.get("fields", {}).items()]
        yield f"{inside}{name}", field.get("type", "object"), ", ".join(more)
        yield from _fields(field.get("properties", {}), f"{inside}{name}.")


def _leaves(value: dict[str, Any], inside: str = "") -> Iterator[tuple[str, Any]]:
    for key, found in value.items():
        if isinstance(found, dict):
            yield from _leaves(found, f"{inside}{key}.")
        else:
            yield f"{inside}{key}", found
