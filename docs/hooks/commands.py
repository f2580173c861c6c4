"""The reference of the command line, made of the commands themselves."""

import inspect
import typing
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import typer

__all__ = ["commands"]

_CONNECTION = "Connection"


def commands() -> str:
    """A section for each command: what it does, its arguments, and its options with defaults and variables."""
    from lookalike.cli import app

    root: Any = typer.main.get_command(app)
    functions = dict(_functions(app))
    shared: dict[str, Any] = {}
    lines: list[str] = []
    for name, command in sorted(root.commands.items()):
        connection = [item for item in command.params if getattr(item, "rich_help_panel", None) == _CONNECTION]
        own = [item for item in command.params if item not in connection and item.name != "help"]
        shared |= {item.name: item for item in connection}
        arguments = [_metavar(item) for item in own if item.param_type_name == "argument"]
        usage = " ".join(["lookalike", name, "[OPTIONS]", *arguments])
        lines += [f"## lookalike {name}", "", inspect.cleandoc(command.help), "", "```text", usage, "```", ""]
        lines += _table(own, _choices(functions[name]))
        if connection:
            lines += ["", "And the [connection options](#connection)."]
        lines.append("")
    lines += ["## Connection", "", "Every command that talks to OpenSearch takes these.", ""]
    return "\n".join([*lines, *_table([*shared.values()], {})]) + "\n"


def _functions(app: Any) -> Iterator[tuple[str, Callable[..., None]]]:
    """The functions of an app's commands and of those that it mounts, by the commands' names."""
    for command in app.registered_commands:
        yield command.name or command.callback.__name__.replace("_", "-"), command.callback
    for mounted in app.registered_groups:
        yield from _functions(mounted.typer_instance)


def _choices(function: Callable[..., None]) -> dict[str, list[str]]:
    """The values that a parameter can have, where they are few."""
    found: dict[str, list[str]] = {}

    def look(name: str, kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, Enum):
            found[name] = [str(one.value) for one in kind]
        elif typing.get_origin(kind) is typing.Literal:
            found[name] = [str(one) for one in typing.get_args(kind)]
        else:
            for part in typing.get_args(kind):
                look(name, part)

    for name, parameter in inspect.signature(function).parameters.items():
        look(name, parameter.annotation)
    return found


def _table(parameters: list[Any], choices: dict[str, list[str]]) -> Iterator[str]:
    yield from ("| | | default |", "|---|---|---|")
    for item in parameters:
        names = _metavar(item) if item.param_type_name == "argument" else _options(item)
        one_of = f" One of {', '.join(f'`{one}`' for one in choices[item.name])}." if item.name in choices else ""
        variable = f" Variable: `{item.envvar}`." if item.envvar else ""
        yield f"| {names} | {_cell(item.help or '')}{one_of}{variable} | {_default(item)} |"


def _metavar(item: Any) -> str:
    name = item.metavar or item.name.upper() + ("..." if item.nargs == -1 else "")
    return name if item.required or name.startswith("[") else f"[{name}]"


def _options(item: Any) -> str:
    metavar = " " + item.metavar.replace("|", "\\|") if item.metavar else ""
    return "<br>".join(f"`{name}{metavar}`" for name in [*item.opts, *item.secondary_opts])


def _default(item: Any) -> str:
    if item.required:
        return "required"
    if isinstance(item.show_default, str):
        return _cell(item.show_default)
    value = getattr(item.default, "value", item.default)
    return "" if value is None or value is False or value == [] else f"`{'on' if value is True else value}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
