"""Where the plugin of a local node comes from: the checkout that this package runs from, or a zip that was given."""

import hashlib
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import lookalike
from lookalike.cluster.java import find_java
from lookalike.cluster.maven import run_maven
from lookalike.cluster.versions import Release
from lookalike.errors import NodeError

__all__ = ["CheckoutPlugin", "PluginSource", "ZipPlugin", "find_checkout", "read_descriptor"]

_DESCRIPTOR = "plugin-descriptor.properties"
_SHOWN_ERRORS = 3


class PluginSource(Protocol):
    """Something that yields the plugin's zip for a release of OpenSearch."""

    def build_id(self, release: Release) -> str:
        """12 hex digits that change with anything that goes into the zip; quick."""

    def archive(self, release: Release, folder: Path) -> Path:
        """Make the zip in an empty folder; raises NodeError that says what is wrong with it or its sources."""


@dataclass(frozen=True)
class CheckoutPlugin:
    """The plugin as its sources in `root` are now, built by Maven from a copy of them.

    From a copy, because a build in the checkout itself would share `plugin/target` with whoever works there.
    """

    root: Path

    def __str__(self) -> str:
        """Where it comes from."""
        return f"its sources in {self.root / 'plugin'}"

    def build_id(self, release: Release) -> str:
        """Hash of the version of OpenSearch and of the path and content of every source."""
        total = hashlib.sha256(release.version.encode())
        for path in self._sources():
            with path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            total.update(f"\n{path.relative_to(self.root).as_posix()} {digest}".encode())
        return total.hexdigest()[:12]

    def archive(self, release: Release, folder: Path) -> Path:
        """Build without tests; raises NodeError with the compiler's first errors, a line each."""
        java = find_java(compiler=True)
        before = self.build_id(release)
        for path in self._sources():
            copy = folder / path.relative_to(self.root)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        if CheckoutPlugin(folder).build_id(release) != before:
            raise NodeError("the plugin's sources changed while they were read: run `lookalike up` again")
        arguments = ["-Dmaven.test.skip=true", f"-Dopensearch.version={release.version}", "package"]
        result = run_maven(arguments, "build the plugin", folder / "plugin", java.home)
        file = folder / "plugin" / "target" / f"opensearch-lookalike-{release.version}.zip"
        if not (result.ok and file.is_file()):
            raise NodeError(_build_message(result.errors, folder))
        return file

    def _sources(self) -> Iterator[Path]:
        for name in ("plugin/pom.xml", "LICENSE", "NOTICE"):
            yield self.root / name
        for name in ("plugin/src/main", "lookalike/encoder/models/default"):
            files = (path for path in (self.root / name).rglob("*") if path.is_file())
            yield from sorted(path for path in files if not path.name.startswith("."))  # editors leave such


@dataclass(frozen=True)
class ZipPlugin:
    """A zip that somebody else has built."""

    file: Path

    def __str__(self) -> str:
        """Where it comes from."""
        return str(self.file)

    def build_id(self, release: Release) -> str:
        """Hash of the file; raises NodeError if it cannot be read or is not the plugin for this release."""
        try:
            with zipfile.ZipFile(self.file) as content:
                descriptor = _parse(content.read(_DESCRIPTOR).decode())
            with self.file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise NodeError(f"--plugin: {self.file} is not the zip of an OpenSearch plugin: {error}") from error
        if descriptor.get("name") != "lookalike":
            raise NodeError(f"--plugin: expected the plugin lookalike, {self.file} is {descriptor.get('name')!r}")
        built_for = descriptor.get("opensearch.version")
        if built_for != release.version:
            raise NodeError(
                f"--plugin: {self.file} is built for OpenSearch {built_for}, but the node is to be {release.version}: "
                f"give the zip for {release.version}, or --opensearch {built_for}"
            )
        return digest[:12]

    def archive(self, release: Release, folder: Path) -> Path:
        """A copy, so that what is installed is what was hashed even if the file is built anew meanwhile."""
        copy = ZipPlugin(Path(shutil.copyfile(self.file, folder / self.file.name)))
        if copy.build_id(release) != self.build_id(release):
            raise NodeError(f"--plugin: {self.file} changed while it was read: run `lookalike up` again")
        return copy.file


def find_checkout() -> CheckoutPlugin | None:
    """The plugin beside this package if it runs from a checkout; None if it was installed."""
    root = Path(lookalike.__file__).parent.parent
    return CheckoutPlugin(root) if (root / "plugin" / "pom.xml").is_file() else None


def read_descriptor(home: Path) -> dict[str, str]:
    """What the plugin that is installed in an OpenSearch says of itself; empty if it is not installed."""
    try:
        return _parse((home / "plugins" / "lookalike" / _DESCRIPTOR).read_text())
    except (OSError, ValueError):
        return {}


def _parse(properties: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in properties.splitlines() if not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}


def _build_message(errors: list[str], folder: Path) -> str:
    """The compiler's errors if there are any, else Maven's first; paths as they are in the checkout."""
    found = list(dict.fromkeys(line.replace(f"{folder.resolve()}/", "") for line in errors))
    compiling = [line for line in found if ".java:[" in line]
    more = len(compiling) - _SHOWN_ERRORS
    shown = "; ".join(compiling[:_SHOWN_ERRORS] or found[:1]) + (f"; and {more} more" if more > 0 else "")
    return (
        f"building the plugin failed: {shown}. `make plugin` shows all; `lookalike up --without-plugin` does without it"
    )
