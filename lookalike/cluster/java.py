"""Finding a JDK that OpenSearch can run on among those installed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lookalike.errors import NodeError

__all__ = ["OLDEST_JAVA", "Java", "find_java"]

OLDEST_JAVA = 21
_INSTALLED = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)


@dataclass(frozen=True)
class Java:
    """A Java installation: its home folder and feature version (21, 25, …)."""

    home: Path
    version: int


def find_java(candidates: Iterator[Path] | None = None, compiler: bool = False) -> Java:
    """Return the first Java of at least OLDEST_JAVA: LOOKALIKE_JAVA_HOME, JAVA_HOME, PATH, then the usual folders.

    With `compiler`, only one that has javac. Raises NodeError that lists what was found and says what to install.
    """
    seen: dict[Path, int] = {}
    without_compiler = set()
    for home in candidates or _candidates():
        if home in seen or not (home / "bin" / "java").is_file():
            continue
        seen[home] = _version(home)
        if compiler and not (home / "bin" / "javac").is_file():
            without_compiler.add(home)
        elif seen[home] >= OLDEST_JAVA:
            return Java(home, seen[home])
    found = ", ".join(
        f"{version or 'unknown'}{' without javac' if home in without_compiler else ''} in {home}"
        for home, version in seen.items()
    )
    needed = f"building the plugin needs a JDK (with javac) of version {OLDEST_JAVA} or newer"
    if not compiler:
        needed = f"OpenSearch needs a JDK of version {OLDEST_JAVA} or newer"
    raise NodeError(
        f"{needed}; found: {found or 'none'}. Install one, for example "
        "with `apt-get install openjdk-21-jdk-headless` or `brew install openjdk@21`, "
        "or name its folder in LOOKALIKE_JAVA_HOME."
    )


def _candidates() -> Iterator[Path]:
    for variable in ("LOOKALIKE_JAVA_HOME", "JAVA_HOME"):
        if os.environ.get(variable):
            yield Path(os.environ[variable])
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parent.parent
    for pattern in _INSTALLED:
        expanded = Path(pattern).expanduser()
        yield from sorted(
            (path.resolve() for path in Path(expanded.anchor).glob(str(expanded.relative_to(expanded.anchor)))),
            reverse=True,
        )


def _version(home: Path) -> int:
    """The feature version, from the `release` file or from `java -version`; 0 if it cannot be told."""
    try:
        text = (home / "release").read_text()
    except OSError:
        try:
            answer = subprocess.run(
                [home / "bin" / "java", "-version"], capture_output=True, text=True, timeout=30, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return 0
        text = answer.stderr + answer.stdout
    match = re.search(r'(?:JAVA_VERSION=|version )"(?:1\.)?(\d+)', text)
    return int(match.group(1)) if match else 0


def _print_home_with_compiler() -> None:
    """For the Makefile, which has to tell Maven which JDK to use."""
    try:
        print(find_java(compiler=True).home)
    except NodeError as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    _print_home_with_compiler()
