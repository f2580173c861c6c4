"""Running Maven: what it is needed for when it is missing, and its errors without its noise."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lookalike.errors import NodeError

__all__ = ["MavenResult", "run_maven"]


@dataclass(frozen=True)
class MavenResult:
    """How a run of Maven ended: `errors` are its `[ERROR]` lines without that mark, or what it said instead."""

    ok: bool
    errors: list[str]


def run_maven(arguments: list[str], purpose: str, folder: Path, java_home: Path | None = None) -> MavenResult:
    """Run Maven in `folder`, by the JDK in `java_home` if given, else by the one it finds itself.

    Raises NodeError if there is no Maven; `purpose` says what for, as in "build the plugin".
    """
    maven = shutil.which("mvn")
    if maven is None:
        raise NodeError(f"Maven is needed to {purpose}, but there is no `mvn` on PATH: install Maven")
    environment = {**os.environ, **({"JAVA_HOME": str(java_home)} if java_home else {})}
    command = [maven, "--batch-mode", "--quiet", "-Dstyle.color=never", *arguments]
    answer = subprocess.run(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    errors = [line.partition("[ERROR]")[2].strip() for line in answer.stdout.splitlines() if "[ERROR]" in line]
    said = [line for line in errors if line] or answer.stderr.split("\n")[:1]
    return MavenResult(answer.returncode == 0, [line for line in said if line] or [f"exit code {answer.returncode}"])
