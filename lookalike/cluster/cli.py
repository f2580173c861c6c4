"""Commands of the cluster room: the local node."""

import os
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from lookalike.cluster.settings import DEFAULT_URL
from lookalike.cluster.versions import DEFAULT_VERSION, RELEASES
from lookalike.errors import ConfigError

app = typer.Typer()

NodeDir = Annotated[
    Path | None,
    typer.Option(
        envvar="LOOKALIKE_NODE_DIR",
        help="Folder of the node's configuration, data and logs.",
        show_default="in the user's data folder",
    ),
]


@app.command()
def up(
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1.", min=1, max=65535)] = 9200,
    node_dir: NodeDir = None,
    heap: Annotated[str, typer.Option(help="Memory of the JVM, as in 512m or 2g.")] = "1g",
    patience: Annotated[float, typer.Option(help="Seconds to wait until the node is healthy.", min=1)] = 180,
    opensearch: Annotated[
        str,
        typer.Option(
            envvar="LOOKALIKE_OPENSEARCH",
            help=f"Version of OpenSearch: {', '.join(release.version for release in RELEASES)}.",
        ),
    ] = DEFAULT_VERSION,
    plugin: Annotated[
        Path | None,
        typer.Option(
            envvar="LOOKALIKE_PLUGIN",
            help="Zip of Lookalike's plugin for that version.",
            show_default="built from the checkout",
        ),
    ] = None,
    without_plugin: Annotated[bool, typer.Option("--without-plugin", help="k-NN only, even if there is one.")] = False,
) -> None:
    """Start a local OpenSearch with k-NN and the plugin; the first time it is assembled from Maven Central."""
    from lookalike.cluster.node import LocalNode
    from lookalike.cluster.node_folder import default_node_folder
    from lookalike.cluster.program import choose_program

    if not re.fullmatch(r"[1-9]\d*[mgMG]", heap):
        raise ConfigError(f"--heap: expected a number with m or g, such as 512m or 2g, found {heap!r}")
    os.umask(0o022)  # what root makes here, the node's user must be able to read
    node = LocalNode(node_dir or default_node_folder())

    def say(step: str) -> None:
        typer.echo(step, err=True)

    program = choose_program(opensearch, plugin, without_plugin, say)
    status = node.up(program, port, heap, patience, say)
    typer.echo(f"OpenSearch is {status.health} at {status.url} (pid {status.process.pid}, data in {node.folder})")
    if status.url != DEFAULT_URL:
        typer.echo(f"export LOOKALIKE_URL={status.url}")


@app.command()
def down(node_dir: NodeDir = None) -> None:
    """Stop the local node; its data stays."""
    from lookalike.cluster.node import LocalNode
    from lookalike.cluster.node_folder import default_node_folder

    stopped = LocalNode(node_dir or default_node_folder()).down()
    typer.echo("stopped; the data stays for the next `lookalike up`" if stopped else "no local node was running")


@app.command()
def status(
    node_dir: NodeDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Say whether the local node runs; exit code 1 if it does not."""
    import json

    from lookalike.cluster.node import LocalNode
    from lookalike.cluster.node_folder import default_node_folder

    node = LocalNode(node_dir or default_node_folder())
    found = node.status()
    if as_json:
        facts = found.facts() if found else {}
        typer.echo(json.dumps({"running": found is not None, "folder": str(node.folder), **facts}))
    elif found is None:
        typer.echo(f"no local node is running (data in {node.folder}); start it with `lookalike up`")
    else:
        typer.echo(f"OpenSearch is {found.health or 'starting'} at {found.url} (pid {found.process.pid})")
        typer.echo(f"it runs {found.program or 'a program that is not known'}")
        typer.echo(f"data in {node.folder / 'data'}, log in {node.log}")
    if found is None:
        sys.exit(1)
