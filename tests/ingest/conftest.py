"""What tests of faults share: a node that they may harm, narrow enough to be overloaded."""

from collections.abc import Iterator

import pytest

from tests.ingest.own_node import OwnNodes, own_nodes


@pytest.fixture(scope="session")
def narrow() -> Iterator[OwnNodes]:
    """One thread writes, one request may wait for it, and requests under way may hold six megabytes."""
    settings = {"thread_pool.write.size": 1, "thread_pool.write.queue_size": 1, "indexing_pressure.memory.limit": "6mb"}
    # How soon it sees that the disk is full, or no longer: the first can be no shorter.
    settings |= {"cluster.info.update.interval": "10s", "cluster.routing.allocation.disk.reroute_interval": "1s"}
    with own_nodes(1, settings) as nodes:
        yield nodes
