"""What would call native libraries is refused, because calling them without having them ends the node."""

from pathlib import Path
from typing import Any

import pytest
from opensearchpy import OpenSearch, TransportError

from lookalike.cluster.native import require_native_libraries
from lookalike.errors import IndexContractError
from tests.conftest import Run
from tests.pictures import save_pictures


class Cluster:
    """Answers the two questions asked of a cluster; the local node cannot have the libraries."""

    def __init__(self, loaded: dict[str, int], arguments: list[str], refuses: bool = False) -> None:
        self.nodes = self
        self.transport = self
        self._loaded = loaded
        self._arguments = arguments
        self._refuses = refuses

    def info(self, metric: str) -> dict[str, Any]:
        assert metric == "jvm"
        if self._refuses:
            raise TransportError(403, "security_exception", {})
        data = {"name": "data-1", "roles": ["data"], "jvm": {"input_arguments": self._arguments}}
        manager = {"name": "manager", "roles": ["cluster_manager"], "jvm": {"input_arguments": []}}
        return {"nodes": {"a": data, "b": manager}}

    def perform_request(self, method: str, path: str) -> dict[str, Any]:
        assert (method, path) == ("GET", "/_plugins/_knn/stats/load_success_count")
        return {"nodes": {key: {"load_success_count": value} for key, value in self._loaded.items()}}


def check(cluster: Cluster, engine: str = "faiss", vouched: bool = False) -> None:
    require_native_libraries(cluster, engine, "variant 'faiss'", vouched)  # type: ignore[arg-type]


def test_lucene_needs_none() -> None:
    check(Cluster({}, []), engine="lucene")


@pytest.mark.parametrize(
    "cluster",
    [
        Cluster({"a": 3}, []),
        Cluster({"a": 0}, ["-Djava.library.path=/usr/share/opensearch/plugins/opensearch-knn/lib"]),
    ],
    ids=["used before", "library path"],
)
def test_a_cluster_that_shows_them_is_accepted(cluster: Cluster) -> None:
    check(cluster)


def test_a_cluster_that_does_not_is_refused_by_the_nodes_names() -> None:
    with pytest.raises(IndexContractError) as caught:
        check(Cluster({"a": 0}, ["-Djava.library.path=/elsewhere"]))
    message = str(caught.value)
    assert "variant 'faiss' uses the engine 'faiss', which needs k-NN's native libraries" in message
    assert "do not show that they have them: data-1." in message
    assert "(float, 4x, byte), or add --native-libraries" in message


def test_a_user_who_may_not_ask_can_vouch() -> None:
    with pytest.raises(IndexContractError, match="this user may not ask them"):
        check(Cluster({}, [], refuses=True))
    check(Cluster({}, [], refuses=True), vouched=True)


@pytest.mark.cluster
def test_init_refuses_faiss_on_the_local_node_which_lives_on(client: OpenSearch, index: str, run: Run) -> None:
    result = run("init", index, "--variant", "faiss")
    assert result.code == 1
    assert "needs k-NN's native libraries, and these nodes do not show that they have them: lookalike-local" in (
        result.err
    )
    assert not client.indices.exists(index=index)
    assert client.cluster.health()["status"] in {"green", "yellow"}


@pytest.mark.cluster
def test_an_existing_faiss_index_is_refused_before_it_is_written_or_searched(
    client: OpenSearch, index: str, run: Run, tmp_path: Path
) -> None:
    (picture,) = save_pictures(tmp_path, 1)
    client.indices.create(
        index=index,
        body={
            "settings": {"index.knn": True},
            "mappings": {
                "_meta": {"lookalike": {"variant": "faiss"}},
                "properties": {
                    "embedding": {
                        "type": "knn_vector",
                        "dimension": 256,
                        "method": {"name": "hnsw", "engine": "faiss", "space_type": "cosinesimil"},
                    }
                },
            },
        },
    )
    for result in (run("ingest", tmp_path, "--index", index), run("search", picture, "--index", index)):
        assert result.code == 1
        assert f"index '{index}' uses the engine 'faiss', which needs k-NN's native libraries" in result.err
    assert client.cluster.health()["status"] in {"green", "yellow"}
