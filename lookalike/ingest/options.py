"""The options of the ingest room's commands, most of which several share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lookalike.encoder.device import Device

__all__ = [
    "BatchOption",
    "BudgetOption",
    "ConnectionsOption",
    "DeviceOption",
    "Engine",
    "EngineOption",
    "FailedIndexOption",
    "FailedOption",
    "JsonOption",
    "LevelsOption",
    "LocationOption",
    "MergeOption",
    "ModelOption",
    "NativeOption",
    "OverlapOption",
    "PrivateOption",
    "RayOption",
    "ResumeOption",
    "RetryOption",
    "SideOption",
    "ThumbnailsOption",
    "TimeoutOption",
    "WorkersOption",
    "YesOption",
]

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
