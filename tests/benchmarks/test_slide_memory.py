import re
import sys
from pathlib import Path

import pytest

from benchmarks import slide_memory
from benchmarks.bounds import bounds_in


@pytest.mark.parametrize(("most", "holds"), [(1e9, True), (1e6, False)])
def test_each_file_and_tiling_has_a_row(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    most: float,
    holds: bool,
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", str(tmp_path), "--side", "1500"])
    monkeypatch.setattr(slide_memory, "MOST_RESIDENT", most)
    slide_memory.main()
    told = capsys.readouterr().out
    rows = [line for line in told.splitlines() if line.startswith("| 1500")]
    assert [row.split(",")[0] for row in rows] == ["| 1500-flat.tif"] * 2 + ["| 1500-pyramid.tif"] * 2
    for row in rows:
        assert re.search(r"\| levels=\d .* \| \d\d \| \d+\.\d \| \d{3} \|$", row), row
    largest = max(int(row.split("|")[-2]) for row in rows)
    bound = (f"a TIFF of 1,500 x 1,500 pixels takes less than {most / 1e6:,.0f} MB", f"{largest} MB", holds)
    assert bounds_in(told) == [bound]
