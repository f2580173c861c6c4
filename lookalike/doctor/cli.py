"""The command of the doctor room."""

import sys
from typing import Annotated

import typer

from lookalike.cluster.options import with_connection
from lookalike.cluster.settings import ConnectionSettings

app = typer.Typer()


@app.command()
@with_connection
def doctor(
    index: Annotated[
        str | None, typer.Option(help="Index to look at, too.", show_default="the cluster and this machine alone")
    ] = None,
    model: Annotated[str, typer.Option(help="Installed model by name, or the folder of one.")] = "default",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each finding.")] = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Check connection, rights, versions, plugin, model, mapping, disk and memory; exit code 1 for a problem."""
    from lookalike.doctor.examine import examine
    from lookalike.doctor.finding import State
    from lookalike.doctor.report import print_finding, summary

    states = []
    for check, finding in examine(connection, index, model):
        states.append(finding.state)
        print_finding(check, finding, as_json)
    if not as_json:
        typer.echo(summary(states))
    if State.PROBLEM in states:
        sys.exit(1)
