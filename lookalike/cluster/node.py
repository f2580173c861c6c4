"""The local OpenSearch node: one process, one folder of configuration, data and logs."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lookalike.cluster.distribution import require_space
from lookalike.cluster.java import Java, find_java
from lookalike.cluster.node_folder import (
    Place,
    node_user,
    open_log,
    prepare_folder,
    require_reach,
    write_configuration,
)
from lookalike.cluster.process import (
    NODE_VARIABLE,
    ProcessIdentity,
    find_node_process,
    identify,
    is_alive,
    stop,
    working_folder,
)
from lookalike.cluster.program import Installed, Program
from lookalike.errors import NodeError

__all__ = ["Begun", "LocalNode", "NodeStatus"]

_USABLE = ("green", "yellow")
_SPACE = 500_000_000  # bytes that a node needs to be of any use
# A proxy named in the environment cannot reach this machine's loopback interface.
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class NodeStatus:
    """A node that runs: its process, address and OpenSearch's own word for its health (None: not yet answering)."""

    process: ProcessIdentity
    url: str
    health: str | None

    @property
    def program(self) -> Installed | None:
        """What it runs; None if that cannot be told."""
        home = working_folder(self.process)
        return Installed.of(home) if home else None

    def facts(self) -> dict[str, Any]:
        """What `lookalike status --json` tells of it."""
        facts = {"url": self.url, "health": self.health, "pid": self.process.pid}
        program = self.program
        if program is None:
            return facts
        return facts | {"opensearch": program.opensearch, "plugin": program.plugin, "plugin_build": program.build}


@dataclass(frozen=True)
class Begun:
    """A node that runs and may not be healthy yet; `made_from` is what its program was made from, None if it ran."""

    status: NodeStatus
    made_from: str | None


class LocalNode:
    """A node kept in `folder`. Every method may be called again at any time, from any process.

    What runs is known by its process id and start time, or else by the folder in its environment, so neither a
    stale record nor a start that was killed half-way can mislead it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    @property
    def log(self) -> Path:
        """The file that OpenSearch's own output goes to."""
        return self.folder / "logs" / "console.log"

    def status(self) -> NodeStatus | None:
        """The running node, or None."""
        process = self._process()
        if process is None:
            return None
        url = str(self._read_state().get("url", "unknown address"))
        return NodeStatus(process, url, _health(url))

    def begin(self, program: Program, place: Place, port: int, heap: str, say: Callable[[str], None]) -> Begun:
        """Assemble and start it, without waiting until it is healthy; a start that is under way is joined.

        `say` is told each step. Raises NodeError if it runs on another port, no JDK fits, the program cannot be
        assembled, the disk is full or its folder cannot be used.
        """
        running = self.status()
        if running is not None:
            self.require_port(running, port)
            if running.health in _USABLE:
                say(_already_running(running, program))
            else:
                say(f"pid {running.process.pid} is already starting, waiting until it is healthy")
            return Begun(running, None)
        java = find_java()
        say(f"Java {java.version} in {java.home}")
        home, made_from = program.assemble(java, say)
        prepare_folder(self.folder)
        require_space(self.folder, _SPACE, "the node")
        process = self._start(home, java, place, port, heap)
        say(f"started as pid {process.pid}, waiting until it is healthy")
        return Begun(NodeStatus(process, _url(port), None), made_from)

    def wait_healthy(self, begun: Begun, since: float, patience: float) -> NodeStatus:
        """Wait until it is healthy, at most `patience` seconds after `since` (of the monotonic clock).

        Raises NodeError if it ends, or is not healthy in time; then it is stopped.
        """
        process, url = begun.status.process, begun.status.url
        while time.monotonic() < since + patience:
            if not is_alive(process):
                raise NodeError(f"the node ended while starting: {self._last_words()} (log: {self.log})")
            health = _health(url)
            if health in _USABLE:
                return NodeStatus(process, url, health)
            time.sleep(0.25)
        stop(process, 10)
        raise NodeError(f"the node was not healthy within {patience:.0f} s and was stopped; see {self.log}")

    def require_port(self, running: NodeStatus, port: int) -> None:
        """Raise NodeError if it runs on another port than this one."""
        if running.url != _url(port):
            raise NodeError(
                f"the node of {self.folder} already runs at {running.url}: use it there, "
                f"or run `lookalike down` before starting it on port {port}"
            )

    def transport_port(self) -> int | None:
        """Where the running node talks to others; None if that is not recorded."""
        port = self._read_state().get("transport_port")
        return port if isinstance(port, int) else None

    def down(self, patience: float = 30) -> bool:
        """Stop the node, by force after `patience` seconds; data stays. Returns whether one was running."""
        process = self._process()
        if process is None:
            return False
        stop(process, patience)
        return True

    def _process(self) -> ProcessIdentity | None:
        state = self._read_state()
        pid, started = state.get("pid"), state.get("started")
        if isinstance(pid, int) and pid > 0 and isinstance(started, int | float):
            recorded = ProcessIdentity(pid, started)
            if is_alive(recorded):
                return recorded
        return find_node_process(self.folder)

    def _start(self, home: Path, java: Java, place: Place, port: int, heap: str) -> ProcessIdentity:
        config = self.folder / "config"
        write_configuration(self.folder, home, place, port, heap)
        owner = node_user()
        identity = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": os.environ.get("LANG", "C.UTF-8"),
            "OPENSEARCH_JAVA_HOME": str(java.home),
            "OPENSEARCH_PATH_CONF": str(config),
            "OPENSEARCH_TMPDIR": str(self.folder / "tmp"),
            NODE_VARIABLE: str(self.folder),
        }
        if owner is not None:
            require_reach([home / "bin" / "opensearch", java.home / "bin" / "java"], owner, config)
        state = {"url": _url(port), "transport_port": place.transport_port}
        # Written first: if this process is killed now, the next `up` still knows which address to wait for.
        self._write_state(state)
        with os.fdopen(open_log(self.log), "ab") as output:
            started = subprocess.Popen(
                [home / "bin" / "opensearch"],
                cwd=home,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **identity,  # type: ignore[call-overload]
            )
        process = identify(started.pid)
        started.returncode = 0  # so that Popen does not complain of a process that is meant to outlive us
        if process is None:
            raise NodeError(f"the node ended at once: {self._last_words()}")
        self._write_state({**state, **asdict(process)})
        return process

    def _last_words(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except OSError:
            return "it left no log"
        telling = [line for line in lines if "Exception" in line or "ERROR" in line or "rror:" in line]
        return " ".join((telling or lines or ["it said nothing"])[-1].split())[:300]

    def _read_state(self) -> dict[str, Any]:
        try:
            content = json.loads((self.folder / "node.json").read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _write_state(self, state: dict[str, Any]) -> None:
        partial = self.folder / "node.json.partial"
        partial.write_text(json.dumps(state))
        partial.replace(self.folder / "node.json")


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _already_running(running: NodeStatus, wanted: Program) -> str:
    installed = running.program
    if installed is None or wanted.is_like(installed):
        return "already running"
    return f"already running {installed}, not {wanted}: `lookalike down`, then `lookalike up`, changes it"


def _health(url: str) -> str | None:
    try:
        with _DIRECT.open(f"{url}/_cluster/health", timeout=5) as answer:
            return str(json.load(answer)["status"])
    except (OSError, ValueError, KeyError):
        return None
