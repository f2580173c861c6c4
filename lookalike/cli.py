"""The command `lookalike`: mounts the rooms' commands and turns errors into one line."""

import os
import sys

import typer

from lookalike.cluster.cli import app as cluster_app
from lookalike.encoder.cli import app as encoder_app
from lookalike.errors import LookalikeError
from lookalike.ingest.cli import app as ingest_app
from lookalike.printable import printable
from lookalike.search.cli import app as search_app

app = typer.Typer(
    help="Reverse image search inside OpenSearch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (cluster_app, ingest_app, search_app, encoder_app):
    app.add_typer(room)


def main() -> None:
    """Run the command line; see `lookalike --help`."""
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
