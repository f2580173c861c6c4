"""Memory: the nodes' heap, native graphs, what the page cache should hold, and what is left for a worker here."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from lookalike.cluster.contract import IndexContract, read_contract
from lookalike.doctor.finding import Finding, State, Subject

__all__ = ["available_memory", "heap", "local_memory", "native_memory", "page_cache", "vector_bytes"]

_FULL_HEAP = 85  # per cent, at which OpenSearch begins to refuse requests soon
_LITTLE = 1_000_000_000  # bytes: what a worker takes with large pictures
_TOO_LITTLE = 300_000_000  # bytes: the model, a batch, and Python
_GROUP = Path("/sys/fs/cgroup")  # of this container, if it is one
_GRAPH = 80  # bytes a vector of HNSW with m = 16, measured: docs/scale.md


def heap(subject: Subject) -> Iterator[Finding]:
    """What each node's heap holds after garbage collection, and whether a circuit breaker has refused requests."""
    for node in subject.client.nodes.stats(metric="jvm,breaker")["nodes"].values():
        memory = node["jvm"]["mem"]
        used = _held_percent(memory)
        found = f"{node['name']}: {used} % of {_size(memory['heap_max_in_bytes'])} heap in use after garbage collection"
        tripped = {name: item["tripped"] for name, item in node["breakers"].items() if item["tripped"]}
        if used >= _FULL_HEAP:
            yield Finding(
                State.WARNING, found, "if it stays so: give the node a larger heap (-Xmx), or send smaller bulks"
            )
        elif tripped:
            shown = ", ".join(f"{name} {count} times" for name, count in sorted(tripped.items()))
            yield Finding(
                State.WARNING,
                f"{found}; circuit breakers have refused requests since it started: {shown}",
                "give the node a larger heap (-Xmx), or send smaller bulks and fewer searches at once",
            )
        else:
            yield Finding(State.OK, found)


def native_memory(subject: Subject) -> Iterator[Finding]:
    """k-NN's graphs outside the heap, which only the variant `faiss` has."""
    answer = subject.client.transport.perform_request("GET", "/_plugins/_knn/stats")
    if answer.get("circuit_breaker_triggered"):
        yield Finding(
            State.PROBLEM,
            "k-NN's circuit breaker is open: native graphs do not fit into memory, and nothing can be written",
            "add memory or nodes, raise knn.memory.circuit_breaker.limit, or use the variant 4x, which has none",
        )
        return
    used = sum(node.get("graph_memory_usage", 0) for node in answer["nodes"].values())  # kilobytes
    if used:
        yield Finding(State.OK, f"k-NN's native graphs take {_size(used * 1000)}")


def page_cache(subject: Subject) -> Iterator[Finding]:
    """Whether the vectors of the index fit into the memory that the nodes' heaps leave to the page cache."""
    index = subject.existing_index()
    if index is None:
        return
    contract = read_contract(subject.client, index)
    # Counts every copy of a shard, and every region, since each is a document of Lucene's.
    answer = subject.client.indices.stats(index=index, metric="docs", params={"level": "cluster"})
    vectors = answer["_all"]["total"]["docs"]["count"]
    wanted = vectors * vector_bytes(contract)
    nodes = subject.client.nodes.stats(metric="jvm,os")["nodes"].values()
    room = sum(_left_to_cache(node) for node in nodes if "data" in node["roles"])
    found = (
        f"{vectors:,} vectors of index {index!r} want {_size(wanted)} of the page cache, "
        f"and the nodes' machines have {_size(room)} besides their heaps"
    )
    if wanted > room:
        yield Finding(
            State.WARNING,
            f"{found}: searches read from disk",
            "add memory or nodes, or use a smaller variant (`lookalike reembed --variant 4x`); see docs/scale.md",
        )
    else:
        yield Finding(State.OK, found)


def local_memory(_: Subject) -> Iterator[Finding]:
    """What is left on this machine for `lookalike ingest`."""
    free = available_memory()
    found = f"this machine has {_size(free)} left for `lookalike ingest`"
    if free < _TOO_LITTLE:
        yield Finding(State.PROBLEM, found, "end other programs, or run it on another machine")
    elif free < _LITTLE:
        yield Finding(State.WARNING, found, "large pictures take up to 1 GB: use --workers 1 and a small --batch-size")
    else:
        yield Finding(State.OK, found)


def available_memory() -> int:
    """Bytes that this process can still take: the machine's, or those of its container if they are fewer."""
    free = int(psutil.virtual_memory().available)
    try:
        limit = (_GROUP / "memory.max").read_text().strip()
        if limit != "max":
            free = min(free, int(limit) - int((_GROUP / "memory.current").read_text()))
    except (OSError, ValueError):
        pass  # not in a container, or one of an older kind
    return free


def vector_bytes(contract: IndexContract) -> int:
    """Bytes that a search walks through for each vector: what is searched of it, and its part of the graph."""
    searched = 4 if contract.variant in {"float", "faiss"} else 1
    return contract.dimension * searched + _GRAPH


def _held_percent(memory: dict[str, Any]) -> int:
    """Per cent of the heap in use after the last collection; before the first one, what is in use now."""
    old = memory.get("pools", {}).get("old", {}).get("last_gc_stats", {}).get("usage_percent", -1)
    return int(old if old >= 0 else memory["heap_used_percent"])


def _left_to_cache(node: dict[str, Any]) -> int:
    total: int = node["os"]["mem"]["total_in_bytes"]
    taken: int = node["jvm"]["mem"]["heap_max_in_bytes"]
    return max(0, total - taken)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"
