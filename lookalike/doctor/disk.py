"""Room on the disks of the nodes, against OpenSearch's own watermarks."""

import re
from collections.abc import Iterator
from typing import Any

from lookalike.doctor.finding import Finding, State, Subject

__all__ = ["disk", "free_wanted"]

_PREFIX = "cluster.routing.allocation.disk."
_UNITS = {"b": 1, "kb": 2**10, "mb": 2**20, "gb": 2**30, "tb": 2**40, "pb": 2**50}
# The worst first: what happens on a node with less room than the watermark leaves.
_WATERMARKS = (
    ("flood_stage", State.PROBLEM, "its indices are read-only"),
    ("high", State.PROBLEM, "shards are moved away from it"),
    ("low", State.WARNING, "it takes no new shards"),
)


def disk(subject: Subject) -> Iterator[Finding]:
    """A finding for each data node."""
    settings = _settings(subject)
    if settings.get(f"{_PREFIX}threshold_enabled") == "false":
        yield Finding(
            State.WARNING,
            "OpenSearch does not watch its disks, and a full one ends a node",
            f"set {_PREFIX}threshold_enabled to true",
        )
    for node in subject.client.nodes.stats(metric="fs")["nodes"].values():
        if "data" in node["roles"]:
            yield _of_node(node, settings)


def free_wanted(watermark: str, total: int) -> float:
    """The bytes that a watermark wants free on a disk of `total` bytes: given as "85%", "0.85" or "500mb"."""
    text = watermark.strip().lower()
    if text.endswith("%"):
        return total * (1 - float(text.removesuffix("%")) / 100)
    match = re.fullmatch(r"([\d.]+)([kmgtp]?b)", text)
    if match:
        return float(match[1]) * _UNITS[match[2]]
    return total * (1 - float(text))


def _of_node(node: dict[str, Any], settings: dict[str, str]) -> Finding:
    total, free = node["fs"]["total"]["total_in_bytes"], node["fs"]["total"]["available_in_bytes"]
    found = f"{node['name']}: {free / 1e9:.1f} of {total / 1e9:.1f} GB free"
    for name, state, consequence in _WATERMARKS:
        watermark = settings[f"{_PREFIX}watermark.{name}"]
        if free < free_wanted(watermark, total):
            return Finding(
                state,
                f"{found}, beyond the watermark {name} ({watermark}): {consequence}",
                "free or add space; delete indices that are not needed, or add a node",
            )
    return Finding(State.OK, found)


def _settings(subject: Subject) -> dict[str, str]:
    answer = subject.client.cluster.get_settings(params={"include_defaults": "true", "flat_settings": "true"})
    return {**answer["defaults"], **answer["persistent"], **answer["transient"]}
