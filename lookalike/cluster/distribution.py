"""Assembling OpenSearch with k-NN from Maven Central into a folder that any number of nodes can share."""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lookalike.cluster.java import Java
from lookalike.errors import NodeError

__all__ = ["VERSION", "assemble", "cache_folder", "require_space"]

VERSION = "3.6.0"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_SPACE = 1_000_000_000  # bytes: both zips, Maven's copies of them and what they unpack to


@dataclass(frozen=True)
class _Zip:
    artifact: str
    file: str
    sha256: str


_OPENSEARCH = _Zip(
    f"org.opensearch.distribution.integ-test-zip:opensearch:{VERSION}:zip",
    f"opensearch-{VERSION}.zip",
    "a91faa1dc1cadc78cb278b4f63847e19e1627a4e9de698e14e7efc14ee37b286",
)
_KNN = _Zip(
    f"org.opensearch.plugin:opensearch-knn:{VERSION}.0:zip",
    f"opensearch-knn-{VERSION}.0.zip",
    "ac392ca28a39b3bf290648a422ef30cb149dda2963a9d7feb26060e932341c9a",
)


def cache_folder() -> Path:
    """`$LOOKALIKE_CACHE`, or the user's cache folder; root's is one that the node's user can read."""
    named = os.environ.get("LOOKALIKE_CACHE")
    if named:
        return Path(named).absolute()
    return Path("/var/cache/lookalike") if os.geteuid() == 0 else platformdirs.user_cache_path("lookalike")


def require_space(folder: Path, needed: int, what: str) -> None:
    """Raise NodeError if the disk that holds `folder` has fewer than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise NodeError(
            f"{what} needs {needed / 1e6:.0f} MB of free disk, but {folder} has {free / 1e6:.0f} MB: "
            "free some, or choose another disk with LOOKALIKE_CACHE (program) and --node-dir (data)"
        )


def assemble(java: Java) -> tuple[Path, bool]:
    """Return the folder of an OpenSearch with k-NN, and whether it had to be assembled for that.

    The work happens in a temporary folder whose renaming is the done-marker, so an interrupted assembly
    starts again, from Maven's local repository where the downloads had finished. One process assembles at a time;
    the others wait for it.

    Raises NodeError if Maven is missing or fails, a download is not the expected file, or the disk is full.
    """
    cache = cache_folder()
    finished = cache / f"opensearch-{VERSION}-knn"
    if finished.is_dir():
        return finished, False
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if finished.is_dir():
                return finished, False
            require_space(cache, _SPACE, "assembling OpenSearch")
            _assemble_into(finished, java)
    except OSError as error:
        raise NodeError(_disk_message(error, cache)) from error
    return finished, True


def _assemble_into(finished: Path, java: Java) -> None:
    for leftover in finished.parent.glob(".partial-*"):
        shutil.rmtree(leftover)
    with tempfile.TemporaryDirectory(prefix=".partial-", dir=finished.parent) as name:
        partial = Path(name)
        _unpack(_download(_OPENSEARCH, partial), partial)
        home = partial / f"opensearch-{VERSION}"
        _install_plugin(home, _download(_KNN, partial), java)
        home.chmod(0o755)
        home.rename(finished)


def _download(wanted: _Zip, folder: Path) -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise NodeError("Maven is needed to fetch OpenSearch, but there is no `mvn` on PATH: install Maven")
    command = [
        maven,
        "--batch-mode",
        "--quiet",
        _COPY,
        f"-Dartifact={wanted.artifact}",
        f"-DoutputDirectory={folder}",
    ]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    file = folder / wanted.file
    if answer.returncode != 0 or not file.is_file():
        lines = [line for line in answer.stdout.splitlines() if "ERROR" in line] or answer.stderr.splitlines()
        reason = lines[0] if lines else f"exit code {answer.returncode}"
        raise NodeError(f"Maven could not fetch {wanted.artifact}: {reason}. Check the network and `mvn --version`.")
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != wanted.sha256:
        raise NodeError(
            f"{wanted.artifact} is not the expected file: sha256 {wanted.sha256} expected, {found} found. "
            "Delete it from Maven's local repository and try again."
        )
    return file


def _unpack(archive: Path, folder: Path) -> None:
    with zipfile.ZipFile(archive) as content:
        for member in content.infolist():
            path = Path(content.extract(member, folder))
            mode = member.external_attr >> 16 & 0o777
            path.chmod((mode or 0o644) | (0o755 if path.is_dir() else 0o444))
    archive.unlink()


def _install_plugin(home: Path, archive: Path, java: Java) -> None:
    command = [str(home / "bin" / "opensearch-plugin"), "install", "--batch", archive.as_uri()]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "OPENSEARCH_JAVA_HOME": str(java.home)}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if answer.returncode != 0:
        raise NodeError(f"installing the k-NN plugin failed: {' '.join(answer.stderr.split())[-500:]}")


def _disk_message(error: OSError, folder: Path) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk that holds {folder} is full: free about {_SPACE // 10**6} MB and run `lookalike up` again"
    return f"cannot assemble OpenSearch in {folder}: {error}"
