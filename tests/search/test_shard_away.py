"""An index of which a shard is away: nobody is given an answer as if that shard held nothing."""

from pathlib import Path

import numpy as np
import pytest
from opensearchpy import OpenSearch, TransportError

from lookalike.cluster.client import translated_errors
from lookalike.cluster.contract import ModelRecord
from lookalike.cluster.install import create_index
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cluster.whole import read_all
from lookalike.encoder.artefact import DEFAULT_MODEL, find_artefact
from lookalike.errors import ConnectionFailedError, RequestFailedError
from lookalike.fetching.fetcher import Limits
from lookalike.ingest.indexed import IndexedImages
from lookalike.search.deleting import Deletion
from lookalike.search.duplicates.finder import DuplicateFinder
from lookalike.search.searcher import Searcher, Wanted
from tests.pictures import save_pictures

pytestmark = pytest.mark.cluster
INCOMPLETE = r"answered incompletely: 1 of 2 shards failed"
ALL = ['{"match_all": {}}']


@pytest.fixture
def halved(client: OpenSearch, index: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An index of two shards, one of which no node may hold; a few documents in the other one."""
    artefact = find_artefact(DEFAULT_MODEL)
    create_index(client, index, ModelRecord(artefact.name, artefact.sha256), artefact.dimension)
    client.indices.delete(index=index)
    settings = {"number_of_shards": 2, "number_of_replicas": 0, "routing.allocation.total_shards_per_node": 1}
    client.indices.create(index=index, body={"settings": {"index": settings}}, params={"wait_for_active_shards": "0"})
    client.cluster.health(index=index, params={"wait_for_no_initializing_shards": "true"})
    lines = []
    for number, vector in enumerate(np.eye(artefact.dimension, dtype=np.float32)[:12]):
        lines += [{"index": {"_id": str(number)}}, {"embedding": vector.tolist(), "image_url": f"file:///{number}.jpg"}]
    answer = client.bulk(index=index, body=lines, params={"request_timeout": 60, "timeout": "100ms", "refresh": "true"})
    assert {item["index"]["status"] for item in answer["items"]} == {201, 503}
    # A refresh waits a minute for the shard, and then goes without it.
    monkeypatch.setattr("opensearchpy.client.indices.IndicesClient.refresh", lambda *_, **__: {})
    return index


def held(client: OpenSearch, index: str) -> str:
    """The id of a document in the shard that is there."""
    found: str = client.search(index=index, body={"size": 1})["hits"]["hits"][0]["_id"]
    return found


def test_a_search_does_not_pass_over_it(
    client: OpenSearch, connection: ConnectionSettings, halved: str, tmp_path: Path
) -> None:
    (picture,) = save_pictures(tmp_path, 1)
    searcher = Searcher(connection, halved)
    with pytest.raises(RequestFailedError, match=INCOMPLETE):
        searcher.by_image(picture, Wanted())
    with pytest.raises(RequestFailedError, match=INCOMPLETE):
        searcher.by_id(held(client, halved), Wanted())


def test_a_deletion_neither_miscounts_nor_waits_for_ever(
    client: OpenSearch, connection: ConnectionSettings, halved: str
) -> None:
    with pytest.raises(ConnectionFailedError, match="cannot be read whole"):
        Deletion(connection, halved, ["0", "1"], [])
    deletion = Deletion(connection, halved, [held(client, halved)], ALL)
    with pytest.raises(RequestFailedError, match=INCOMPLETE):
        deletion.count()
    with pytest.raises(RequestFailedError, match="answered 503"):
        deletion.run()


def test_reading_all_does_not_end_early(client: OpenSearch, connection: ConnectionSettings, halved: str) -> None:
    images = IndexedImages(client, connection, halved, Limits())
    with pytest.raises(ConnectionFailedError, match="not all shards of .* answer, so it cannot be read whole"):
        list(images)
    with pytest.raises(RequestFailedError, match=INCOMPLETE):
        images.count()
    with pytest.raises(ConnectionFailedError, match="cannot be read whole"):  # though the others hold nothing of it
        list(read_all(client, halved, {"query": {"term": {"image_url": "nothing"}}}, 10, "1m"))


def test_duplicates_are_not_looked_for(connection: ConnectionSettings, halved: str) -> None:
    with pytest.raises(RequestFailedError, match=INCOMPLETE):
        DuplicateFinder(connection, halved)


def test_all_is_read_page_by_page(client: OpenSearch, connection: ConnectionSettings, index: str) -> None:
    for number in range(5):
        client.index(index=index, id=str(number), body={"number": number}, params={"refresh": "true"})
    with translated_errors(connection):
        read = [hit["_id"] for hit in read_all(client, index, {"query": {"match_all": {}}}, 2, "1m")]
    assert sorted(read) == ["0", "1", "2", "3", "4"]
    assert list(read_all(client, index, {"query": {"term": {"number": 7}}}, 2, "1m")) == []
    with pytest.raises(TransportError):
        list(read_all(client, index, {"query": {"nothing": {}}}, 2, "1m"))
