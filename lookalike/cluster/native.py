"""k-NN's native libraries: without them, a mapping that calls them ends the whole node."""

from opensearchpy import OpenSearch, TransportError

from lookalike.errors import IndexContractError

__all__ = ["require_native_libraries"]

_PURE_JAVA = "lucene"


def require_native_libraries(client: OpenSearch, engine: str, what: str, vouched: bool = False) -> None:
    """Raise IndexContractError if `engine` calls native code and not every data node is seen to have it.

    A node is seen to have it once it has loaded a native graph (k-NN's statistic `load_success_count`; the telling
    name `faiss_initialized` is true as soon as a mapping names faiss), or when its JVM was given a library path
    inside k-NN's folder. Nothing that could load the library is called, since failing to load it kills the node.
    `vouched` skips the check: the user knows, as for the Docker image, whose library path no API shows.
    """
    if engine == _PURE_JAVA or vouched:
        return
    missing = _nodes_without(client)
    if missing:
        raise IndexContractError(
            f"{what} uses the engine {engine!r}, which needs k-NN's native libraries, and these nodes do not show "
            f"that they have them: {', '.join(missing)}. A node without them would crash. Use a variant on Lucene "
            "(float, 4x, byte), or add --native-libraries if you know that every node has them, as in OpenSearch's "
            "Docker image."
        )


def _nodes_without(client: OpenSearch) -> list[str]:
    try:
        nodes = client.nodes.info(metric="jvm")["nodes"]
        stats = client.transport.perform_request("GET", "/_plugins/_knn/stats/load_success_count")["nodes"]
    except TransportError:
        return ["(this user may not ask them)"]
    return [
        node["name"]
        for key, node in nodes.items()
        if "data" in node["roles"]
        and not stats.get(key, {}).get("load_success_count")
        and not any(
            argument.startswith("-Djava.library.path=") and "knn" in argument
            for argument in node.get("jvm", {}).get("input_arguments", [])
        )
    ]
