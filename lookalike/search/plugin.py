"""Whether the cluster embeds pictures itself."""

import opensearchpy
from opensearchpy import OpenSearch

__all__ = ["embeds_pictures"]


def embeds_pictures(client: OpenSearch, model: str, sha256: str) -> bool:
    """True if every node has Lookalike's plugin with that very model, so that any of them can be asked."""
    try:
        answer = client.transport.perform_request("GET", "/_plugins/_lookalike/models")
    except (opensearchpy.RequestError, opensearchpy.NotFoundError, opensearchpy.AuthorizationException):
        return False  # no such endpoint, or no permission to use it
    installed = [node["models"].get(model, {}).get("sha256") for node in answer["nodes"].values()]
    return answer["_nodes"]["failed"] == 0 and set(installed) == {sha256}
