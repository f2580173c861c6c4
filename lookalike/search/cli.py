"""Commands of the search room."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.cluster.options import with_connection
from lookalike.cluster.settings import ConnectionSettings

app = typer.Typer()


@app.command()
@with_connection
def search(
    index: Annotated[str, typer.Option(help="Index, alias or pattern to search.")],
    image: Annotated[Path | None, typer.Argument(help="Picture to look for.")] = None,
    like: Annotated[
        str | None, typer.Option(help="Instead of a picture: the id of an indexed one.", metavar="ID")
    ] = None,
    k: Annotated[int, typer.Option("-k", help="How many answers at most.", min=1, max=10_000)] = 10,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="field=value, field=low..high or a JSON query clause; repeatable, all must hold.",
        ),
    ] = None,
    min_score: Annotated[
        float | None, typer.Option(help="Leave out answers that score less (0 to 1).", min=0, max=1)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each answer.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the answers as a gallery, one HTML file.")] = None,
    model: Annotated[str, typer.Option(help="Installed model by name, or the folder of one.")] = "default",
    native_libraries: Annotated[
        bool,
        typer.Option("--native-libraries", help="Every data node has k-NN's native libraries; do not check."),
    ] = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Find the pictures that look like IMAGE, or like an indexed picture."""
    if (image is None) == (like is None):
        raise typer.BadParameter("give either a picture or --like ID")
    from lookalike.search.report import print_json, print_table
    from lookalike.search.searcher import Searcher, Wanted

    searcher = Searcher(connection, index, model, native_libraries)
    wanted = Wanted(k, filters or [], min_score, thumbnails=html is not None)
    answer = searcher.by_image(image, wanted) if image else searcher.by_id(str(like), wanted)
    (print_json if as_json else print_table)(answer)
    if html is not None:
        from lookalike.search.gallery import write_gallery

        write_gallery(html, [answer], title=f"Pictures like {answer.question}")
        if not as_json:
            typer.echo(f"gallery: {html.absolute().as_uri()}")


@app.command()
@with_connection
def delete(
    index: Annotated[str, typer.Option(help="Index to delete from.")],
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of pictures.", metavar="[ID]...")] = None,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="As in search; repeatable, all must hold.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The count as a JSON object.")] = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Delete pictures from an index, by id or by filter; says how many and asks first."""
    import json
    import sys

    from lookalike.errors import ConfigError
    from lookalike.search.deleting import Deletion

    deletion = Deletion(connection, index, ids or [], filters or [])
    count = deletion.count()
    if count and not yes:
        if not sys.stdin.isatty():
            raise ConfigError(f"{count} pictures would be deleted, and there is no terminal to ask on; give --yes")
        if not typer.confirm(f"Delete {count} pictures from {index}?"):
            typer.echo("nothing is deleted")
            return
    deleted = deletion.run() if count else 0
    typer.echo(json.dumps({"index": index, "deleted": deleted}) if as_json else f"{index}: {deleted} deleted")
