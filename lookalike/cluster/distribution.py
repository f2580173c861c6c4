"""Assembling OpenSearch with k-NN from Maven Central into a folder that any number of nodes can share."""

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import platformdirs

from lookalike.cluster.java import Java
from lookalike.cluster.maven import run_maven
from lookalike.cluster.modules import Download, Module
from lookalike.cluster.versions import Release
from lookalike.errors import NodeError

__all__ = ["assemble", "assemble_once", "cache_folder", "install_plugin", "require_space"]

_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
_SPACE = 1_000_000_000  # bytes: both zips, Maven's copies of them and what they unpack to


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


def assemble(java: Java, release: Release) -> tuple[Path, bool]:
    """Return the folder of an OpenSearch with k-NN, and whether it had to be assembled for that.

    Raises NodeError if Maven is missing or fails, a download is not the expected file, or the disk is full.
    """

    def make(folder: Path) -> Path:
        _unpack(_download(release.opensearch, folder), folder)
        home = folder / f"opensearch-{release.version}"
        for module in release.modules:
            _add_module(home, module, release.version)
        install_plugin(home, _download(release.knn, folder), java, "the k-NN plugin")
        return home

    return assemble_once(f"opensearch-{release.version}-knn", make, _SPACE)


def assemble_once(name: str, make: Callable[[Path], Path], space: int) -> tuple[Path, bool]:
    """Return the cache's folder `name`, and whether it was made for that.

    `make` is given a temporary folder of at least `space` free bytes and returns what is to become `name`. That
    renaming is the done-marker, so an interrupted assembly starts again, from Maven's local repository where the
    downloads had finished. One process assembles at a time; the others wait for it.

    Raises NodeError if the disk is full or cannot be written, and what `make` raises.
    """
    cache = cache_folder()
    finished = cache / name
    if finished.is_dir():
        return finished, False
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with (cache / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if finished.is_dir():
                return finished, False
            require_space(cache, space, "assembling OpenSearch")
            for leftover in cache.glob(".partial-*"):
                shutil.rmtree(leftover)
            with tempfile.TemporaryDirectory(prefix=".partial-", dir=cache) as partial:
                home = make(Path(partial))
                home.chmod(0o755)
                home.rename(finished)
    except OSError as error:
        raise NodeError(_disk_message(error, cache, space)) from error
    return finished, True


def install_plugin(home: Path, archive: Path, java: Java, what: str) -> None:
    """Install a plugin's zip into the OpenSearch in `home`; raises NodeError with the installer's own words."""
    command = [str(home / "bin" / "opensearch-plugin"), "install", "--batch", archive.as_uri()]
    environment = {"PATH": os.environ.get("PATH", os.defpath), "OPENSEARCH_JAVA_HOME": str(java.home)}
    answer = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if answer.returncode != 0:
        lines = answer.stderr.splitlines() or [f"exit code {answer.returncode}"]
        telling = next((line for line in lines if "Exception" in line or "ERROR" in line), lines[-1])
        raise NodeError(f"installing {what} failed: {' '.join(telling.split())[:500]}")


def _add_module(home: Path, module: Module, version: str) -> None:
    folder = home / "modules" / module.name
    folder.mkdir()
    for jar in module.jars:
        _download(jar, folder)
    module.write_descriptor(folder, version)


def _download(wanted: Download, folder: Path) -> Path:
    arguments = [_COPY, f"-Dartifact={wanted.artifact}", f"-DoutputDirectory={folder}"]
    result = run_maven(arguments, "fetch OpenSearch", folder)
    file = folder / wanted.file
    if not (result.ok and file.is_file()):
        raise NodeError(
            f"Maven could not fetch {wanted.artifact}: {result.errors[0]}. Check the network and `mvn --version`."
        )
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


def _disk_message(error: OSError, folder: Path, space: int) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return f"the disk that holds {folder} is full: free about {space // 10**6} MB and run `lookalike up` again"
    return f"cannot assemble OpenSearch in {folder}: {error}"
