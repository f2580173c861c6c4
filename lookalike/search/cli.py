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
