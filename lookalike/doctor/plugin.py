"""Whether Lookalike's plugin is on every node, and of this version."""

from collections.abc import Iterator

from lookalike import __version__
from lookalike.doctor.finding import Finding, State, Subject

__all__ = ["plugin"]


def plugin(subject: Subject) -> Iterator[Finding]:
    """Installed on all nodes, some or none."""
    nodes = subject.client.nodes.info(metric="plugins")["nodes"].values()
    installed = {
        node["name"]: item["version"] for node in nodes for item in node["plugins"] if item["name"] == "lookalike"
    }
    if not installed:
        yield Finding(
            State.WARNING,
            "Lookalike's plugin is not installed: `lookalike` embeds pictures itself, but the clause `lookalike`, "
            "the processor `image_embedding` and the endpoint of thumbnails are missing",
            "install it on every node (plugin/README.md) to search by image from any client",
        )
        return
    missing = sorted({node["name"] for node in nodes} - set(installed))
    other = sorted({version for version in installed.values() if version != __version__})
    if missing:
        yield Finding(
            State.PROBLEM,
            f"Lookalike's plugin is missing on {', '.join(missing)}: what those nodes are asked by image fails",
            "install it on every node and restart it (plugin/README.md)",
        )
    if other:
        yield Finding(
            State.WARNING,
            f"Lookalike's plugin is of version {', '.join(other)}, this `lookalike` of version {__version__}",
            "install the plugin of this version on every node, or this package in the plugin's version",
        )
    if not missing and not other:
        yield Finding(State.OK, f"Lookalike's plugin {__version__} is on every node")
