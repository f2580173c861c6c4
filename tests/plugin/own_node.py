"""A node that tests put together themselves: the plugin installed as users install it, and little room for pictures."""

import os
import re
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lookalike.cluster.java import Java, find_java
from lookalike.cluster.node_folder import Place, node_user, prepare_folder, write_configuration
from lookalike.cluster.process import free_port
from lookalike.cluster.program import choose_program
from lookalike.cluster.versions import DEFAULT_VERSION
from tests.conftest import open_folder
from tests.plugin.http import Http

__all__ = ["OwnNode", "own_node"]

_PROBE = Path(__file__).parent / "probe" / "ProbePlugin.java"
_DESCRIPTOR = """name=probe
description=tries what a plugin without permissions cannot do
version=1
opensearch.version={release}
java.version=21
classname=org.probe.ProbePlugin
"""


@dataclass(frozen=True)
class OwnNode:
    """A running node: where it lies, what its installer said, and the empty home folder that it was given."""

    folder: Path
    program: Path
    java: Java
    pid: int
    http: Http
    archive: Path
    installation: str
    user_home: Path

    def threads(self) -> dict[int, str]:
        """The names of all threads by their number in the system, those that Java does not know included."""
        found: dict[int, str] = {}
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            try:
                found[int(task.name)] = (task / "comm").read_text().strip()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended just now
        return found

    def java_threads(self) -> set[int]:
        """The numbers of the threads that the JVM itself tells of, its own included."""
        told = subprocess.run(
            [self.java.home / "bin" / "jcmd", str(self.pid), "Thread.print"],
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            **_identity(),  # type: ignore[call-overload]
        )
        return {int(number, 0) for number in re.findall(r"nid=(0x[0-9a-f]+|\d+)", told.stdout)}


@contextmanager
def own_node() -> Iterator[OwnNode]:
    """A node with one thread for pictures, room for one more in the queue, and a probe beside the plugin."""
    java = find_java(compiler=True)
    root = open_folder()
    user_home = root / "home-of-user"
    user_home.mkdir()
    owner = node_user()
    if owner is not None:
        os.chown(user_home, owner.pw_uid, owner.pw_gid)
    started = None
    try:
        assembled, _ = choose_program(DEFAULT_VERSION, None, False, lambda _: None).assemble(java, lambda _: None)
        program = root / "program"
        shutil.copytree(assembled, program, symlinks=True, copy_function=_link)
        archive = _zip(program / "plugins" / "lookalike", root / "lookalike.zip")
        shutil.rmtree(program / "plugins" / "lookalike")
        said = _install(program, archive, java) + _install(program, _probe(root, program, java), java)
        folder, port = root / "node", free_port()
        prepare_folder(folder)
        write_configuration(folder, program, Place(1, (free_port(),)), port, "512m")
        with (folder / "config" / "opensearch.yml").open("a") as file:
            file.write("thread_pool.lookalike.size: 1\nthread_pool.lookalike.queue_size: 1\n")
        with (folder / "config" / "jvm.options").open("a") as file:
            file.write(f"-Duser.home={user_home}\n")
        started = _start(program, folder, java, user_home)
        http = Http(f"http://127.0.0.1:{port}")
        _wait(http, started, folder)
        yield OwnNode(folder, program, java, started.pid, http, archive, said, user_home)
    finally:
        if started is not None:
            started.terminate()
            started.wait(60)
        shutil.rmtree(root)


@contextmanager
def busy(http: Http, images: list[str], seconds: float) -> Iterator[None]:
    """Keeps the pool's one thread and its one place in the queue taken, for a while at most."""
    end = time.monotonic() + seconds

    def ask(image: str) -> None:
        while time.monotonic() < end:
            answer = http("POST", "/_plugins/_lookalike/embed", {"image": image})
            assert answer.status in {200, 429}, answer.content

    threads = [threading.Thread(target=ask, args=(image,)) for image in images]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.join()


def _identity() -> dict[str, object]:
    owner = node_user()
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _zip(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder))
    return archive


def _probe(root: Path, program: Path, java: Java) -> Path:
    """The zip of the probe, compiled for this OpenSearch."""
    folder = root / "probe"
    classes = root / "classes"
    classes.mkdir()
    folder.mkdir()
    compiler = str(java.home / "bin" / "javac")
    options = ["--release", "21", "-proc:none", "-cp", f"{program}/lib/*", "-d", str(classes)]
    subprocess.run([compiler, *options, str(_PROBE)], check=True)
    _zip(classes, folder / "probe.jar")
    (folder / "plugin-descriptor.properties").write_text(_DESCRIPTOR.format(release=DEFAULT_VERSION))
    return _zip(folder, root / "probe.zip")


def _install(program: Path, archive: Path, java: Java) -> str:
    """Install without --batch and with nobody to answer: a question would be an error. What the installer said."""
    installed = subprocess.run(
        [program / "bin" / "opensearch-plugin", "install", archive.as_uri()],
        env={"PATH": os.environ.get("PATH", os.defpath), "OPENSEARCH_JAVA_HOME": str(java.home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return installed.stdout + installed.stderr


def _start(program: Path, folder: Path, java: Java, user_home: Path) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(user_home),
        "OPENSEARCH_JAVA_HOME": str(java.home),
        "OPENSEARCH_PATH_CONF": str(folder / "config"),
        "OPENSEARCH_TMPDIR": str(folder / "tmp"),
    }
    with (folder / "logs" / "console.log").open("wb") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [program / "bin" / "opensearch"],
            cwd=program,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **_identity(),  # type: ignore[call-overload]
        )
    return process


def _wait(http: Http, started: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and started.poll() is None:
        try:
            if http("GET", "/_cluster/health").status == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise AssertionError((folder / "logs" / "console.log").read_text()[-2000:])
