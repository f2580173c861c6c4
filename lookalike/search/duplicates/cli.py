"""The command `lookalike duplicates`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.cluster.options import with_connection
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import ConfigError

if TYPE_CHECKING:
    from lookalike.search.duplicates.finder import DuplicateFinder
    from lookalike.search.duplicates.group import Group

app = typer.Typer()


@app.command()
@with_connection
def duplicates(
    index: Annotated[str, typer.Argument(help="Index to look through, or an alias of one.")],
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of pictures, for --not-duplicates and --forget.", metavar="[ID]...")
    ] = None,
    probability: Annotated[
        float, typer.Option(help="Least probability that two pictures are copies.", min=0.5, max=1)
    ] = 0.95,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="As in search; repeatable, all must hold.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each group.")] = False,
    csv: Annotated[Path | None, typer.Option(help="Write a CSV file with a row for each picture.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a report to look through, one HTML file.")] = None,
    delete: Annotated[
        bool, typer.Option("--delete", help="Delete all but the original of each group from the index; files stay.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="With --delete: only say what would be deleted.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --delete: do not ask.")] = False,
    not_duplicates: Annotated[
        bool, typer.Option("--not-duplicates", help="Remember that none of these pictures is a copy of another.")
    ] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Forget all such decisions about these pictures.")] = False,
    model: Annotated[str, typer.Option(help="Installed model by name, or the folder of one.")] = "default",
    native_libraries: Annotated[
        bool,
        typer.Option("--native-libraries", help="Every data node has k-NN's native libraries; do not check."),
    ] = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Find the groups of copies in an index, edited or not, and the best original of each."""
    _check(ids or [], not_duplicates, forget, showing=delete or csv is not None or html is not None)
    if (dry_run or yes) and not delete:
        raise typer.BadParameter("--dry-run and --yes are of deleting; give --delete")
    if delete and not dry_run and not yes and not sys.stdin.isatty():
        raise ConfigError("--delete asks first, and there is no terminal to ask on; give --yes or --dry-run")
    from lookalike.search.duplicates.finder import DuplicateFinder

    finder = DuplicateFinder(connection, index, model, native_libraries)
    if not_duplicates or forget:
        typer.echo(finder.not_duplicates(ids or []) if not_duplicates else finder.forget(ids or []))
        return
    with _progress(finder.count(filters or [])) as progress:
        groups = finder.find(probability, filters or [], progress)
    _show(finder, groups, as_json, csv, html)
    if delete:
        _delete(finder, groups, as_json, dry_run, yes)


def _check(ids: Sequence[str], not_duplicates: bool, forget: bool, showing: bool) -> None:
    """Raise BadParameter for options of which one would have no effect."""
    if not_duplicates and forget:
        raise typer.BadParameter("give either --not-duplicates or --forget")
    deciding = not_duplicates or forget
    if deciding and showing:
        raise typer.BadParameter(
            "--not-duplicates and --forget look for no copies; --delete, --csv and --html need a command of their own"
        )
    if ids and not deciding:
        raise typer.BadParameter("ids belong to --not-duplicates and --forget; --filter takes some pictures only")


def _show(
    finder: "DuplicateFinder", groups: Sequence["Group"], as_json: bool, csv: Path | None, html: Path | None
) -> None:
    from lookalike.search.duplicates.report import print_json, print_table, write_csv

    (print_json if as_json else print_table)(groups)
    if csv is not None:
        write_csv(csv, groups)
    if html is not None:
        finder.write_page(html, groups)
        if not as_json:
            typer.echo(f"report: {html.absolute().as_uri()}")


def _delete(finder: "DuplicateFinder", groups: Sequence["Group"], as_json: bool, dry_run: bool, yes: bool) -> None:
    import json

    count = sum(len(group.copies) for group in groups)
    what = f"{count} copies from index {finder.name}, and keep {len(groups)} originals; the files stay where they are"
    if dry_run:
        typer.echo(json.dumps({"index": finder.name, "would_delete": count}) if as_json else f"would delete {what}")
        return
    if count and not yes and not typer.confirm(f"Delete {what}?", err=True):
        typer.echo("nothing is deleted")
        return
    removed = finder.remove(groups)
    if as_json:
        typer.echo(json.dumps({"index": finder.name, "deleted": removed.deleted, "left": removed.left}))
        return
    typer.echo(f"{finder.name}: {removed.deleted} deleted; the files stay where they are")
    if removed.left:
        typer.echo(f"{removed.left} are left, because they or their originals changed meanwhile; run the command again")


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    """Yield what shows how many documents are done, on standard error, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("comparing", total=total)
        yield lambda done: progress.update(task, completed=done)
