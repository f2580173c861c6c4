"""Where the plugin comes from: a checkout whose Maven misbehaves, and zips that are not what was asked for."""

import shutil
import zipfile
from pathlib import Path

import pytest

from lookalike.cluster.plugin_source import CheckoutPlugin, ZipPlugin, find_checkout
from lookalike.cluster.versions import find_release
from lookalike.errors import NodeError
from tests.conftest import Run

RELEASE = find_release("3.6.0")
OLDER = find_release("3.4.0")
CLASS = "plugin/src/main/java/org/lookalike/LookalikePlugin.java"


@pytest.fixture
def checkout(tmp_path: Path) -> CheckoutPlugin:
    """The sources of a plugin that nobody could compile, which the Maven of these tests does not mind."""
    root = tmp_path / "checkout"
    for name in ("plugin/pom.xml", "LICENSE", "NOTICE", CLASS, "lookalike/encoder/models/default/model.onnx"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return CheckoutPlugin(root)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `mvn` on PATH that a test writes, and a JDK for it."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("java", "javac"):
        program = tmp_path / "jdk" / "bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("")
    (tmp_path / "jdk" / "release").write_text('JAVA_VERSION="21.0.4"\n')
    monkeypatch.setenv("LOOKALIKE_JAVA_HOME", str(tmp_path / "jdk"))
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "mvn"


def maven_does(maven: Path, script: str) -> None:
    maven.write_text(f"#!/bin/bash\n{script}\n")
    maven.chmod(0o755)


def write_zip(file: Path, descriptor: str) -> Path:
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("plugin-descriptor.properties", descriptor)
    return file


def failure(plugin: CheckoutPlugin, tmp_path: Path) -> str:
    work = tmp_path / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    with pytest.raises(NodeError) as caught:
        plugin.archive(RELEASE, work)
    return str(caught.value)


def test_a_build_is_known_by_its_sources_and_the_version_of_opensearch(checkout: CheckoutPlugin) -> None:
    first = checkout.build_id(RELEASE)
    assert first == checkout.build_id(RELEASE)
    assert first != checkout.build_id(OLDER)
    for name in (CLASS, "plugin/pom.xml", "NOTICE", "lookalike/encoder/models/default/model.onnx"):
        file = checkout.root / name
        file.write_text(file.read_text() + " changed")
        assert checkout.build_id(RELEASE) != first, name
        file.write_text(name)
    file.rename(file.with_name("other.onnx"))
    assert checkout.build_id(RELEASE) != first


def test_tests_and_what_an_editor_leaves_make_no_new_build(checkout: CheckoutPlugin) -> None:
    first = checkout.build_id(RELEASE)
    for name in ("plugin/src/test/java/Some.java", "plugin/target/x.zip", f"{CLASS}/../.LookalikePlugin.java.swp"):
        file = checkout.root / name
        file.parent.resolve().mkdir(parents=True, exist_ok=True)
        (file.parent.resolve() / file.name).write_text("x")
    assert checkout.build_id(RELEASE) == first


def test_the_zip_is_built_in_a_copy_by_the_right_jdk(checkout: CheckoutPlugin, maven: Path, tmp_path: Path) -> None:
    maven_does(maven, 'mkdir target; echo "$PWD $JAVA_HOME $@" > target/opensearch-lookalike-3.6.0.zip; cat pom.xml')
    work = tmp_path / "work"
    work.mkdir()
    file = checkout.archive(RELEASE, work)
    folder, java_home, *arguments = file.read_text().split()
    assert (folder, java_home) == (str(work / "plugin"), str(tmp_path / "jdk"))
    assert arguments[-3:] == ["-Dmaven.test.skip=true", "-Dopensearch.version=3.6.0", "package"]
    assert (work / CLASS).is_file()
    assert (work / "lookalike/encoder/models/default/model.onnx").is_file()
    assert not (checkout.root / "plugin" / "target").exists()


def test_the_compilers_first_errors_are_shown_as_they_are_in_the_checkout(
    checkout: CheckoutPlugin, maven: Path, tmp_path: Path
) -> None:
    maven_does(
        maven,
        'echo "[ERROR] COMPILATION ERROR : "\n'
        f'for line in 4 4 7 9 12; do echo "[ERROR] $PWD/../{CLASS}:[$line,1] cannot find symbol"; done\n'
        'echo "[ERROR] Failed to execute goal org.apache.maven.plugins"; exit 1',
    )
    assert failure(checkout, tmp_path).replace("plugin/../", "") == (
        f"building the plugin failed: {CLASS}:[4,1] cannot find symbol; {CLASS}:[7,1] cannot find symbol; "
        f"{CLASS}:[9,1] cannot find symbol; and 1 more. `make plugin` shows all; "
        "`lookalike up --without-plugin` does without it"
    )


def test_another_failure_gives_mavens_first_error(checkout: CheckoutPlugin, maven: Path, tmp_path: Path) -> None:
    maven_does(maven, 'echo "[ERROR] Could not resolve dependencies: no route to host"; echo "[ERROR] "; exit 1')
    assert failure(checkout, tmp_path).startswith(
        "building the plugin failed: Could not resolve dependencies: no route to host. `make plugin` shows all"
    )
    maven_does(maven, "exit 0")
    assert failure(checkout, tmp_path).startswith("building the plugin failed: exit code 0. ")


def test_without_maven_the_message_says_what_for(
    checkout: CheckoutPlugin, maven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert failure(checkout, tmp_path) == (
        "Maven is needed to build the plugin, but there is no `mvn` on PATH: install Maven"
    )


def test_sources_that_change_meanwhile_are_not_taken_for_the_old_ones(
    checkout: CheckoutPlugin, maven: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = shutil.copyfile

    def copy_late(source: Path, target: Path) -> Path:
        source.write_text("changed")
        return copy(source, target)

    monkeypatch.setattr(shutil, "copyfile", copy_late)
    assert failure(checkout, tmp_path) == "the plugin's sources changed while they were read: run `lookalike up` again"


def test_a_zip_is_known_by_its_content_and_installed_from_a_copy(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "some.zip", "# x\nname=lookalike\nversion=0.1.0\nopensearch.version = 3.6.0\n")
    plugin = ZipPlugin(file)
    work = tmp_path / "work"
    work.mkdir()
    assert plugin.archive(RELEASE, work).read_bytes() == file.read_bytes()
    first = plugin.build_id(RELEASE)
    write_zip(file, "name=lookalike\nversion=0.2.0\nopensearch.version=3.6.0\n")
    assert plugin.build_id(RELEASE) != first


@pytest.mark.parametrize(
    ("descriptor", "expected"),
    [
        (
            "name=lookalike\nopensearch.version=3.4.0\n",
            "--plugin: {file} is built for OpenSearch 3.4.0, but the node is to be 3.6.0: give the zip for 3.6.0, "
            "or --opensearch 3.4.0",
        ),
        ("name=analysis-icu\n", "--plugin: expected the plugin lookalike, {file} is 'analysis-icu'"),
    ],
)
def test_a_zip_for_something_else_is_refused(tmp_path: Path, descriptor: str, expected: str) -> None:
    file = write_zip(tmp_path / "some.zip", descriptor)
    with pytest.raises(NodeError) as caught:
        ZipPlugin(file).build_id(RELEASE)
    assert str(caught.value) == expected.format(file=file)


def test_what_is_no_zip_of_a_plugin_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "some.zip"
    file.write_text("no zip")
    with pytest.raises(NodeError, match=f"--plugin: {file} is not the zip of an OpenSearch plugin: File is not a zip"):
        ZipPlugin(file).build_id(RELEASE)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("other.txt", "")
    with pytest.raises(NodeError, match="is not the zip of an OpenSearch plugin: .*plugin-descriptor.properties"):
        ZipPlugin(file).build_id(RELEASE)


def test_a_zip_that_is_not_there_and_an_unknown_version_are_refused(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "missing.zip"
    result = run("up", "--node-dir", tmp_path, "--plugin", missing)
    assert (result.code, result.err) == (
        1,
        f"Error: --plugin: there is no file {missing}; expected the plugin's zip\n",
    )
    result = run("up", "--node-dir", tmp_path, "--opensearch", "2.19.1")
    assert (result.code, result.err) == (
        1,
        "Error: --opensearch: expected one of 3.6.0, 3.4.0, found '2.19.1'\n",
    )


def test_the_checkout_is_found_beside_the_package() -> None:
    assert find_checkout() == CheckoutPlugin(Path(__file__).parent.parent.parent)
