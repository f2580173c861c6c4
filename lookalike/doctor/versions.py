"""Which versions of OpenSearch and k-NN the nodes run, and whether they are supported."""

from collections import Counter
from collections.abc import Iterator

from lookalike.cluster.client import OLDEST_VERSION
from lookalike.cluster.versions import RELEASES
from lookalike.doctor.finding import Finding, State, Subject

__all__ = ["versions"]

_KNN = "opensearch-knn"


def versions(subject: Subject) -> Iterator[Finding]:
    """OpenSearch of every node, then k-NN of every node."""
    nodes = subject.client.nodes.info(metric="plugins")["nodes"].values()
    of_nodes = {node["name"]: node["version"] for node in nodes}
    yield _of_opensearch(Counter(of_nodes.values()))
    of_knn = {node["name"]: item["version"] for node in nodes for item in node["plugins"] if item["name"] == _KNN}
    yield _of_knn(of_nodes, of_knn)


def _of_opensearch(found: Counter[str]) -> Finding:
    tested = [release.version for release in RELEASES]
    shown = ", ".join(f"{version} on {count} nodes" for version, count in found.items())
    if len(found) > 1:
        return Finding(
            State.WARNING, f"the nodes run several versions: {shown}", "finish the upgrade: all nodes should run one"
        )
    (version,) = found
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        return Finding(State.PROBLEM, f"OpenSearch {version} is too old", f"upgrade to {oldest} or newer")
    if version not in tested:
        return Finding(
            State.WARNING,
            f"Lookalike is not tested with OpenSearch {version}, and its plugin is not built for it",
            f"searches work without the plugin; use {' or '.join(tested)} to have it",
        )
    return Finding(State.OK, f"OpenSearch {version} is supported")


def _of_knn(nodes: dict[str, str], knn: dict[str, str]) -> Finding:
    missing = sorted(set(nodes) - set(knn))
    if missing:
        return Finding(
            State.PROBLEM,
            f"no k-NN plugin on {', '.join(missing)}",
            f"install {_KNN}, which vector search needs, on every node and restart it",
        )
    wrong = sorted(name for name, version in knn.items() if not version.startswith(f"{nodes.get(name)}."))
    if wrong:
        return Finding(
            State.WARNING,
            f"k-NN is of another version than OpenSearch on {', '.join(wrong)}",
            "install the k-NN plugin of the node's version",
        )
    return Finding(State.OK, f"k-NN {', '.join(sorted(set(knn.values())))} is on every node")
