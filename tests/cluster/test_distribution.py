"""Assembly with a Maven that misbehaves; the real one assembles the node that the other tests run against."""

import collections
import errno
import hashlib
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lookalike.cluster import distribution
from lookalike.cluster.distribution import assemble, cache_folder, require_space
from lookalike.cluster.java import Java
from lookalike.cluster.versions import Release
from lookalike.errors import NodeError

JAVA = Java(Path("/opt/some-jdk"), 21)
VERSION = "3.6.0"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOOKALIKE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def zips(tmp_path: Path) -> Path:
    """A tiny OpenSearch and a tiny plugin, for a Maven that copies them."""
    folder = tmp_path / "zips"
    folder.mkdir()
    with zipfile.ZipFile(folder / f"opensearch-{VERSION}.zip", "w") as archive:
        info = zipfile.ZipInfo(f"opensearch-{VERSION}/bin/opensearch-plugin")
        info.external_attr = 0o100755 << 16
        archive.writestr(info, '#!/bin/sh\necho "$@ with $OPENSEARCH_JAVA_HOME" > "$(dirname "$0")/../installed"\n')
        archive.writestr(f"opensearch-{VERSION}/config/jvm.options", "-Xms1g\n")
    with zipfile.ZipFile(folder / f"opensearch-knn-{VERSION}.0.zip", "w") as archive:
        archive.writestr("plugin-descriptor.properties", "name=opensearch-knn\n")
    return folder


@pytest.fixture
def release(zips: Path) -> Release:
    """The release whose hashes are those of the tiny files, as they are when the test begins."""
    return release_of(zips)


def release_of(zips: Path) -> Release:
    names = (f"opensearch-{VERSION}.zip", f"opensearch-knn-{VERSION}.0.zip")
    opensearch, knn = (hashlib.sha256((zips / name).read_bytes()).hexdigest() for name in names)
    return Release(VERSION, opensearch, knn)


@pytest.fixture
def maven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An `mvn` on PATH whose script a test writes with `maven_does`."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder / "mvn"


def maven_does(maven: Path, script: str) -> None:
    maven.write_text(
        "#!/bin/bash\n"
        'for argument in "$@"; do case $argument in\n'
        "-DoutputDirectory=*) output=${argument#*=};;\n"
        "-Dartifact=*opensearch-knn*) name=opensearch-knn-3.6.0.0.zip;;\n"
        "-Dartifact=*) name=opensearch-3.6.0.zip;;\n"
        f"esac; done\n{script}\n"
    )
    maven.chmod(0o755)


def refusal(release: Release) -> str:
    with pytest.raises(NodeError) as caught:
        assemble(JAVA, release)
    return str(caught.value)


def test_assembly_unpacks_installs_and_happens_once(cache: Path, zips: Path, release: Release, maven: Path) -> None:
    maven_does(maven, f'cp "{zips}/$name" "$output"')
    home, assembled = assemble(JAVA, release)
    assert (home, assembled) == (cache / f"opensearch-{VERSION}-knn", True)
    installed = (home / "installed").read_text()
    assert installed.startswith("install --batch file://")
    assert installed.endswith(f"opensearch-knn-{VERSION}.0.zip with /opt/some-jdk\n")
    assert (home / "bin" / "opensearch-plugin").stat().st_mode & 0o777 == 0o755
    assert (home / "config" / "jvm.options").stat().st_mode & 0o444 == 0o444
    maven_does(maven, "exit 1")
    assert assemble(JAVA, release) == (home, False)


def test_what_an_interrupted_assembly_left_is_removed(cache: Path, zips: Path, release: Release, maven: Path) -> None:
    leftover = cache / ".partial-killed" / f"opensearch-{VERSION}"
    leftover.mkdir(parents=True)
    maven_does(maven, f'cp "{zips}/$name" "$output"')
    home, assembled = assemble(JAVA, release)
    assert assembled
    assert sorted(path.name for path in cache.iterdir()) == sorted([home.name, "lock"])


def test_two_assemblies_at_once_wait_for_each_other(
    cache: Path, zips: Path, release: Release, maven: Path, tmp_path: Path
) -> None:
    maven_does(maven, f'echo run >> "{tmp_path}/runs"; sleep 0.5; cp "{zips}/$name" "$output"')
    with ThreadPoolExecutor(2) as pool:
        (first, _), (second, _) = pool.map(lambda _: assemble(JAVA, release), range(2))
    assert first == second == cache / f"opensearch-{VERSION}-knn"
    assert (tmp_path / "runs").read_text() == "run\n" * 2  # once for each of the two zips


def test_missing_maven_says_what_to_install(
    cache: Path, release: Release, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal(release) == "Maven is needed to fetch OpenSearch, but there is no `mvn` on PATH: install Maven"


def test_failing_maven_gives_its_first_error(cache: Path, release: Release, maven: Path) -> None:
    maven_does(maven, 'echo "[INFO] x"; echo "[ERROR] Could not resolve artifact: no route to host"; exit 1')
    message = refusal(release)
    assert "Maven could not fetch org.opensearch.distribution.integ-test-zip:opensearch:3.6.0:zip: " in message
    assert "no route to host. Check the network" in message
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_maven_that_yields_nothing_is_an_error(cache: Path, release: Release, maven: Path) -> None:
    maven_does(maven, "exit 0")
    assert "exit code 0" in refusal(release)


def test_another_file_than_expected_is_refused_with_both_hashes(
    cache: Path, zips: Path, release: Release, maven: Path
) -> None:
    maven_does(maven, 'echo tampered > "$output/$name"')
    expected = hashlib.sha256((zips / f"opensearch-{VERSION}.zip").read_bytes()).hexdigest()
    found = hashlib.sha256(b"tampered\n").hexdigest()
    assert f"is not the expected file: sha256 {expected} expected, {found} found." in refusal(release)
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_a_plugin_that_does_not_install_is_an_error(cache: Path, zips: Path, maven: Path) -> None:
    broken = zips / f"opensearch-{VERSION}.zip"
    with zipfile.ZipFile(broken, "w") as archive:
        info = zipfile.ZipInfo(f"opensearch-{VERSION}/bin/opensearch-plugin")
        info.external_attr = 0o100755 << 16
        archive.writestr(info, "#!/bin/sh\necho 'java is broken' >&2; exit 1\n")
    maven_does(maven, f'cp "{zips}/$name" "$output"')
    assert refusal(release_of(zips)) == "installing the k-NN plugin failed: java is broken"


def test_a_disk_with_too_little_space_is_refused_before_anything_is_fetched(
    cache: Path, release: Release, maven: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = collections.namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 12_000_000))
    assert refusal(release) == (
        f"assembling OpenSearch needs 1000 MB of free disk, but {cache} has 12 MB: "
        "free some, or choose another disk with LOOKALIKE_CACHE (program) and --node-dir (data)"
    )


def test_a_disk_that_fills_up_meanwhile_is_told_apart(
    cache: Path, zips: Path, release: Release, maven: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    maven_does(maven, f'cp "{zips}/$name" "$output"')
    monkeypatch.setattr(distribution, "_unpack", full)
    assert refusal(release) == f"the disk that holds {cache} is full: free about 1000 MB and run `lookalike up` again"
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_enough_space_is_enough(tmp_path: Path) -> None:
    require_space(tmp_path, 1, "a test")


def test_the_cache_can_be_named(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder() == cache
    monkeypatch.delenv("LOOKALIKE_CACHE")
    assert cache_folder().name == "lookalike"
