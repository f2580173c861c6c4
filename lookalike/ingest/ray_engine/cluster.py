"""The Ray cluster that a run uses: connected to or started here, without Ray's own output, and what it has."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lookalike.encoder.device import Device
from lookalike.errors import ConfigError, EngineError
from lookalike.printable import printable

__all__ = ["RayChoice", "Share", "one_line", "ray_cluster", "share"]

# Read by Ray when it is imported, or handed to the processes that it starts.
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTOSCALER_EVENTS": "0",
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",  # what nodes report would come between our lines, on standard output
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}
_IMPATIENT = {"RAY_NUM_REDIS_GET_RETRIES": "1"}  # of forty seconds each
_LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # Ray's name for: a cluster of this machine alone

_PATIENCE = 10  # seconds


@dataclass(frozen=True)
class RayChoice:
    """What the command line asked for: `address` of the cluster, or None to start one here; how many `workers`, or None
    for as many as the cluster has room for."""

    address: str | None
    workers: int | None


@dataclass(frozen=True)
class Share:
    """How many workers there shall be, and how many CPUs and GPUs each one asks for."""

    workers: int
    cpus: int
    gpus: int


@contextmanager
def ray_cluster(address: str | None) -> Iterator[None]:
    """Connect to the cluster at `address` (`auto` is one that this machine belongs to), or start one on this machine
    that listens on loopback only and ends with the block.

    Raises ConfigError without Ray or for an address of another kind, EngineError if nothing answers there.
    """
    if address is not None and address != "auto":
        _require_listener(address)
    os.environ.update(_QUIET | (_LOOPBACK if address is None else _IMPATIENT))
    try:
        import ray
        import ray.data
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"--engine ray needs Ray, and {error.name} is not installed: pip install 'lookalike[ray]'"
        ) from None
    logging.getLogger("ray.data").setLevel(logging.CRITICAL)
    try:
        with _silenced():
            ray.init(
                address=address or "local",
                include_dashboard=None if address else False,
                log_to_driver=False,
                logging_level=logging.CRITICAL,
            )
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        if address is None:
            raise EngineError(f"no Ray cluster can be started on this machine: {one_line(error)}") from error
        raise EngineError(
            f"no Ray cluster at {address}: {one_line(error)}. Check --ray-address, and set RAY_AUTH_MODE=token if the "
            "cluster asks for a token"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def share(wanted: int | None, device: Device) -> Share:
    """Divide the cluster among `wanted` workers, or as many as it has GPUs, each with the CPUs that its node has for
    one; where there are none, or `device` is "cpu", as many as CPUs. Raises EngineError if it has neither."""
    import ray

    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    with_gpu = [node for node in nodes if node.get("GPU", 0) >= 1 and device != "cpu"]
    if with_gpu:
        cpus = min(int(node.get("CPU", 0) // node["GPU"]) for node in with_gpu)
        return Share(wanted or sum(int(node["GPU"]) for node in with_gpu), cpus, gpus=1)
    total = int(sum(node.get("CPU", 0) for node in nodes))
    if not total:
        raise EngineError("the Ray cluster has neither CPUs nor GPUs; expected a node with some")
    return Share(wanted or total, cpus=1, gpus=0)


def one_line(error: BaseException) -> str:
    """What an error of Ray's says at last, without its tracebacks."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return printable(lines[-1] if lines else type(error).__name__)[:300]


def _require_listener(address: str) -> None:
    """Ray itself would try for ten minutes and more."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or "://" in address:
        raise ConfigError(
            f"--ray-address: expected HOST:PORT or auto, found {address!r}; this command runs on a node of the cluster"
        )
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise EngineError(f"no Ray cluster at {address}: {one_line(error)}; check --ray-address") from error


@contextmanager
def _silenced() -> Iterator[None]:
    """Send what native code prints nowhere: while it starts, Ray tells of its log level."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
