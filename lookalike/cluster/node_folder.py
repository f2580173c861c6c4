"""The folder of a local node: configuration, data and logs, which belong to the user whom the node runs as."""

import contextlib
import json
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lookalike.errors import NodeError

__all__ = [
    "Place",
    "default_node_folder",
    "node_user",
    "open_log",
    "prepare_folder",
    "require_reach",
    "write_configuration",
]

_FOLDERS = ("config", "data", "logs", "tmp")
_FOUNDER = "lookalike-local"


@dataclass(frozen=True)
class Place:
    """A node's place in its cluster: its number, from 1 on, and the ports at which its nodes talk to each other."""

    number: int
    transport_ports: tuple[int, ...]

    @property
    def name(self) -> str:
        """What OpenSearch calls the node."""
        return _FOUNDER if self.number == 1 else f"{_FOUNDER}-{self.number}"

    @property
    def transport_port(self) -> int:
        """The node's own."""
        return self.transport_ports[self.number - 1]


def default_node_folder() -> Path:
    """The user's data folder; root's is one that the unprivileged node can reach."""
    return Path("/var/lib/lookalike") if os.geteuid() == 0 else platformdirs.user_data_path("lookalike") / "node"


def node_user() -> pwd.struct_passwd | None:
    """Whom the node runs as if we are root: `opensearch`, or else `nobody`; None, the user of this process, if not.

    Raises NodeError if there is neither.
    """
    if os.geteuid() != 0:
        return None
    for name in ("opensearch", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NodeError("OpenSearch refuses to run as root, and there is no user `opensearch` or `nobody`: create one")


def prepare_folder(folder: Path) -> None:
    """Make the folder and those in it, and give the latter to the node's user.

    Raises OSError, and NodeError if there is no such user.
    """
    owner = node_user()
    for name in _FOLDERS:
        path = folder / name
        path.mkdir(parents=True, exist_ok=True)
        if owner is not None:
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def write_configuration(folder: Path, home: Path, place: Place, port: int, heap: str) -> None:
    """Write what the OpenSearch in `home` reads: addresses, paths, memory and logging."""
    config = folder / "config"
    settings = {
        "cluster.name": "lookalike",
        "node.name": place.name,
        "network.host": "127.0.0.1",
        "http.port": port,
        # Exact ports, since a range would make one cluster of all that run on this machine.
        "transport.port": place.transport_port,
        "discovery.seed_hosts": [f"127.0.0.1:{other}" for other in place.transport_ports],
        # The first node alone makes a cluster where there is none, and the others join it.
        **({"cluster.initial_cluster_manager_nodes": [_FOUNDER]} if place.number == 1 else {}),
        "path.data": str(folder / "data"),
        "path.logs": str(folder / "logs"),
        # Shares of a disk (the default) would make a nearly full large disk read-only with 100 GB free.
        "cluster.routing.allocation.disk.watermark.low": "300mb",
        "cluster.routing.allocation.disk.watermark.high": "200mb",
        "cluster.routing.allocation.disk.watermark.flood_stage": "100mb",
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in settings.items()]
    _write_own(config / "opensearch.yml", "\n".join(lines) + "\n")
    options = (home / "config" / "jvm.options").read_text()
    for old, new in (
        ("-Xms1g", f"-Xms{heap}"),
        ("-Xmx1g", f"-Xmx{heap}"),
        ("=logs/", f"={folder}/logs/"),
        ("HeapDumpPath=data", f"HeapDumpPath={folder}/logs"),
    ):
        options = options.replace(old, new)
    _write_own(config / "jvm.options", options)
    _write_own(config / "log4j2.properties", (home / "config" / "log4j2.properties").read_text())


def require_reach(programs: list[Path], owner: pwd.struct_passwd, config: Path) -> None:
    """Raise NodeError unless the node's user can run these programs and write into `config`.

    Root's own folders are often closed to others, which would let the start fail obscurely.
    """
    for path, test in [*((program, "-x") for program in programs), (config, "-w")]:
        answer = subprocess.run(
            ["/usr/bin/test", test, str(path)],
            user=owner.pw_uid,
            group=owner.pw_gid,
            extra_groups=[],
            cwd="/",
            check=False,
        )
        if answer.returncode != 0:
            raise NodeError(
                f"the node runs as user {owner.pw_name!r}, who cannot reach {path}: open its folders (chmod o+x), "
                "or choose others with --node-dir, LOOKALIKE_CACHE and LOOKALIKE_JAVA_HOME"
            )


def open_log(log: Path) -> int:
    """A file descriptor that appends to the node's log."""
    return _open_own(log, os.O_APPEND)


def _open_own(path: Path, how: int) -> int:
    """Open a file for writing in a folder of the node's user, who must not lead us elsewhere with a link."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | how, 0o644)


def _write_own(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(_open_own(path, os.O_EXCL), "w") as file:
        file.write(text)
