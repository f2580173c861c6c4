"""The runner: what it does about benchmarks that fail, cannot be run or answer wrongly. `make bench-quick` runs all."""

import re
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks import run
from benchmarks.bounds import bound
from benchmarks.catalogue import Benchmark
from benchmarks.command_run import run_commands
from benchmarks.plot_style import plot
from benchmarks.quick_run import complaint
from benchmarks.results import Results
from tests.pictures import save_pictures


def test_the_others_go_on_when_one_fails_or_cannot_be_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    save_pictures(tmp_path / "data" / "pictures", 2)
    monkeypatch.setenv("SHARED_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("PICTURES", str(tmp_path / "none"))
    crops = [f"crops {tmp_path}/crops {{SHARED_DATA}}/pictures --images 3"]
    chosen = [
        Benchmark("broken", "Broken", "much", [f"crops {tmp_path}/data {{SHARED_DATA}}/pictures", *crops], heap=""),
        Benchmark("missing", "Missing", "much", ["crops {BUILD} {PICTURES}"], heap=""),
        Benchmark("right", "Right", "much", crops * 2, heap=""),
    ]
    assert run.run_all(chosen, Results(tmp_path / "kept")) == ["broken", "missing"]
    broken, missing, right = ((tmp_path / "kept" / "results" / f"{one.name}.md").read_text() for one in chosen)
    assert re.match(
        r"- \*\*failed\*\* on 2.* UTC: expected a new folder or one of crops, found other things in ", broken
    )
    assert missing == f"- **not run**: there is no {tmp_path}/none; name another with PICTURES=…\n"
    line = f"3 images in {tmp_path}/crops, "
    assert [part.startswith(line) for part in right.strip().split("\n\n")] == [True, True]
    assert (tmp_path / "kept" / "RESULTS.md").exists()
    told = capfd.readouterr().err
    assert "== broken: FAILED: expected a new folder" in told
    assert "== missing: not run: there is no" in told
    assert "Traceback" not in told


def test_a_name_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "ingest", "ingets", "--quick"])
    with pytest.raises(SystemExit, match="^Error: there is no benchmark 'ingets'; there are ingest, "):
        run.main()


def test_a_failed_command_ends_the_run_with_what_it_said_last(tmp_path: Path) -> None:
    save_pictures(tmp_path / "pictures", 1)
    good = ["crops", str(tmp_path / "crops"), str(tmp_path / "pictures"), "--images", "1"]
    found = run_commands([good, ["crops"], good], {})
    assert found.output.count("1 images in") == 1
    assert found.failure.endswith("error: the following arguments are required: folder, sources")


def test_a_wrong_answer_is_a_complaint_and_a_slow_one_is_none() -> None:
    benchmark = Benchmark("a", "A", "much", [], right=["right image"])
    slow = bound("within 3 s", "4 s", False)
    assert complaint(benchmark, bound("right image first", "1.0", True) + "\n" + slow) == ""
    assert complaint(benchmark, bound("right image first", "0.5", False)) == "not held: right image first: 0.5"
    assert complaint(benchmark, slow) == "expected a line that tells whether 'right image' holds, found ['within 3 s']"


def test_a_plot_is_a_picture(tmp_path: Path) -> None:
    with plot(tmp_path / "plots" / "a.png", "Title") as axes:
        axes.bar(["one", "other"], [1, 2], label="some")
    with Image.open(tmp_path / "plots" / "a.png") as image:
        assert image.size == (792, 396)
