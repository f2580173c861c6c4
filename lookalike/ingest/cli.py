"""Commands of the ingest room."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lookalike.cluster.options import with_connection
from lookalike.cluster.settings import ConnectionSettings
from lookalike.cores import usable_cores
from lookalike.encoder.device import Device

if TYPE_CHECKING:
    from lookalike.encoder.tiles import Tiling
    from lookalike.ingest.ray_engine.cluster import Choice
    from lookalike.ingest.runner import Settings

app = typer.Typer()

# A region is a kilobyte in memory.
_REGIONS_IN_BATCH, _REGIONS_WAITING = 4096, 131_072

ModelOption = Annotated[str, typer.Option(help="Installed model by name, or the folder of one.")]
DeviceOption = Annotated[
    Device,
    typer.Option(
        help="Where to embed; auto is the GPU if onnxruntime-gpu is installed and finds one, else the CPU.",
    ),
]
NativeOption = Annotated[
    bool,
    typer.Option("--native-libraries", help="Every data node has k-NN's native libraries; do not check."),
]


class Engine(StrEnum):
    """Where images are embedded and written from."""

    LOCAL = "local"
    RAY = "ray"


EngineOption = Annotated[
    Engine, typer.Option(help="Who embeds and writes: this process, or workers over a Ray cluster (extra ray).")
]
RayOption = Annotated[
    str | None,
    typer.Option(
        envvar="RAY_ADDRESS", help="The Ray cluster, as HOST:PORT or auto.", show_default="one of this machine"
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(help="Threads that decode and embed.", min=1, max=256, show_default="one a core"),
]
BatchOption = Annotated[int, typer.Option(help="Images embedded at once.", min=1, max=512)]
ConnectionsOption = Annotated[
    int, typer.Option(help="URLs fetched at once, at most 4 of them from one host.", min=1, max=256)
]
TimeoutOption = Annotated[
    float, typer.Option(help="Seconds to wait for a server; ten times as long for a whole image.", min=0.1)
]
PrivateOption = Annotated[
    bool, typer.Option("--private-addresses", help="Fetch from hosts with private addresses, too.")
]
ThumbnailsOption = Annotated[bool, typer.Option(help="Keep a small JPEG in each document embedded now.")]
LocationOption = Annotated[
    bool,
    typer.Option("--exif-location", help="Keep where a picture embedded now was taken, if its EXIF says so."),
]
LevelsOption = Annotated[int, typer.Option(help="Sizes of regions, each 1.5 times the one before.", min=1, max=8)]
OverlapOption = Annotated[
    float, typer.Option(help="Part of its side that a region shares with the next one.", min=0, max=0.9)
]
SideOption = Annotated[
    int | None,
    typer.Option(
        help="Side of the smallest regions, in pixels.", min=48, show_default="so that the largest are 2/3 of the image"
    ),
]
BudgetOption = Annotated[
    int, typer.Option(help="Most regions of an image; they grow until they are no more.", min=1, max=10_000)
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help="Pass over what the same command had done when it was stopped.")
]
RetryOption = Annotated[bool, typer.Option("--retry-failed", help="Only what failed when the same command ran last.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")]
FailedOption = Annotated[Path | None, typer.Option(help="File for the failed rows: JSON Lines of path, id and reason.")]
FailedIndexOption = Annotated[
    str | None,
    typer.Option(help="Index for the failed rows, too; those that a later run of the same job settles leave it."),
]
MergeOption = Annotated[
    bool,
    typer.Option("--force-merge", help="Afterwards merge each shard into one segment, to search faster."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Failures and counts as JSON, one object a line.")]


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
    from lookalike.ingest.columns import ColumnChoice, parse_columns
    from lookalike.ingest.command import Wanted, ingest_sources, show_documents
    from lookalike.ingest.job import mode_of
    from lookalike.ingest.mapper import DocumentOptions
    from lookalike.ingest.metadata import parse_metadata
    from lookalike.ingest.reader import open_sources

    mode = mode_of(resume, retry_failed)
    tiling = _tiling(regions, region_levels, region_overlap, region_side, region_budget)
    options = DocumentOptions(parse_metadata(metadata or []), thumbnails, exif_location, tiling)
    choice = ColumnChoice(path_column, id_column, parse_columns(column or []))
    found = open_sources(sources, ignore or [], choice)
    settings = _settings(workers, batch_size, force, connections, timeout, private_addresses, tiling)
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
        job=job,
        mode=mode,
        sync=sync,
        confirmed=yes,
        failed=failed,
        failed_index=failed_index,
        force_merge=force_merge,
        as_json=as_json,
        ray=_ray(engine, ray_address, workers),
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
    from lookalike.ingest.command import Wanted
    from lookalike.ingest.job import mode_of
    from lookalike.ingest.mapper import DocumentOptions
    from lookalike.ingest.reembed import reembed

    tiling = _tiling(bool(regions), region_levels, region_overlap, region_side, region_budget)
    wanted = Wanted(
        index=index,
        model=model,
        variant=variant,
        shards=shards,
        device=device,
        native_libraries=native_libraries,
        options=DocumentOptions({}, thumbnails, exif_location, tiling),
        settings=_settings(workers, batch_size, False, connections, timeout, private_addresses, tiling),
        job=None,
        mode=mode_of(resume, retry_failed),
        sync=False,
        confirmed=yes,
        failed=failed,
        failed_index=failed_index,
        force_merge=force_merge,
        as_json=as_json,
        ray=_ray(engine, ray_address, workers),
    )
    code = reembed(connection, index, into, wanted, allow_missing, delete_old, without_regions=regions is False)
    if code:
        raise typer.Exit(code)


def _tiling(regions: bool, levels: int, overlap: float, side: int | None, budget: int) -> "Tiling | None":
    """How images are cut, as options say."""
    from lookalike.encoder.tiles import Tiling

    return Tiling(levels, overlap, side, budget) if regions else None


def _settings(
    workers: int | None,
    batch_size: int,
    force: bool,
    connections: int,
    timeout: float,
    private_addresses: bool,
    tiling: "Tiling | None",
) -> "Settings":
    """How to run, as options say; fewer images at once the more regions each may have."""
    from lookalike.fetching.fetcher import Limits
    from lookalike.ingest.ledger import LOOKUP
    from lookalike.ingest.runner import Settings

    limits = Limits(timeout, private=private_addresses)
    budget = tiling.budget if tiling else 1
    return Settings(
        workers or usable_cores(),
        min(batch_size, max(1, _REGIONS_IN_BATCH // budget)),
        force,
        connections,
        limits,
        min(LOOKUP, max(1, _REGIONS_WAITING // budget)),
    )


def _ray(engine: Engine, address: str | None, workers: int | None) -> "Choice | None":
    """The Ray cluster that options ask for; None is this process."""
    from lookalike.ingest.ray_engine.cluster import Choice

    return Choice(address, workers) if engine is Engine.RAY else None
