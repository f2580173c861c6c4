"""k-NN's native libraries: without them, a mapping that calls them ends the whole node."""

from opensearchpy import OpenSearch, TransportError

from lookalike.errors import IndexContractError

__all__ = ["require_native_libraries"]

_PURE_JAVA = "lucene"


def require_native_libraries(client: OpenSearch, engine: str, what: str, vouched: bool = False) -> None:
    """Raise IndexContractError if `engine` calls native code and not every data node is seen to have it.

    A node is seen to have it once it has used it (k-NN's statistic `faiss_initialized`) or when its JVM was given
    a library path inside k-NN's folder, as the full distribution does. Nothing that could load the library is
    called, since failing to load it kills the node. `vouched` skips the check: the user knows.
    """
    if engine == _PURE_JAVA or vouched:
        return
    missing = _nodes_without(client)
    if missing:
        raise IndexContractError(
            f"{what} uses the engine {engine!r}, which needs k-NN's native libraries, and these nodes do not show "
            f"that they have them: {', '.join(missing)}. A node without them would crash. Use a variant on Lucene "
            "(float, 4x, byte), or add --native-libraries if you know that every node has them."
        )


def _nodes_without(client: OpenSearch) -> list[str]:
    try:
        nodes = client.nodes.info(metric="jvm")["nodes"]
        stats = client.transport.perform_request("GET", "/_plugins/_knn/stats/faiss_initialized")["nodes"]
    except TransportError:
        return ["(this user may not ask them)"]
    return [
        node["name"]
        for key, node in nodes.items()
        if "data" in node["roles"]
        and not stats.get(key, {}).get("faiss_initialized")
        and not any(
            argument.startswith("-Djava.library.path=") and "knn" in argument
            for argument in node["jvm"]["input_arguments"]
        )
    ]
