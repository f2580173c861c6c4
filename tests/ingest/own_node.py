"""Nodes of a test's own, which it may stop, kill, fill up and overload."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import pytest
from opensearchpy import OpenSearch

from lookalike.cluster import node as node_module
from lookalike.cluster.local_cluster import LocalCluster
from lookalike.cluster.node import NodeStatus
from lookalike.cluster.node_folder import Place, write_configuration
from lookalike.cluster.program import Program, choose_program
from lookalike.cluster.versions import DEFAULT_VERSION
from tests.conftest import free_ports, open_folder

__all__ = ["OwnNodes", "own_nodes"]


@dataclass
class OwnNodes:
    """A cluster of so many nodes without the plugin, which these tests do not need."""

    cluster: LocalCluster
    program: Program
    port: int
    count: int
    statuses: list[NodeStatus] = field(default_factory=list)

    @property
    def url(self) -> str:
        """That of the first node."""
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        self.statuses = self.cluster.up([self.program] * self.count, self.port, "512m", 180, lambda step: None)

    def down(self) -> None:
        self.cluster.down()

    def client(self) -> OpenSearch:
        return OpenSearch(hosts=[self.url], timeout=60)


@contextmanager
def own_nodes(count: int, settings: Mapping[str, object] = MappingProxyType({})) -> Iterator[OwnNodes]:
    """Nodes with settings beside those that `lookalike up` gives them."""
    lines = "".join(f"{name}: {value}\n" for name, value in settings.items())
    program = choose_program(DEFAULT_VERSION, None, True, lambda step: None)
    nodes = OwnNodes(LocalCluster(open_folder()), program, free_ports(count), count)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node_module, "write_configuration", _and_lines(lines))
        try:
            nodes.up()
            yield nodes
        finally:
            nodes.down()
            shutil.rmtree(nodes.cluster.folder)


def _and_lines(lines: str) -> Callable[..., None]:
    def write(folder: Path, home: Path, place: Place, port: int, heap: str) -> None:
        write_configuration(folder, home, place, port, heap)
        with (folder / "config" / "opensearch.yml").open("a") as file:
            file.write(lines)

    return write
