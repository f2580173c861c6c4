"""Commands of the search room."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.cluster.options import with_connection
from lookalike.cluster.settings import ConnectionSettings
from lookalike.search.duplicates.cli import app as duplicates_app

if TYPE_CHECKING:
    from lookalike.encoder.tiles import Box

app = typer.Typer()
app.add_typer(duplicates_app)


class Scope(StrEnum):
    """What a picture is compared with."""

    IMAGES = "images"
    REGIONS = "regions"


class View(StrEnum):
    """Another view of a picture."""

    FLIP = "flip"
    ROTATIONS = "rotations"


@app.command()
@with_connection
def search(
    index: Annotated[str, typer.Option(help="Index, alias or pattern to search.")],
    image: Annotated[Path | None, typer.Argument(help="Picture to look for.")] = None,
    like: Annotated[
        str | None,
        typer.Option(help="Instead of a picture: the id of an indexed one, ID#N its region N.", metavar="ID"),
    ] = None,
    region: Annotated[
        str | None, typer.Option(help="Part of the picture to look for, in its pixels.", metavar="X,Y,WIDTH,HEIGHT")
    ] = None,
    views: Annotated[
        list[View] | None, typer.Option("--view", help="Views of the picture to try as well; repeatable.")
    ] = None,
    scope: Annotated[
        Scope, typer.Option("--in", help="Compare with images as wholes, or with their regions, and tell where.")
    ] = Scope.IMAGES,
    magnification: Annotated[
        str | None,
        typer.Option(
            help="Only regions of such a magnification.",
            metavar="LOW..HIGH|any",
            show_default="about the query's, if that is a slide",
        ),
    ] = None,
    more_like: Annotated[
        list[str] | None, typer.Option(help="Id of an indexed picture that is wanted, too; repeatable.", metavar="ID")
    ] = None,
    less_like: Annotated[
        list[str] | None, typer.Option(help="Id of an indexed picture that is not wanted; repeatable.", metavar="ID")
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
    verify: Annotated[
        bool,
        typer.Option(
            "--verify", help="Look whether the answers' files hold the picture, and exactly where (extra verify)."
        ),
    ] = False,
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
    if like is None and image is None and more_like:
        like, *more_like = more_like
    if (image is None) == (like is None):
        raise typer.BadParameter("give either a picture or --like ID")
    if image is None and (region or views or verify):
        raise typer.BadParameter(
            "--region, --view and --verify need a picture; --like ID#N is a region of an indexed one"
        )
    if scope is not Scope.REGIONS and magnification:
        raise typer.BadParameter("--magnification is of regions; give --in regions")
    from lookalike.search.report import print_json, print_table
    from lookalike.search.searcher import Searcher, Wanted

    wanted = Wanted(
        k,
        filters or [],
        min_score,
        thumbnails=html is not None,
        region=_box(region) if region else None,
        views=[view.value for view in views or []],
        in_regions=scope is Scope.REGIONS,
        magnification=_magnification(magnification) if magnification else None,
        more_like=more_like or [],
        less_like=less_like or [],
        verify=verify,
    )
    searcher = Searcher(connection, index, model, native_libraries)
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


@app.command()
@with_connection
def serve(
    index: Annotated[str, typer.Option(help="Index, alias or pattern to search.")],
    host: Annotated[str, typer.Option(help="Address to listen on; others than this machine's are seen by others.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(help="Port to listen on, 0 for any free one.", min=0, max=65535)] = 9280,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(help="A name by which browsers ask for the page, beside addresses; repeatable.", metavar="NAME"),
    ] = None,
    private_addresses: Annotated[
        bool, typer.Option("--private-addresses", help="Fetch pictures from hosts inside your network, too.")
    ] = False,
    model: Annotated[str, typer.Option(help="Installed model by name, or the folder of one.")] = "default",
    native_libraries: Annotated[
        bool,
        typer.Option("--native-libraries", help="Every data node has k-NN's native libraries; do not check."),
    ] = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Serve a web page that searches an index by picture (extra web)."""
    from lookalike.errors import ConfigError
    from lookalike.loopback import is_loopback

    try:
        from lookalike.search.web.app import make_app
        from lookalike.search.web.server import serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"serve needs {error.name}: pip install 'lookalike[web]'") from error
    from lookalike.search.searcher import Searcher

    searcher = Searcher(connection, index, model, native_libraries)
    if not is_loopback(host):
        typer.echo(
            f"Everyone who reaches {host} can search {index} and see its pictures: the page asks nobody to log in."
        )
    page = make_app(searcher, index, [host, *(allow_host or [])], private_addresses)
    serve(page, host, port, lambda address: typer.echo(f"{index}: {address} (Ctrl-C ends it)"))


def _box(text: str) -> "Box":
    """Raise BadParameter for what is not four whole numbers."""
    from lookalike.encoder.tiles import Box

    numbers = [part.strip() for part in text.split(",")]
    if len(numbers) != 4 or not all(number.removeprefix("-").isdecimal() for number in numbers):
        raise typer.BadParameter(f"--region: expected x,y,width,height in whole pixels, found {text!r}")
    x, y, width, height = map(int, numbers)
    if min(x, y) < 0 or min(width, height) < 1:
        raise typer.BadParameter(f"--region: expected a corner in the picture and a size above zero, found {text!r}")
    return Box(x, y, width, height)


def _magnification(text: str) -> tuple[float, float]:
    """Raise BadParameter for what is neither a range nor `any`."""
    import math

    from lookalike.search.searcher import ANY_MAGNIFICATION

    if text == "any":
        return ANY_MAGNIFICATION
    low, dots, high = text.partition("..")
    try:
        bounds = (float(low), float(high)) if dots else None
    except ValueError:
        bounds = None
    if bounds is None or not all(map(math.isfinite, bounds)) or bounds[0] > bounds[1]:
        raise typer.BadParameter(f"--magnification: expected low..high, as 8..12, or any, found {text!r}")
    return bounds
