"""The Dockerfiles: what hadolint says of them, and whether what they copy and install is there. Nothing is built."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "deploy").glob("*.Dockerfile"))


def lines(file: Path) -> list[str]:
    return file.read_text().replace("\\\n", " ").splitlines()


@pytest.fixture
def hadolint() -> str:
    found = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert found
    return found


def test_there_are_two() -> None:
    assert [file.name for file in FILES] == ["lookalike.Dockerfile", "opensearch.Dockerfile"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_hadolint_has_nothing_to_say(hadolint: str, file: Path) -> None:
    answer = subprocess.run([hadolint, file], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (0, "")


def test_hadolint_would_say_it(hadolint: str, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:latest\nRUN cd /x && pip install x\n")
    answer = subprocess.run([hadolint, tmp_path / "Dockerfile"], capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert "DL3007" in answer.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_images_are_pinned_and_the_last_stage_is_not_root(file: Path) -> None:
    versions = {match[1]: match[2] for line in lines(file) if (match := re.match(r"ARG (\w+)=(\S+)", line))}
    for line in lines(file):
        if match := re.match(r"FROM (\S+)", line):
            image = re.sub(r"\$\{(\w+)\}", lambda found: versions[found[1]], match[1])
            assert re.search(r":\d+\.\d+\.\d+", image), image
    assert [line for line in lines(file) if line.startswith("USER ")][-1] == "USER 1000"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_is_copied_is_there_and_reaches_the_build(file: Path) -> None:
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for line in lines(file):
        if line.startswith("COPY ") and "--from" not in line:
            *sources, _ = line.split()[1:]
            for source in sources:
                assert (ROOT / source).exists(), source
                assert any(source == name or source.startswith(f"{name}/") for name in let_in), source


def test_what_the_package_is_built_from_reaches_the_build() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {project["readme"], *project["license-files"], "pyproject.toml", "constraints.txt", "lookalike"}
    copied = " ".join(line for line in lines(FILES[0]) if line.startswith("COPY ")).split()
    assert needed <= set(copied)


def test_extras_exist() -> None:
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    wanted = re.search(r"'\.\[([\w,]+)\]'", FILES[0].read_text())
    assert wanted
    assert set(wanted[1].split(",")) <= extras
