"""What is kept of each benchmark's last run, and the page that is put together of it."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bounds import bounds_in
from benchmarks.catalogue import Benchmark

__all__ = ["Results"]

_TROUBLE = re.compile(r"\A- \*\*(failed|not run)\*\*.*\n*")
_NOT_RUN = "- **not run**"
_HEAD = """\
# Results of the benchmarks

`make bench` runs all benchmarks and writes this page; `make bench-NAME` runs one of them, and the others keep what they
had. Words in capitals are variables of make. Rates change from run to run; ratios are within one run. What follows from
this for large collections is in [docs/scale.md](../docs/scale.md).
"""


class Results:
    """Files below `folder`: `results/NAME.md`, which a run wrote, `remarks/NAME.md`, which people did, the plots that
    commands name, and the page, `RESULTS.md`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._results = folder / "results"

    def keep(self, name: str, output: str) -> None:
        """What a benchmark printed is its result from now on."""
        self._results.mkdir(parents=True, exist_ok=True)
        (self._results / f"{name}.md").write_text(output.strip() + "\n", "utf-8")

    def keep_failure(self, name: str, failure: str) -> None:
        """The last run failed; the figures of an earlier one stay below that."""
        line = f"- **failed** on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {failure}"
        self.keep(name, f"{line}\n\n{_TROUBLE.sub('', self._result(name))}")

    def keep_reason(self, name: str, reason: str) -> None:
        """It could not be run here, which changes nothing if it has ever been."""
        if not self._result(name) or self._result(name).startswith(_NOT_RUN):
            self.keep(name, f"{_NOT_RUN}: {reason}")

    def write_page(self, benchmarks: Sequence[Benchmark]) -> Path:
        """Put the page together, and tell where it is."""
        page = self._folder / "RESULTS.md"
        parts = [_HEAD, self._overview(benchmarks), *map(self._section, benchmarks)]
        page.write_text("\n".join(parts), "utf-8")
        return page

    def _result(self, name: str) -> str:
        return _read(self._results / f"{name}.md")

    def _overview(self, benchmarks: Sequence[Benchmark]) -> str:
        rows = ["| benchmark | asked for | found | |", "|---|---|---|---|"]
        for benchmark in benchmarks:
            first = f"[{benchmark.name}](#{_anchor(benchmark.title)})"
            rows += [f"| {first} | {cells} |" for cells in self._rows(benchmark)]
        return "\n".join(rows) + "\n"

    def _rows(self, benchmark: Benchmark) -> Iterator[str]:
        result = self._result(benchmark.name)
        trouble = _TROUBLE.match(result)
        if trouble or not result:
            yield f"{_cell(benchmark.asked)} | | **{trouble[1] if trouble else 'not run'}**"
            return
        bounds = bounds_in(result)
        for text, value, holds in bounds:
            yield f"{_cell(text)} | {_cell(value)} | {'held' if holds else '**not held**'}"
        if not bounds:
            yield f"{_cell(benchmark.asked)} | | no bound"

    def _section(self, benchmark: Benchmark) -> str:
        commands = "\n".join(f"    python -m benchmarks.{_shown(command)}" for command in benchmark.commands)
        parts = [
            f"## {benchmark.title}",
            f"Asked for: {benchmark.asked}.",
            f"`make bench-{benchmark.name}`, which is",
            commands,
            self._result(benchmark.name) or f"{_NOT_RUN}: nobody has yet",
            *(f"![{benchmark.title}](plots/{file.name})" for file in self._plots(benchmark)),
            _read(self._folder / "remarks" / f"{benchmark.name}.md"),
        ]
        return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"

    def _plots(self, benchmark: Benchmark) -> list[Path]:
        names = re.findall(r"\{PLOTS\}/(\S+)", " ".join(benchmark.commands))
        return [file for name in names if (file := self._folder / "plots" / name).exists()]


def _shown(command: str) -> str:
    """As a reader types it, with variables for what differs from machine to machine."""
    made = {"{BUILD}": "build", "{PLOTS}": "benchmarks/plots"}
    return re.sub(r"\{(\w+)\}", lambda name: made.get(name[0], name[1]), command)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _anchor(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _read(file: Path) -> str:
    return file.read_text("utf-8") if file.exists() else ""
