"""The command line as a whole: help, documentation, start time, and errors that reach a user."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

import examples
import lookalike
from lookalike.cli import app
from lookalike.errors import LookalikeError
from tests.conftest import Run, process

README = (Path(__file__).parent.parent / "README.md").read_text()
ROOT: Any = typer.main.get_command(app)
COMMANDS = sorted(ROOT.commands)


def options(command: str) -> Iterator[Any]:
    return (item for item in ROOT.commands[command].params if item.param_type_name == "option")


def test_the_commands_are_those_of_the_contract_so_far() -> None:
    assert COMMANDS == [
        "calibrate",
        "delete",
        "doctor",
        "down",
        "duplicates",
        "evaluate",
        "export",
        "ingest",
        "init",
        "reembed",
        "search",
        "serve",
        "status",
        "train",
        "up",
    ]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_has_help(command: str, run: Run) -> None:
    assert ROOT.commands[command].help
    assert [item.name for item in options(command) if not item.help] == []
    shown = run(command, "--help")
    assert shown.code == 0
    assert f"Usage: lookalike {command}" in shown.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_stands_in_the_readme(command: str) -> None:
    assert f"`lookalike {command}" in README or f"\nlookalike {command}" in README
    undocumented = {"name", "dimension", "version", "images_from"} if command == "export" else set()
    for item in options(command):
        if item.name not in undocumented:
            assert any(name in README for name in [*item.opts, *item.secondary_opts]), f"{command} {item.opts[0]}"


@pytest.mark.parametrize("variable", sorted(set(re.findall(r"LOOKALIKE_[A-Z_]+", README))))
def test_every_variable_of_the_readme_is_read_somewhere(variable: str) -> None:
    places = [Path(lookalike.__file__).parent, Path(examples.__file__).parent]
    assert any(f'"{variable}"' in file.read_text() for place in places for file in place.rglob("*.py"))


def test_the_readme_opens_with_the_two_commands() -> None:
    assert re.search(r"```sh\n(.*?)```", README, re.DOTALL).group(1) == "make demo\nmake test\n"  # type: ignore[union-attr]


def test_no_arguments_show_the_commands(run: Run) -> None:
    shown = run()
    for command in COMMANDS:
        assert re.search(rf"\b{command}\b", shown.out)


def test_the_version_is_printed(run: Run) -> None:
    assert run("--version").out == f"lookalike {lookalike.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["search", "--help"], ["ingest", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    script = f"import sys; sys.argv = ['lookalike', *{arguments}]\ntry:\n from lookalike.cli import main; main()\n"
    script += "except SystemExit: pass\nprint(sorted(sys.modules), file=sys.stderr)"
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(re.findall(r"'([\w.]+)'", answer.stderr))
    heavy = {"numpy", "PIL", "onnxruntime", "opensearchpy", "jinja2", "pydantic", "torch", "rich.progress", "tenacity"}
    assert "lookalike.cli" in loaded
    assert not loaded & heavy


def test_what_serves_users_does_without_torch() -> None:
    modules = "lookalike.search.searcher, lookalike.search.gallery, lookalike.ingest.runner, lookalike.encoder.decode"
    script = f"import sys, {modules}\nfrom lookalike.encoder.session import EncoderSession\n"
    script += "from lookalike.encoder.artefact import find_artefact\nEncoderSession(find_artefact()).load()\n"
    script += "assert 'torch' not in sys.modules and 'onnx' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_fault_of_ours_is_one_line_that_asks_for_a_report(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("lookalike.cli.app", fail)
    result = run("status")
    assert result.code == 1
    assert result.err == (
        "Error: ZeroDivisionError: division by zero. This is a fault of lookalike's; please report it with the "
        "traceback that LOOKALIKE_DEBUG=1 shows.\n"
    )
    monkeypatch.setenv("LOOKALIKE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run("status")


def test_an_error_cannot_move_the_cursor(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise LookalikeError("cannot read \x1b[2J\udce9.jpg")

    monkeypatch.setattr("lookalike.cli.app", fail)
    assert run("status").err == "Error: cannot read \\x1b[2J\\udce9.jpg\n"


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    answer = subprocess.run(
        [sys.executable, "-m", "lookalike", "--help"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert "Traceback" not in answer.stderr
    assert "Error" not in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["serach"], "No such command 'serach'"),
        (["search", "x.jpg"], "Missing option '--index'"),
        (["ingest", "--index", "photos"], "Missing argument 'SOURCE...'"),
        (["up", "--port", "70000"], "Invalid value for '--port'"),
    ],
)
def test_wrong_usage_exits_with_2(arguments: list[str], expected: str) -> None:
    answer = process(*arguments)
    assert answer.returncode == 2
    assert expected in answer.stderr
