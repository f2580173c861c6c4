"""What is kept of runs, and the page that is put together of it."""

import shutil
from pathlib import Path

import pytest

from benchmarks.bounds import bound, bounds_in
from benchmarks.catalogue import BENCHMARKS, Benchmark
from benchmarks.results import Results

BENCHMARK = Benchmark(
    "swift", "How swift, a name", "swift | sound", ["crops {BUILD}/x {PICTURES} --plot {PLOTS}/a.png"]
)
OUTPUT = (
    "conditions\n\n| a | b |\n|---|---|\n\n" + bound("swift", "yes: 3", True) + "\n" + bound("sound", "1 | 2", False)
)


def page(folder: Path) -> str:
    return Results(folder).write_page([BENCHMARK]).read_text("utf-8")


def test_bounds_are_read_as_they_are_written() -> None:
    assert bounds_in(OUTPUT) == [("swift", "yes: 3", True), ("sound", "1 | 2", False)]


def test_the_page_has_all_that_is_known_of_a_benchmark(tmp_path: Path) -> None:
    for file, text in (("remarks/swift.md", "It was late."), ("plots/a.png", "")):
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text(text)
    Results(tmp_path).keep("swift", OUTPUT)
    told = page(tmp_path)
    assert "| [swift](#how-swift-a-name) | swift | yes: 3 | held |\n" in told
    assert "| [swift](#how-swift-a-name) | sound | 1 \\| 2 | **not held** |\n" in told
    section = told[told.index("\n## ") :]
    assert section == (
        "\n## How swift, a name\n\nAsked for: swift | sound.\n\n`make bench-swift`, which is\n\n"
        f"    python -m benchmarks.crops build/x PICTURES --plot benchmarks/plots/a.png\n\n{OUTPUT}\n\n"
        "![How swift, a name](plots/a.png)\n\nIt was late.\n"
    )


def test_a_failure_stands_before_figures_that_no_longer_count(tmp_path: Path) -> None:
    results = Results(tmp_path)
    results.keep("swift", OUTPUT)
    results.keep_failure("swift", "it broke")
    results.keep_failure("swift", "it broke again")
    told = page(tmp_path)
    assert "| [swift](#how-swift-a-name) | swift \\| sound | | **failed** |\n" in told
    assert f"it broke again\n\n{OUTPUT}\n" in told
    assert "it broke\n" not in told
    assert "| held |" not in told
    results.keep("swift", OUTPUT)
    assert "| held |" in page(tmp_path)
    assert "broke" not in page(tmp_path)


def test_what_cannot_be_run_here_keeps_its_figures(tmp_path: Path) -> None:
    results = Results(tmp_path)
    assert "**not run**" in page(tmp_path)
    results.keep_reason("swift", "there is no folder")
    assert "| [swift](#how-swift-a-name) | swift \\| sound | | **not run** |\n" in page(tmp_path)
    assert "- **not run**: there is no folder\n" in page(tmp_path)
    results.keep_reason("swift", "there is no other folder")
    assert "- **not run**: there is no other folder\n" in page(tmp_path)
    results.keep("swift", OUTPUT)
    results.keep_reason("swift", "there is no folder")
    assert "there is no" not in page(tmp_path)
    results.keep_failure("swift", "it broke")
    results.keep_reason("swift", "there is no folder")
    assert "it broke" in page(tmp_path)


@pytest.mark.parametrize("folder", ["results", "remarks"])
def test_nothing_is_kept_of_benchmarks_that_are_gone(folder: str) -> None:
    kept = Path(__file__).resolve().parent.parent.parent / "benchmarks" / folder
    assert {file.stem for file in kept.glob("*.md")} - {benchmark.name for benchmark in BENCHMARKS} == set()


def test_the_page_in_the_repository_is_the_one_that_is_put_together(tmp_path: Path) -> None:
    source = Path(__file__).resolve().parent.parent.parent / "benchmarks"
    for folder in ("results", "remarks", "plots"):
        shutil.copytree(source / folder, tmp_path / folder)
    Results(tmp_path).write_page(BENCHMARKS)
    assert (tmp_path / "RESULTS.md").read_text("utf-8") == (source / "RESULTS.md").read_text("utf-8")
