"""Commands of the ingest room."""

from typing import Annotated

import typer

from lookalike.cluster.options import with_connection
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.ingest.options import (
    BatchOption,
    BudgetOption,
    ConnectionsOption,
    DeviceOption,
    Engine,
    EngineOption,
    FailedIndexOption,
    FailedOption,
    JsonOption,
    LevelsOption,
    LocationOption,
    MergeOption,
    ModelOption,
    NativeOption,
    OverlapOption,
    PrivateOption,
    RayOption,
    ResumeOption,
    RetryOption,
    SideOption,
    ThumbnailsOption,
    TimeoutOption,
    WorkersOption,
    YesOption,
)

app = typer.Typer()


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
    dashboards: Annotated[
        str | None,
        typer.Option(help="Address of OpenSearch Dashboards: install a dashboard of the index, too.", metavar="URL"),
    ] = None,
    *,
    connection: ConnectionSettings,
) -> None:
    """Make an index for pictures: templates, mapping, and a record of the model whose vectors it will hold."""
    from lookalike.cluster.client import translated_errors
    from lookalike.cluster.dashboards import Dashboards, install_dashboards
    from lookalike.ingest.target import open_target

    server = Dashboards(dashboards, connection) if dashboards is not None else None
    if server is not None:
        server.require_ready()
    target = open_target(connection, index, model, variant, shards, native_libraries)
    state = "made" if target.is_new else "exists already, nothing to do"
    typer.echo(f"{index}: {state} (variant {target.contract.variant}, model {target.model})")
    if server is not None:
        with translated_errors(connection):
            count, failures = install_dashboards(server, target.client, index)
        typer.echo(f"{count} objects installed: {server.address(index)}")
        typer.echo(f"failures show in it if you ingest with --failed-index {failures}")


