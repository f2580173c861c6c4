"""Telling one process from another: ours from a stranger's, a live one from a stale number in a file."""

import contextlib
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = [
    "NODE_VARIABLE",
    "ProcessIdentity",
    "find_node_process",
    "free_port",
    "identify",
    "is_alive",
    "port_holder",
    "stop",
    "working_folder",
    "working_folders",
]

# The node's environment holds its folder under this name. Its command line would not do: a starting node is a
# shell script for a second or two.
NODE_VARIABLE = "LOOKALIKE_LOCAL_NODE"
# Linux gives ports from 32,768 on to outgoing connections, other systems from 49,152 on.
_LEAST_PORT, _OUTGOING = 10_000, 32_768


@dataclass(frozen=True)
class ProcessIdentity:
    """A process id with its start time, because ids are reused and the pair is not."""

    pid: int
    started: float


def identify(pid: int) -> ProcessIdentity | None:
    """The identity of a running process, or None if there is none."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return ProcessIdentity(pid, process.create_time())
    except psutil.Error:
        return None


def is_alive(identity: ProcessIdentity) -> bool:
    """Whether exactly this process still runs; the start time may differ by the clock's rounding."""
    found = identify(identity.pid)
    return found is not None and abs(found.started - identity.started) < 2


def find_node_process(folder: Path) -> ProcessIdentity | None:
    """The node that was started for this folder; its start script's short-lived helpers are younger than it."""
    found: list[ProcessIdentity] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(NODE_VARIABLE) == str(folder):
                found.append(ProcessIdentity(process.pid, process.create_time()))
    return min(found, key=lambda identity: (identity.started, identity.pid), default=None)


def working_folder(identity: ProcessIdentity) -> Path | None:
    """The folder that a process runs in; None if it has ended or is another user's."""
    try:
        return Path(psutil.Process(identity.pid).cwd())
    except psutil.Error:
        return None


def working_folders() -> set[Path]:
    """The folders that any process runs in, as far as this user may know."""
    found = set()
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found.add(Path(process.cwd()))
    return found


def stop(identity: ProcessIdentity, patience: float) -> None:
    """End this process and its children, by force after `patience` seconds; returns when they are gone."""
    if not is_alive(identity):
        return
    try:
        leader = psutil.Process(identity.pid)
        family = [leader, *leader.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                end(process)
        _, family = psutil.wait_procs(family, timeout=patience)


def free_port() -> int:
    """A port of the loopback interface that nobody listens on.

    Not one that the system gives to outgoing connections: one of those might have it before it is listened on.
    """
    while True:
        port = _LEAST_PORT + secrets.randbelow(_OUTGOING - _LEAST_PORT)
        if port_holder(port) is None:
            return port


def port_holder(port: int) -> str | None:
    """Who listens on this port of the loopback interface, in words; None if it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            return "the system, which reserves it"
        except OSError:
            pass
        else:
            return None
    with contextlib.suppress(psutil.Error):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and getattr(connection.laddr, "port", None) == port
            if listens and connection.pid:
                return f"{psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return "a process of another user"
