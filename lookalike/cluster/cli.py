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
    nodes: Annotated[
        int | None,
        typer.Option(
            help="How many nodes; each after the first takes the next port.",
            min=1,
            max=9,
            show_default="as many as the folder has, at first 1",
        ),
    ] = None,
    node_dir: NodeDir = None,
    heap: Annotated[str, typer.Option(help="Memory of each node's JVM, as in 512m or 2g.")] = "1g",
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
    from lookalike.cluster.local_cluster import LocalCluster
    from lookalike.cluster.node_folder import default_node_folder
    from lookalike.cluster.program import choose_program

    if not re.fullmatch(r"[1-9]\d*[mgMG]", heap):
        raise ConfigError(f"--heap: expected a number with m or g, such as 512m or 2g, found {heap!r}")
    os.umask(0o022)  # what root makes here, the node's user must be able to read
    cluster = LocalCluster(node_dir or default_node_folder())

    def say(step: str) -> None:
        typer.echo(step, err=True)

    program = choose_program(opensearch, plugin, without_plugin, say)
    count = nodes or len(cluster.nodes)
    if port + count - 1 > 65535:
        raise ConfigError(f"--port: {count} nodes need as many ports from {port} on, but the last is 65535")
    statuses = cluster.up([program] * count, port, heap, patience, say)
    for status, node in zip(statuses, cluster.nodes, strict=True):
        typer.echo(f"OpenSearch is {status.health} at {status.url} (pid {status.process.pid}, data in {node.folder})")
    if statuses[0].url != DEFAULT_URL:
        typer.echo(f"export LOOKALIKE_URL={statuses[0].url}")


@app.command()
def down(node_dir: NodeDir = None) -> None:
    """Stop the local node, or all nodes of the local cluster; their data stays."""
    from lookalike.cluster.local_cluster import LocalCluster
    from lookalike.cluster.node_folder import default_node_folder

    stopped = LocalCluster(node_dir or default_node_folder()).down()
    typer.echo("stopped; the data stays for the next `lookalike up`" if stopped else "no local node was running")


@app.command()
def status(
    node_dir: NodeDir = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for each node.")] = False,
) -> None:
    """Say whether the local node runs; exit code 1 if it, or one of several, does not."""
    import json

    from lookalike.cluster.local_cluster import LocalCluster
    from lookalike.cluster.node_folder import default_node_folder

    complete = True
    for node in LocalCluster(node_dir or default_node_folder()).nodes:
        found = node.status()
        complete = complete and found is not None
        if as_json:
            facts = found.facts() if found else {}
            typer.echo(json.dumps({"running": found is not None, "folder": str(node.folder), **facts}))
        elif found is None:
            typer.echo(f"no local node is running (data in {node.folder}); start it with `lookalike up`")
        else:
            typer.echo(f"OpenSearch is {found.health or 'starting'} at {found.url} (pid {found.process.pid})")
            typer.echo(f"it runs {found.program or 'a program that is not known'}")
            typer.echo(f"data in {node.folder / 'data'}, log in {node.log}")
    if not complete:
        sys.exit(1)
