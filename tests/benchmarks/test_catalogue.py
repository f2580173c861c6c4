"""What the catalogue names is there, and what is there is named."""

import re
from pathlib import Path

import pytest

from benchmarks.catalogue import BENCHMARKS, Benchmark, find_benchmark
from benchmarks.made_pictures import made_places
from benchmarks.places import NotThereError, filled, told_places

ROOT = Path(__file__).resolve().parent.parent.parent
# Programs that look at an encoder in the making, need a run of training, and have no results to keep.
OF_TRAINING = {"encoder_variants", "rebuilt_pictures"}


def test_every_program_that_measures_is_named() -> None:
    folder = ROOT / "benchmarks"
    files = {file for file in folder.glob("*.py") if '__name__ == "__main__"' in file.read_text()}
    programs = {file.stem for file in files} | {file.parent.name for file in folder.glob("*/__main__.py")}
    named = {module for benchmark in BENCHMARKS for module in benchmark.modules}
    assert named == programs - OF_TRAINING - {"run"}


@pytest.mark.parametrize("benchmark", BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_commands_have_options_that_there_are(benchmark: Benchmark) -> None:
    for command in (*benchmark.commands, *benchmark.quick):
        program = ROOT / "benchmarks" / command.split()[0]
        source = (program / "__main__.py" if program.is_dir() else program.with_suffix(".py")).read_text()
        for option in re.findall(r"--[a-z-]+", command):
            assert f'"{option}"' in source, command


def test_each_runs_quickly_or_says_why_not() -> None:
    assert [one.name for one in BENCHMARKS if bool(one.quick) == bool(one.left_out)] == []
    names = [benchmark.name for benchmark in BENCHMARKS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "file", ["README.md", "CONTRIBUTING.md", *(str(page.relative_to(ROOT)) for page in (ROOT / "docs").rglob("*.md"))]
)
def test_benchmarks_that_pages_name_can_be_made(file: str) -> None:
    targets = set(re.findall(r"^bench-([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    known = {benchmark.name for benchmark in BENCHMARKS} | targets | {"NAME"}
    text = (ROOT / file).read_text("utf-8")
    assert set(re.findall(r"make [a-zA-Z=0-9 ]*bench-([A-Za-z-]+)", text)) - known == set()


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(LookupError, match="there is no benchmark 'ingets'; there are ingest, ingest-pinned, "):
        find_benchmark("ingets")


def test_pictures_for_quick_runs_are_made(tmp_path: Path) -> None:
    (tmp_path / "a folder").mkdir()
    places = made_places(tmp_path / "a folder")
    for benchmark in BENCHMARKS:
        for command in benchmark.quick:
            paths = [Path(word) for word in filled(command, places) if word.startswith(str(tmp_path))]
            assert all(list(path.rglob("*.*")) for path in paths if "data" in path.parts), command
            assert not any("{" in word for word in filled(command, places))


def test_pictures_that_are_not_there_are_named_with_their_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHARED_DATA", str(tmp_path / "none"))
    with pytest.raises(NotThereError, match=rf"^there is no {tmp_path}/none; name another with SHARED_DATA=…$"):
        filled("refining {SHARED_DATA}/eval/grocery", told_places())
    monkeypatch.setenv("PHOTOGRAPHS", f"{tmp_path} '{tmp_path}/*.jpg'")
    with pytest.raises(NotThereError, match=r"there is no .*/\*\.jpg; name another with PHOTOGRAPHS="):
        filled("regions {PHOTOGRAPHS}", told_places())
    (tmp_path / "a.jpg").touch()
    assert filled("regions {PHOTOGRAPHS} --crops 2", told_places()) == [
        "regions",
        str(tmp_path),
        f"{tmp_path}/*.jpg",
        "--crops",
        "2",
    ]
