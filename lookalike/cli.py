"""The command `lookalike`: mounts the rooms' commands and turns errors into one line."""

import gc
import os
import sys
from typing import Annotated

import typer

from lookalike import __version__
from lookalike.cluster.cli import app as cluster_app
from lookalike.doctor.cli import app as doctor_app
from lookalike.encoder.cli import app as encoder_app
from lookalike.errors import LookalikeError
from lookalike.ingest.cli import app as ingest_app
from lookalike.printable import printable
from lookalike.search.cli import app as search_app

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lookalike {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # acted on by its callback alone
        bool, typer.Option("--version", help="Print the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Reverse image search inside OpenSearch."""


for room in (cluster_app, ingest_app, search_app, doctor_app, encoder_app):
    app.add_typer(room)


def main() -> None:
    """Run the command line; see `lookalike --help`."""
    # Starting makes tens of thousands of objects that stay; looking for garbage among them takes a tenth of the time.
    gc.set_threshold(20_000)
    try:
        app()
    except LookalikeError as error:
        _fail(f"Error: {error}", 1)
    except BrokenPipeError:
        # The reader of our output, such as `head`, has gone; that is its right.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if "LOOKALIKE_DEBUG" in os.environ:
            raise
        _fail(
            f"Error: {type(error).__name__}: {error}. This is a fault of lookalike's; please report it with the "
            "traceback that LOOKALIKE_DEBUG=1 shows.",
            1,
        )


def _fail(message: str, code: int) -> None:
    print(printable(" ".join(message.split())), file=sys.stderr)
    sys.exit(code)
