"""The connection options that every command which talks to OpenSearch shares."""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from lookalike.cluster.settings import DEFAULT_URL, resolve_settings

__all__ = ["with_connection"]

_GROUP = "Connection"
_OPTIONS = {
    "url": Annotated[
        str | None,
        typer.Option(
            envvar="LOOKALIKE_URL",
            help="Address of OpenSearch.",
            rich_help_panel=_GROUP,
            show_default=DEFAULT_URL,
        ),
    ],
    "user": Annotated[
        str | None, typer.Option(envvar="LOOKALIKE_USER", help="Name to log in with.", rich_help_panel=_GROUP)
    ],
    "password": Annotated[
        str | None,
        typer.Option(
            envvar="LOOKALIKE_PASSWORD",
            help="Password; the variable keeps it out of the shell's history.",
            rich_help_panel=_GROUP,
        ),
    ],
    "ca_cert": Annotated[
        Path | None,
        typer.Option(
            envvar="LOOKALIKE_CA_CERT",
            help="Certificate (PEM) of the authority that signed OpenSearch's.",
            rich_help_panel=_GROUP,
        ),
    ],
    "aws_region": Annotated[
        str | None,
        typer.Option(
            envvar="LOOKALIKE_AWS_REGION",
            help="Sign requests with AWS SigV4 for this region (needs the extra aws).",
            rich_help_panel=_GROUP,
        ),
    ],
}


def with_connection(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the connection options; it receives them resolved, as its keyword `connection`."""

    @functools.wraps(command)
    def wrapper(**arguments: Any) -> None:
        given = {name: arguments.pop(name) for name in _OPTIONS}
        command(**arguments, connection=resolve_settings(**given))

    signature = inspect.signature(command)
    own = [item for item in signature.parameters.values() if item.name != "connection"]
    added = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _OPTIONS.items()
    ]
    wrapper.__signature__ = signature.replace(parameters=[*own, *added])  # type: ignore[attr-defined]
    # Typer resolves annotations through this attribute, not through the signature.
    wrapper.__annotations__ = {item.name: item.annotation for item in [*own, *added]}
    return wrapper
