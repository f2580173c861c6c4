"""Commands of the ingest room."""

import os
from pathlib import Path
from typing import Annotated

import typer

from lookalike.cluster.options import with_connection
from lookalike.cluster.settings import ConnectionSettings
from lookalike.errors import ClusterError

app = typer.Typer()

ModelOption = Annotated[str, typer.Option(help="Installed model by name, or the folder of one.")]
NativeOption = Annotated[
    bool,
    typer.Option("--native-libraries", help="Every data node has k-NN's native libraries; do not check."),
]


@app.command()
@with_connection
def init(
    index: Annotated[str, typer.Argument(help="Name of the index to make.")],
    variant: Annotated[
        str | None,
        typer.Option(
            help="How vectors are kept: float (in memory), 4x (7 bits searched, floats on disk rescore), "
            "byte (a quarter of the space everywhere), faiss (needs k-NN's native libraries).",
            show_default="float",
        ),
    ] = None,
    shards: Annotated[
        int | None, typer.Option(help="Number of primary shards.", min=1, max=1024, show_default="1")
    ] = None,
    model: ModelOption = "default",
    native_libraries: NativeOption = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Make an index for pictures: templates, mapping, and a record of the model whose vectors it will hold."""
    from lookalike.ingest.target import open_target

    target = open_target(connection, index, model, variant, shards, native_libraries)
    state = "made" if target.is_new else "exists already, nothing to do"
    typer.echo(f"{index}: {state} (variant {target.contract.variant}, model {target.model})")


@app.command()
@with_connection
def ingest(
    sources: Annotated[list[str], typer.Argument(help="Folders, images, or globs in quotes.", metavar="SOURCE...")],
    index: Annotated[str, typer.Option(help="Index to write into; made if it does not exist.")],
    ignore: Annotated[
        list[str] | None, typer.Option(help="Pattern of files to leave out, as in .gitignore; repeatable.")
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(help="key=value added to every document's metadata; repeatable.")
    ] = None,
    model: ModelOption = "default",
    workers: Annotated[
        int | None,
        typer.Option(help="Threads that decode and embed.", min=1, max=256, show_default="one a core"),
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Images embedded at once.", min=1, max=512)] = 16,
    thumbnails: Annotated[bool, typer.Option(help="Keep a small JPEG in each document embedded now.")] = True,
    exif_location: Annotated[
        bool, typer.Option("--exif-location", help="Keep where a picture embedded now was taken, if its EXIF says so.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Embed what has not changed, too, and write its document anew.")
    ] = False,
    failed: Annotated[
        Path | None, typer.Option(help="File for the failed rows: JSON Lines of path and reason.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Failures and counts as JSON, one object a line.")] = False,
    native_libraries: NativeOption = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Embed the images in SOURCES and write them into an index; what has not changed is skipped.

    Exit code 3 means that some files could not be ingested and the rest were.
    """
    from lookalike.ingest.mapper import Mapper
    from lookalike.ingest.metadata import parse_metadata
    from lookalike.ingest.reader import list_images
    from lookalike.ingest.report import print_summary, progress_bar, require_writable, write_failed_rows
    from lookalike.ingest.runner import Summary, run
    from lookalike.ingest.target import open_target

    extra = parse_metadata(metadata or [])
    listing = list_images(sources, ignore or [])
    total = listing.count()
    if failed is not None:
        require_writable(failed)
    target = open_target(connection, index, model, None, None, native_libraries)
    if target.is_new and not as_json:
        typer.echo(f"{index}: made (variant {target.contract.variant}, model {target.model})")
    mapper = Mapper(target.session(threads=1), target.contract.data_type, extra, thumbnails, exif_location)
    summary = Summary()
    try:
        with progress_bar(total, quiet=as_json) as progress:
            run(
                listing,
                mapper,
                target.writer(),
                workers or os.cpu_count() or 1,
                batch_size,
                summary,
                force or target.is_new,
                progress,
            )
    except (ClusterError, KeyboardInterrupt) as error:
        typer.echo(
            f"ended early, with {summary.done} of {total} images done; run the same command again to go on",
            err=True,
        )
        if isinstance(error, KeyboardInterrupt):
            raise typer.Exit(130) from None
        raise
    finally:
        if failed is not None:
            write_failed_rows(summary.failures, failed)
        print_summary(summary, index, as_json)
    if summary.failures:
        raise typer.Exit(3)
