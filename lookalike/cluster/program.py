"""What a local node runs: a release of OpenSearch with k-NN and, unless declined, the plugin."""

import os
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lookalike.cluster.distribution import assemble, assemble_once, cache_folder, install_plugin
from lookalike.cluster.java import Java
from lookalike.cluster.plugin_source import PluginSource, ZipPlugin, find_checkout, read_descriptor
from lookalike.cluster.process import working_folders
from lookalike.cluster.versions import Release, find_release
from lookalike.errors import ConfigError

__all__ = ["Installed", "Program", "choose_program"]

_SPACE = 300_000_000  # bytes: the plugin's build and zip, and what it unpacks to
_KEPT = 3  # builds of the plugin; each has some 20 MB of its own


@dataclass(frozen=True)
class Installed:
    """An assembled program, as its folder tells: its version, and the plugin's version and build if it has it."""

    opensearch: str
    plugin: str | None = None
    build: str | None = None

    def __str__(self) -> str:
        """As in "OpenSearch 3.6.0 with k-NN and lookalike 0.1.0 (build 0123456789ab)"."""
        plugin = f" and lookalike {self.plugin} (build {self.build})" if self.build else ""
        return f"OpenSearch {self.opensearch} with k-NN{plugin}"

    @classmethod
    def of(cls, home: Path) -> "Installed | None":
        """What lies in a folder that `Program.assemble` has made; None for any other."""
        match = re.fullmatch(r"opensearch-([\d.]+)-knn(?:-lookalike-([0-9a-f]{12}))?", home.name)
        if match is None:
            return None
        return cls(match[1], read_descriptor(home).get("version", "of unknown version") if match[2] else None, match[2])


@dataclass(frozen=True)
class Program:
    """A release of OpenSearch with k-NN, and where its plugin comes from (None: it has none)."""

    release: Release
    plugin: PluginSource | None

    def __str__(self) -> str:
        """As in "OpenSearch 3.6.0 with k-NN and lookalike (build 0123456789ab)"."""
        plugin = f" and lookalike (build {self.build()})" if self.plugin else ""
        return f"OpenSearch {self.release.version} with k-NN{plugin}"

    def build(self) -> str | None:
        """What tells this build of the plugin from others; None without the plugin."""
        return self.plugin.build_id(self.release) if self.plugin else None

    def is_like(self, installed: Installed) -> bool:
        """Whether that is what this would install."""
        return (installed.opensearch, installed.build) == (self.release.version, self.build())

    def assemble(self, java: Java, say: Callable[[str], None]) -> tuple[Path, str]:
        """Return its folder and what it was made from, in words; `say` is told each step.

        Raises NodeError if Maven is missing or fails, the plugin does not build, or the disk is full.
        """
        began = time.monotonic()
        base, assembled = assemble(java, self.release)
        if assembled:
            say(f"assembled OpenSearch {self.release.version} with k-NN in {time.monotonic() - began:.1f} s: {base}")
        made_from = "nothing" if assembled else "the cached assembly"
        if self.plugin is None:
            return base, made_from
        plugin = self.plugin
        began = time.monotonic()

        def make(folder: Path) -> Path:
            say(f"adding the plugin from {plugin}")
            (folder / "plugin").mkdir()
            archive = plugin.archive(self.release, folder / "plugin")
            home = folder / "home"
            # Links cost no disk, and the installer only adds files; nobody changes those of an assembled program.
            shutil.copytree(base, home, symlinks=True, copy_function=_link)
            install_plugin(home, archive, java, "the plugin")
            return home

        home, built = assemble_once(f"{base.name}-lookalike-{self.build()}", make, _SPACE)
        if built:
            say(f"assembled {Installed.of(home)} in {time.monotonic() - began:.1f} s: {home}")
            _remove_old(home)
        else:
            _mark_used(home)
        return home, "a new build of the plugin" if built and not assembled else made_from


def choose_program(opensearch: str, plugin: Path | None, without_plugin: bool, say: Callable[[str], None]) -> Program:
    """What the command line asks for: a given zip, else the checkout's plugin, else none, which is said.

    Raises ConfigError for an unknown version of OpenSearch and for a file that is not there.
    """
    release = find_release(opensearch)
    if without_plugin:
        return Program(release, None)
    if plugin is not None:
        if not plugin.is_file():
            raise ConfigError(f"--plugin: there is no file {plugin}; expected the plugin's zip")
        return Program(release, ZipPlugin(plugin.absolute()))
    checkout = find_checkout()
    if checkout is None:
        say("k-NN only: this lookalike does not run from a checkout that has the plugin; --plugin ZIP installs it")
    return Program(release, checkout)


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links, or another user's file
        shutil.copy2(source, target)


def _mark_used(home: Path) -> None:
    """The time of a folder is when it was last used, for `_remove_old`; another user's cannot be marked."""
    try:
        os.utime(home)
    except OSError:
        return


def _remove_old(newest: Path) -> None:
    """Remove builds of the plugin but the last used ones and those that a process runs in.

    Some are kept so that going back and forth between two versions of the sources, or of OpenSearch, builds each
    once, and so that another `lookalike up`, about to start a node, does not lose its program.
    """
    busy = working_folders()
    _mark_used(newest)
    found = sorted(cache_folder().glob("opensearch-*-knn-lookalike-*"), key=lambda home: home.stat().st_mtime)
    for home in found[:-_KEPT]:
        if home.resolve() not in busy:
            shutil.rmtree(home, ignore_errors=True)