@app.command()
@with_connection
def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Folders, images, globs in quotes, URLs, buckets (s3://, gs://, az://), manifests (.csv, .tsv, "
            ".jsonl, .parquet), tar shards, or - for lines of standard input.",
            metavar="SOURCE...",
        ),
    ],
    index: Annotated[str, typer.Option(help="Index to write into; made if it does not exist.")],
    ignore: Annotated[
        list[str] | None, typer.Option(help="Pattern of files to leave out, as in .gitignore; repeatable.")
    ] = None,
    path_column: Annotated[
        str | None,
        typer.Option(help="Column of a manifest that names the image.", show_default="path, url, image, … by its name"),
    ] = None,
    id_column: Annotated[
        str | None, typer.Option(help="Column of a manifest that identifies the image.", show_default="its place")
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            help="Column that becomes metadata, as SOURCE[=NAME][:TYPE] with string, integer, float, boolean or date; "
            "repeatable.",
            show_default="all others, of the type that holds all values",
        ),
    ] = None,
    metadata: Annotated[
        list[str] | None, typer.Option(help="key=value added to every document's metadata; repeatable.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the first documents and the mapping of metadata; write nothing.")
    ] = False,
    resume: ResumeOption = False,
    retry_failed: RetryOption = False,
    sync: Annotated[
        bool,
        typer.Option("--sync", help="Afterwards delete what this job had ingested and its sources no longer have."),
    ] = False,
    yes: YesOption = False,
    job: Annotated[
        str | None,
        typer.Option(help="Name of the job, for its checkpoint.", show_default="by index and sources"),
    ] = None,
    model: ModelOption = "default",
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    engine: EngineOption = Engine.LOCAL,
    ray_address: RayOption = None,
    batch_size: BatchOption = 16,
    connections: ConnectionsOption = 32,
    timeout: TimeoutOption = 20.0,
    private_addresses: PrivateOption = False,
    thumbnails: ThumbnailsOption = True,
    exif_location: LocationOption = False,
    regions: Annotated[
        bool, typer.Option("--regions", help="Embed overlapping parts of each image as well, to find where.")
    ] = False,
    region_levels: LevelsOption = 3,
    region_overlap: OverlapOption = 0.5,
    region_side: SideOption = None,
    region_budget: BudgetOption = 256,
    force: Annotated[
        bool, typer.Option("--force", help="Embed what has not changed, too, and write its document anew.")
    ] = False,
    failed: FailedOption = None,
    failed_index: FailedIndexOption = None,
    force_merge: MergeOption = False,
    as_json: JsonOption = False,
    native_libraries: NativeOption = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Embed the images in SOURCES and write them into an index; what has not changed is skipped.

    Exit code 3 means that some images could not be ingested and the rest were.
    """
    from lookalike.fetching.fetcher import Limits
    from lookalike.ingest.columns import ColumnChoice, parse_columns
    from lookalike.ingest.command import Wanted, ingest_sources, show_documents
    from lookalike.ingest.job import mode_of
    from lookalike.ingest.mapper import DocumentOptions
    from lookalike.ingest.metadata import parse_metadata
    from lookalike.ingest.ray_engine.cluster import RayChoice
    from lookalike.ingest.reader import open_sources
    from lookalike.ingest.runner import Settings

    mode = mode_of(resume, retry_failed)
    tiling = None
    if regions:
        from lookalike.encoder.tiles import Tiling

        tiling = Tiling(region_levels, region_overlap, region_side, region_budget)
    options = DocumentOptions(parse_metadata(metadata or []), thumbnails, exif_location, tiling)
    limits = Limits(timeout, private=private_addresses)
    settings = Settings(workers or usable_cores(), batch_size, force, connections, limits).for_regions(tiling)
    choice = ColumnChoice(path_column, id_column, parse_columns(column or []))
    found = open_sources(sources, ignore or [], choice, limits)
    if dry_run:
        show_documents(found, model, options, settings)
        return
    wanted = Wanted(
        index=index,
        model=model,
        device=device,
        native_libraries=native_libraries,
        options=options,
        settings=settings,
        mode=mode,
        confirmed=yes,
        failed=failed,
        failed_index=failed_index,
        force_merge=force_merge,
        as_json=as_json,
        ray=RayChoice(ray_address, workers) if engine is Engine.RAY else None,
        job=job,
        sync=sync,
    )
    code = ingest_sources(found, sources, wanted, connection)
    if code:
        raise typer.Exit(code)


@app.command()
@with_connection
def reembed(
    index: Annotated[str, typer.Argument(help="Index or alias whose images are embedded anew, from where they lie.")],
    model: Annotated[str, typer.Option(help="Another model than the index's, by name or the folder of one.")],
    into: Annotated[
        str | None, typer.Option(help="Name of the new index.", show_default="INDEX, the model's name and hash")
    ] = None,
    variant: Annotated[
        str | None, typer.Option(help="How the new index keeps vectors, as in init.", show_default="as the old one")
    ] = None,
    shards: Annotated[
        int | None, typer.Option(help="Number of primary shards.", min=1, max=1024, show_default="1")
    ] = None,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Swap even if some images could not be embedded.")
    ] = False,
    delete_old: Annotated[
        bool,
        typer.Option(
            "--delete-old",
            help="Delete the old index in the same step; needed if INDEX is no alias and its name is to be kept.",
        ),
    ] = False,
    resume: ResumeOption = False,
    retry_failed: RetryOption = False,
    yes: YesOption = False,
    device: DeviceOption = "auto",
    workers: WorkersOption = None,
    engine: EngineOption = Engine.LOCAL,
    ray_address: RayOption = None,
    batch_size: BatchOption = 16,
    connections: ConnectionsOption = 32,
    timeout: TimeoutOption = 20.0,
    private_addresses: PrivateOption = False,
    thumbnails: ThumbnailsOption = True,
    exif_location: LocationOption = False,
    regions: Annotated[
        bool | None, typer.Option(help="Embed parts of each image as well, as in ingest.", show_default="none")
    ] = None,
    region_levels: LevelsOption = 3,
    region_overlap: OverlapOption = 0.5,
    region_side: SideOption = None,
    region_budget: BudgetOption = 256,
    failed: FailedOption = None,
    failed_index: FailedIndexOption = None,
    force_merge: MergeOption = False,
    as_json: JsonOption = False,
    native_libraries: NativeOption = False,
    *,
    connection: ConnectionSettings,
) -> None:
    """Embed an index's images with another model into a new index, and let the alias INDEX mean that one.

    The images are read again from their image_url; ids and metadata stay. The old index is kept. Exit code 3 means that
    some images could not be embedded, and the alias was left alone.
    """
    from lookalike.fetching.fetcher import Limits
    from lookalike.ingest.command import Wanted
    from lookalike.ingest.job import mode_of
    from lookalike.ingest.mapper import DocumentOptions
    from lookalike.ingest.ray_engine.cluster import RayChoice
    from lookalike.ingest.reembed import reembed
    from lookalike.ingest.runner import Settings

    tiling = None
    if regions:
        from lookalike.encoder.tiles import Tiling

        tiling = Tiling(region_levels, region_overlap, region_side, region_budget)
    limits = Limits(timeout, private=private_addresses)
    settings = Settings(workers or usable_cores(), batch_size, connections=connections, limits=limits)
    wanted = Wanted(
        index=index,
        model=model,
        variant=variant,
        shards=shards,
        device=device,
        native_libraries=native_libraries,
        options=DocumentOptions({}, thumbnails, exif_location, tiling),
        settings=settings.for_regions(tiling),
        mode=mode_of(resume, retry_failed),
        confirmed=yes,
        failed=failed,
        failed_index=failed_index,
        force_merge=force_merge,
        as_json=as_json,
        ray=RayChoice(ray_address, workers) if engine is Engine.RAY else None,
    )
    code = reembed(connection, index, into, wanted, allow_missing, delete_old, without_regions=regions is False)
    if code:
        raise typer.Exit(code)
