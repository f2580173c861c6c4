"""The Python in which other programs run, with packages that this project does not need."""

import argparse
import sys
from pathlib import Path

__all__ = ["add_peers_option", "require_peers"]


def add_peers_option(parser: argparse.ArgumentParser) -> None:
    """Add `--peers`."""
    parser.add_argument(
        "--peers", type=Path, default=Path("build/peers/bin/python"), help="Python of the peers' environment"
    )


def require_peers(python: Path, benchmark: str) -> None:
    """End the program, and tell how it is made, if it is not there."""
    if not python.exists():
        sys.exit(f"Error: there is no {python}; `make bench-{benchmark}` makes the environment of the peers")
