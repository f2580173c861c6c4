"""Commands of the encoder room."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lookalike.cores import usable_cores
from lookalike.errors import ArtefactError
from lookalike.printable import printable

app = typer.Typer()


class Task(StrEnum):
    """What `lookalike evaluate` can measure."""

    COPIES = "copies"
    CATEGORIES = "categories"


class Device(StrEnum):
    """Where `lookalike train` runs."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class Storage(StrEnum):
    """In which numbers `lookalike export` keeps weights."""

    FLOAT16 = "float16"
    FLOAT32 = "float32"


@app.command()
def export(
    folders: Annotated[list[Path], typer.Argument(help="Folders of images to fit the bottleneck to.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for model.onnx and model.json.")],
    start: Annotated[
        str, typer.Option("--from", help="imagenet, or the folder of a training run, of which the checkpoint is taken.")
    ] = "imagenet",
    side: Annotated[int, typer.Option(help="Side in pixels of the square that the network sees.", min=64)] = 224,
    storage: Annotated[
        Storage,
        typer.Option(
            help="Numbers that the file keeps weights in; float16 is half as large, as fast, and rounds them."
        ),
    ] = Storage.FLOAT32,
    second_branch: Annotated[
        bool,
        typer.Option(
            "--second-branch",
            help="Keep the branch of a training run that stayed as ImageNet left it: better at likeness, worse at "
            "copies, two thirds slower.",
        ),
    ] = False,
    name: Annotated[str, typer.Option(help="Name that indices will record.")] = "default",
    dimension: Annotated[
        int | None, typer.Option(help="Length of the embedding; by default 256, or the run's.", min=2, max=1024)
    ] = None,
    version: Annotated[str, typer.Option(help="Version of the model.")] = "1",
    images_from: Annotated[
        str, typer.Option(help="Where the images come from and their licence, for model.json.")
    ] = "",
) -> None:
    """Make an encoder: weights, bottleneck fitted to FOLDERS, one ONNX file checked against torch."""
    from rich.console import Console
    from rich.progress import Progress

    try:
        from lookalike.encoder.make_artefact import Wanted, make_artefact
    except ModuleNotFoundError as error:
        raise ArtefactError(
            f"`lookalike export` needs {error.name}, which is not installed: pip install 'lookalike[train]'"
        ) from error
    half = storage is Storage.FLOAT16
    wanted = Wanted(out, start, dimension, side, half, second_branch, name, version, images_from)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("fitting the bottleneck", total=None)
        artefact = make_artefact(
            folders, wanted, lambda done, total: progress.update(task, completed=done, total=total)
        )
    megabytes = artefact.model_file.stat().st_size / 1e6
    typer.echo(printable(f"{artefact.identity}: {artefact.dimension} numbers, {megabytes:.1f} MB in {out}"))


@app.command()
def train(
    folders: Annotated[list[Path], typer.Argument(help="Folders of pictures to learn from.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for checkpoint.pt, model.onnx, model.json and report.html.")],
    minutes: Annotated[float, typer.Option(help="Time for the training proper, without reading and export.")] = 30.0,
    steps: Annotated[int | None, typer.Option(help="Do exactly so many steps, however long they take.", min=1)] = None,
    start: Annotated[
        str, typer.Option("--from", help="Weights to start from: default, imagenet, scratch, or a checkpoint's path.")
    ] = "default",
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the checkpoint in --out.")] = False,
    evaluate_on: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of pictures that are not trained on, for the report; repeatable.", metavar="FOLDER"),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder for decoded pictures, which runs can share; by default in --out.")
    ] = None,
    backbone: Annotated[
        str, typer.Option(help="lite0, lite2, plain, or a convolutional network of torchvision's, such as resnet18.")
    ] = "lite0",
    dimension: Annotated[int, typer.Option(help="Length of the embedding.", min=2, max=1024)] = 256,
    batch: Annotated[int, typer.Option(help="Pairs of pictures in a step.", min=2)] = 80,
    side: Annotated[int, typer.Option(help="Side in pixels of the squares trained on.", min=32, max=512)] = 160,
    reconstruction: Annotated[float, typer.Option(help="Weight of rebuilding the picture.", min=0)] = 1.0,
    contrastive: Annotated[float, typer.Option(help="Weight of finding edited copies.", min=0)] = 1.0,
    entropy: Annotated[float, typer.Option(help="Weight of keeping neighbours apart.", min=0)] = 0.3,
    distillation: Annotated[float, typer.Option(help="Weight of holding on to likeness.", min=0)] = 6.0,
    seed: Annotated[int, typer.Option(help="Seed of everything random.", min=0)] = 0,
    workers: Annotated[int, typer.Option(help="Processes that edit pictures; 0: the training's own.", min=0)] = 1,
    device: Annotated[Device, typer.Option(help="Where to train; auto takes CUDA if there is any.")] = Device.AUTO,
    name: Annotated[str, typer.Option(help="Name that indices will record.")] = "default",
    version: Annotated[str, typer.Option(help="Version of the model.")] = "1",
    images_from: Annotated[
        str, typer.Option(help="Where the images come from and their licence, for model.json.")
    ] = "",
) -> None:
    """Train an encoder on FOLDERS: edited copies should meet, look-alikes stay near, pictures be rebuilt."""
    try:
        from lookalike.encoder.training import run
        from lookalike.encoder.training.display import Display
        from lookalike.encoder.training.objective import Weights
        from lookalike.encoder.training.settings import Settings
    except ModuleNotFoundError as error:
        raise ArtefactError(
            f"`lookalike train` needs {error.name}, which is not installed: pip install 'lookalike[train]'"
        ) from error
    settings = Settings(
        out=out,
        start=start,
        backbone=backbone,
        dimension=dimension,
        minutes=minutes,
        steps=steps,
        batch=batch,
        side=side,
        seed=seed,
        workers=workers,
        device=device.value,
        resume=resume,
        cache=cache,
        evaluate_on=tuple(evaluate_on or []),
        weights=Weights(reconstruction, contrastive, entropy, distillation),
    )
    typer.echo(settings.budget, err=True)
    with Display() as display:
        stages = run.Stages(display.counted, display.trained)
        artefact = run.train(folders, settings, run.Description(name, version, images_from), stages)
    typer.echo(printable(f"{artefact.identity}: model.onnx, model.json, checkpoint.pt and report.html in {out}"))


