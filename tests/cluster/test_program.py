"""Assembling OpenSearch with the plugin out of one that is there, by an installer that does what the real one does."""

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

import lookalike
from lookalike.cluster import program
from lookalike.cluster.java import Java
from lookalike.cluster.plugin_source import CheckoutPlugin, ZipPlugin
from lookalike.cluster.program import Installed, Program, choose_program
from lookalike.cluster.versions import find_release
from lookalike.errors import NodeError

JAVA = Java(Path("/opt/some-jdk"), 21)
RELEASE = find_release("3.6.0")
INSTALL = """#!/bin/bash
zip=${3#file://}; home=$(cd "$(dirname "$0")/.."; pwd)
python3 -c "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])" "$zip" "$home/plugins/lookalike"
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that already has OpenSearch with k-NN."""
    folder = tmp_path / "cache"
    base = folder / "opensearch-3.6.0-knn"
    for name in ("bin", "plugins", "lib"):
        (base / name).mkdir(parents=True)
    (base / "lib" / "opensearch.jar").write_text("jar")
    (base / "bin" / "opensearch-plugin").write_text(INSTALL)
    (base / "bin" / "opensearch-plugin").chmod(0o755)
    monkeypatch.setenv("LOOKALIKE_CACHE", str(folder))
    return folder


def plugin_zip(file: Path, version: str) -> ZipPlugin:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "plugin-descriptor.properties", f"name=lookalike\nversion={version}\nopensearch.version=3.6.0\n"
        )
    return ZipPlugin(file)


def assemble(wanted: Program) -> tuple[Path, str, list[str]]:
    said: list[str] = []
    home, made_from = wanted.assemble(JAVA, said.append)
    return home, made_from, said


def test_the_plugin_is_installed_into_a_copy_that_shares_its_files(cache: Path, tmp_path: Path) -> None:
    plugin = plugin_zip(tmp_path / "plugin.zip", "0.1.0")
    wanted = Program(RELEASE, plugin)
    build = plugin.build_id(RELEASE)
    home, made_from, said = assemble(wanted)
    base = cache / "opensearch-3.6.0-knn"
    assert (home, made_from) == (cache / f"opensearch-3.6.0-knn-lookalike-{build}", "a new build of the plugin")
    assert said[0] == f"adding the plugin from {plugin.file}"
    assert said[1].startswith(f"assembled OpenSearch 3.6.0 with k-NN and lookalike 0.1.0 (build {build}) in ")
    assert (home / "lib" / "opensearch.jar").stat().st_ino == (base / "lib" / "opensearch.jar").stat().st_ino
    assert list((base / "plugins").iterdir()) == []
    assert assemble(wanted) == (home, "the cached assembly", [])
    assert wanted.is_like(Installed("3.6.0", "0.1.0", build))
    assert not wanted.is_like(Installed("3.6.0"))
    assert str(wanted) == f"OpenSearch 3.6.0 with k-NN and lookalike (build {build})"


def test_without_the_plugin_nothing_is_added(cache: Path) -> None:
    home, made_from, said = assemble(Program(RELEASE, None))
    assert (home, made_from, said) == (cache / "opensearch-3.6.0-knn", "the cached assembly", [])
    assert Installed.of(home) == Installed("3.6.0")
    assert str(Program(RELEASE, None)) == str(Installed("3.6.0")) == "OpenSearch 3.6.0 with k-NN"


def test_a_file_system_without_links_gets_copies(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "link", refuse)
    home, _, _ = assemble(Program(RELEASE, plugin_zip(tmp_path / "plugin.zip", "0.1.0")))
    assert (home / "lib" / "opensearch.jar").read_text() == "jar"


def test_an_installer_that_fails_leaves_nothing_and_gives_its_reason(cache: Path, tmp_path: Path) -> None:
    installer = cache / "opensearch-3.6.0-knn" / "bin" / "opensearch-plugin"
    installer.write_text(
        "#!/bin/sh\nprintf 'warning: x\\njava.lang.IllegalStateException: jar hell!\\n\\tat y\\n' >&2\nexit 1\n"
    )
    with pytest.raises(NodeError) as caught:
        assemble(Program(RELEASE, plugin_zip(tmp_path / "plugin.zip", "0.1.0")))
    assert str(caught.value) == "installing the plugin failed: java.lang.IllegalStateException: jar hell!"
    assert sorted(path.name for path in cache.iterdir()) == ["lock", "opensearch-3.6.0-knn"]


def test_builds_that_were_not_used_lately_are_removed_unless_they_run(cache: Path, tmp_path: Path) -> None:
    programs = [Program(RELEASE, plugin_zip(tmp_path / f"{i}.zip", f"0.{i}.0")) for i in range(5)]
    homes = [cache / f"opensearch-3.6.0-knn-lookalike-{wanted.build()}" for wanted in programs]
    assemble(programs[0])
    with subprocess.Popen(["sleep", "60"], cwd=homes[0]) as running:
        try:
            for time, wanted in enumerate(programs[1:4], 1):
                home, _, _ = assemble(wanted)
                os.utime(home, (time, time))
            os.utime(homes[0], (0, 0))
            assemble(programs[1])  # used again, so the second is now the oldest that does not run
            assemble(programs[4])
            assert [home.is_dir() for home in homes] == [True, True, False, True, True]
        finally:
            running.kill()


def test_a_folder_of_another_kind_is_no_program(tmp_path: Path) -> None:
    assert Installed.of(tmp_path / "opensearch-3.6.0") is None
    unknown = Installed.of(tmp_path / "opensearch-3.6.0-knn-lookalike-0123456789ab")
    assert str(unknown) == "OpenSearch 3.6.0 with k-NN and lookalike of unknown version (build 0123456789ab)"


def test_the_program_is_chosen_by_what_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    file = plugin_zip(tmp_path / "plugin.zip", "0.1.0").file
    assert choose_program("3.6.0", None, True, said.append) == Program(RELEASE, None)
    assert choose_program("3.6.0", file, True, said.append) == Program(RELEASE, None)
    assert choose_program("3.6.0", file, False, said.append) == Program(RELEASE, ZipPlugin(file))
    assert isinstance(choose_program("3.6.0", None, False, said.append).plugin, CheckoutPlugin)
    assert said == []

    installed = tmp_path / "site-packages" / "lookalike" / "__init__.py"
    monkeypatch.setattr(lookalike, "__file__", str(installed))
    assert choose_program("3.4.0", None, False, said.append) == Program(find_release("3.4.0"), None)
    assert said == [
        "k-NN only: this lookalike does not run from a checkout that has the plugin; --plugin ZIP installs it"
    ]


def test_a_disk_with_too_little_space_for_the_plugin_is_refused(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("usage", (), {"free": 12_000_000})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(NodeError, match=r"assembling OpenSearch needs 300 MB of free disk, but .* has 12 MB"):
        assemble(Program(RELEASE, plugin_zip(tmp_path / "plugin.zip", "0.1.0")))
    assert program._SPACE == 300_000_000
