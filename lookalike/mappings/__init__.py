"""The mappings room: plain JSON that works with curl, read by Python as package resources."""

import json
from importlib.resources import files
from typing import Any

__all__ = [
    "SPACE",
    "VARIANTS",
    "dashboards",
    "decisions_index",
    "document_template",
    "embedding_template",
    "failures_index",
    "pipeline",
    "text_mapping",
]

SPACE = "cosinesimil"
VARIANTS = ("float", "4x", "byte", "faiss")


def document_template() -> dict[str, Any]:
    """The component template with every field but the vectors."""
    return _read("document.json")


def text_mapping() -> dict[str, Any]:
    """The mapping that every text in `metadata` gets."""
    templates = document_template()["template"]["mappings"]["dynamic_templates"]
    mapping: dict[str, Any] = next(item["metadata_text"] for item in templates if "metadata_text" in item)["mapping"]
    return mapping


def embedding_template(variant: str, dimension: int) -> dict[str, Any]:
    """The component template with the vectors of `variant` (one of VARIANTS), of length `dimension`."""
    template = _read(f"embedding-{variant}.json")
    properties = template["template"]["mappings"]["properties"]
    properties["embedding"]["dimension"] = dimension
    properties["regions"]["properties"]["embedding"]["dimension"] = dimension
    return template


def pipeline() -> dict[str, Any]:
    """The ingest pipeline that has the plugin embed the pictures of documents."""
    return _read("pipeline.json")


def failures_index() -> dict[str, Any]:
    """Settings and mapping of an index that holds what could not be ingested."""
    return _read("failures.json")


def dashboards(index: str, failures: str) -> str:
    """The saved objects for Dashboards, a JSON object a line: of an index of pictures and of its index of failures."""
    text = files(__package__).joinpath("dashboards.ndjson").read_text()
    return text.replace("__INDEX__", index).replace("__FAILURES__", failures)


def decisions_index() -> dict[str, Any]:
    """Settings and mapping of the index that holds which pictures are no duplicates of each other."""
    return _read("decisions.json")


def _read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files(__package__).joinpath(name).read_text())
    return content