@app.command()
def evaluate(
    folders: Annotated[list[Path], typer.Argument(help="Folders of pictures whose edited copies are looked for.")],
    model: Annotated[list[str] | None, typer.Option(help="Model by name or folder; repeatable.")] = None,
    distractors: Annotated[
        list[Path] | None, typer.Option(help="Folder of more pictures for the index; repeatable.", metavar="FOLDER")
    ] = None,
    task: Annotated[
        list[Task] | None, typer.Option(help="What to measure; repeatable. Both, where folders have labels.")
    ] = None,
    baselines: Annotated[bool, typer.Option(help="Measure what an encoder has to beat as well.")] = True,
    queries: Annotated[int, typer.Option(help="About how many edited copies to make.", min=82)] = 8_200,
    seed: Annotated[int, typer.Option(help="Other seeds make other edits.", min=0)] = 0,
    workers: Annotated[int | None, typer.Option(help="Threads; by default one a core.", min=1, max=256)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each row.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for report.html, with the worst answers.")] = None,
) -> None:
    """Measure how well encoders find edited copies and look-alikes, beside hashes and other baselines."""
    import json

    from lookalike.encoder.evaluation.baselines import make_baselines, make_encoders
    from lookalike.encoder.evaluation.page import prepare_folder, write_page
    from lookalike.encoder.evaluation.progress import stage_bars
    from lookalike.encoder.evaluation.report import json_rows, text_lines
    from lookalike.encoder.evaluation.request import TASKS, Request
    from lookalike.encoder.evaluation.runner import evaluate

    threads = workers or usable_cores()
    if out is not None:
        prepare_folder(out)
    methods = make_baselines(lambda line: typer.echo(line, err=True)) if baselines else []
    methods += make_encoders(model or ["default"], threads)
    request = Request(folders, distractors or [], [*(task or TASKS)], queries, seed, threads)
    with stage_bars() as progress:
        evaluation = evaluate(request, methods, progress)
    lines = (json.dumps(row) for row in json_rows(evaluation)) if as_json else text_lines(evaluation)
    for line in lines:
        typer.echo(line)
    if out is not None:
        page = write_page(out, evaluation)
        if not as_json:
            typer.echo(f"\nreport: {page.absolute().as_uri()}")


@app.command()
def calibrate(
    folders: Annotated[list[Path], typer.Argument(help="Folders of pictures that the model was not trained on.")],
    model: Annotated[Path, typer.Option(help="Folder of the model, whose model.json gets the calibration.")],
    distractors: Annotated[
        list[Path] | None, typer.Option(help="Folder of more pictures for the index; repeatable.", metavar="FOLDER")
    ] = None,
    check: Annotated[
        list[Path] | None,
        typer.Option(help="Folder of other pictures, on which the thresholds are tried; repeatable.", metavar="FOLDER"),
    ] = None,
    queries: Annotated[int, typer.Option(help="About how many edited copies to make of each folder.", min=246)] = 8_200,
    seed: Annotated[int, typer.Option(help="Other seeds make other edits.", min=0)] = 0,
    workers: Annotated[int | None, typer.Option(help="Threads; by default one a core.", min=1, max=256)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line for each threshold.")] = False,
) -> None:
    """Find out what the model's scores mean: probabilities, and thresholds for 90, 99 and 99.9 % of right answers."""
    import json

    from lookalike.encoder.evaluation.calibrate import calibrate_model, reached_rows, reached_table
    from lookalike.encoder.evaluation.progress import stage_bars
    from lookalike.encoder.evaluation.request import Request

    threads = workers or usable_cores()
    more = distractors or []
    fitted, *checked = [
        Request(some, more, ("copies",), queries, seed, threads)
        for some in (folders, *([folder] for folder in check or []))
    ]
    with stage_bars() as progress:
        found = calibrate_model(model, fitted, checked, progress)
    lines = (json.dumps(row) for row in reached_rows(found)) if as_json else reached_table(found)
    for line in lines:
        typer.echo(line)
    if not as_json:
        typer.echo(printable(f"written to {model / 'model.json'}"))
