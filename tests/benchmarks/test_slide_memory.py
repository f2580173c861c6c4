import re
import sys
from pathlib import Path

import pytest

from benchmarks import slide_memory


@pytest.mark.parametrize(("most", "code", "verdict"), [(1e9, 0, "held"), (1e6, 1, "NOT HELD")])
def test_each_file_and_tiling_has_a_row_with_a_verdict(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    most: float,
    code: int,
    verdict: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmark", str(tmp_path), "--side", "1500"])
    monkeypatch.setattr(slide_memory, "MOST_RESIDENT", most)
    with pytest.raises(SystemExit) as ended:
        slide_memory.main()
    assert ended.value.code == code
    rows = capsys.readouterr().out.splitlines()[4:]
    assert [row.split(",")[0] for row in rows] == ["| 1500-flat.tif"] * 2 + ["| 1500-pyramid.tif"] * 2
    for row in rows:
        assert re.search(rf"\| levels=\d .* \| \d\d \| \d+\.\d \| \d{{3}} \| {verdict} \|$", row), row
