"""Tables on a terminal, complete in a pipe."""

from rich.console import Console
from rich.table import Table

__all__ = ["plain_table", "show"]

_ENDLESS = 10_000  # columns: a pipe has no edge to fold at


def plain_table() -> Table:
    """A table of columns alone."""
    return Table(box=None, pad_edge=False, header_style="bold")


def show(table: Table) -> None:
    """Print a table, folded where a terminal ends."""
    console = Console()
    if not console.is_terminal:
        console.width = _ENDLESS
    console.print(table)
