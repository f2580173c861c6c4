"""A local node for benchmarks alone: in a new folder, on a free port, gone at the end."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.program import tell
from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.process import free_port
from lookalike.cluster.program import choose_program
from lookalike.cluster.versions import DEFAULT_VERSION

__all__ = ["own_node"]

_PATIENCE = 300  # seconds


@contextmanager
def own_node(heap: str) -> Iterator[dict[str, str]]:
    """The environment in which commands find the node, with the plugin, while it runs. Raises NodeError."""
    os.umask(0o022)  # what root makes here, the node's user must be able to read
    folder = Path(tempfile.mkdtemp(prefix="lookalike-benchmark-node-"))
    folder.chmod(0o755)
    cluster = LocalCluster(folder)
    started = False
    try:
        program = choose_program(os.environ.get("LOOKALIKE_OPENSEARCH") or DEFAULT_VERSION, None, False, tell)
        (status,) = cluster.up([program], free_port(), heap, _PATIENCE, tell)
        started = True
        yield {"LOOKALIKE_URL": status.url, "LOOKALIKE_NODE_DIR": str(folder)}
    finally:
        cluster.down()
        if started:  # else its log tells why
            shutil.rmtree(folder)
