from pathlib import Path

import pytest

from lookalike.cluster.java import Java, find_java
from lookalike.errors import NodeError


def fake_jdk(folder: Path, version: str | None, prints: str = "") -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{prints}' >&2\n")
    program.chmod(0o755)
    if version:
        (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return folder


def test_the_first_that_is_new_enough_is_taken(tmp_path: Path) -> None:
    old = fake_jdk(tmp_path / "jdk-17", "17.0.15")
    good = fake_jdk(tmp_path / "jdk-21", "21.0.4")
    newer = fake_jdk(tmp_path / "jdk-25", "25")
    assert find_java(iter([tmp_path / "none", old, good, newer])) == Java(good, 21)


def test_one_without_a_release_file_is_asked(tmp_path: Path) -> None:
    eight = fake_jdk(tmp_path / "eight", None, 'openjdk version "1.8.0_402"')
    good = fake_jdk(tmp_path / "good", None, 'openjdk version "22.0.1" 2024-04-16')
    assert find_java(iter([eight, good])) == Java(good, 22)


def test_too_old_and_unknown_ones_are_listed_with_what_to_install(tmp_path: Path) -> None:
    old = fake_jdk(tmp_path / "jdk-17", "17.0.15")
    broken = fake_jdk(tmp_path / "broken", None, "cannot start")
    with pytest.raises(NodeError) as caught:
        find_java(iter([old, broken]))
    message = str(caught.value)
    assert f"needs a JDK of version 21 or newer; found: 17 in {old}, unknown in {broken}." in message
    assert "apt-get install openjdk-21-jdk-headless" in message
    assert "LOOKALIKE_JAVA_HOME" in message


def test_none_at_all() -> None:
    with pytest.raises(NodeError, match="found: none"):
        find_java(iter([Path("/nonexistent")]))


def test_the_named_one_comes_before_java_home_and_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named = fake_jdk(tmp_path / "named", "24")
    other = fake_jdk(tmp_path / "other", "23")
    on_path = fake_jdk(tmp_path / "path", "22")
    monkeypatch.setenv("LOOKALIKE_JAVA_HOME", str(named))
    monkeypatch.setenv("JAVA_HOME", str(other))
    monkeypatch.setenv("PATH", str(on_path / "bin"))
    assert find_java() == Java(named, 24)
    monkeypatch.delenv("LOOKALIKE_JAVA_HOME")
    assert find_java() == Java(other, 23)
    monkeypatch.delenv("JAVA_HOME")
    assert find_java() == Java(on_path, 22)


def test_building_needs_one_with_javac(tmp_path: Path) -> None:
    runtime = fake_jdk(tmp_path / "jre-25", "25")
    old = fake_jdk(tmp_path / "jdk-17", "17.0.15")
    good = fake_jdk(tmp_path / "jdk-21", "21.0.4")
    for home in (old, good):
        (home / "bin" / "javac").write_text("")
    assert find_java(iter([runtime, old, good]), compiler=True) == Java(good, 21)
    with pytest.raises(NodeError) as caught:
        find_java(iter([runtime, old]), compiler=True)
    assert str(caught.value).startswith(
        "building the plugin needs a JDK (with javac) of version 21 or newer; "
        f"found: 25 without javac in {runtime}, 17 in {old}. Install one"
    )
