"""The commands that train SmileNet, and make the environment that it is trained in."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli.terminal import show


# A command's options are its arguments.
def train(
    data: Annotated[
        str | None,
        typer.Option(help="Has lfw/, genki4k/ or others, or is a table. [../shared/data]"),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Crops and checkpoints. [~/.cache/laughtrack]"),
    ] = None,
    landmarker: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="MediaPipe's, for a second opinion of the labels. "
            "[../shared/weights/face_landmarker.task]",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the faces.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=2**31 - 1, help="Of weights and batches.")
    ] = None,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="What --tune found: best_settings.json.")
    ] = None,
    tune: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Search settings in N trials instead.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Then export the net into this folder, ready to use."),
    ] = None,
) -> None:
    """Train SmileNet on labelled faces. Stopped at any point, the same command carries on."""
    if tune is not None and (out is not None or settings is not None):
        option = "--out" if out is not None else "--settings"
        raise typer.BadParameter(
            f"--tune only searches: leave {option} out, then train with --settings on what it found"
        )
    from laughtrack.cli.training_env import run

    folders = _as_options(data=data, work=work)
    options = [*folders, *_as_options(landmarker=landmarker, epochs=epochs, seed=seed)]
    if tune is not None:
        run("laughtrack.models.training.tune", [*options, *_as_options(trials=tune)])
        return
    if out is not None:
        _check_place(out)
    run("laughtrack.models.training.train", [*options, *_as_options(settings=settings)])
    if out is not None:
        run("laughtrack.models.export.export", [*folders, *_as_options(out=out)])
        show(out)


def train_env(
    at: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            metavar="FOLDER",
            help="Where, instead of in your data folder; name its Python in "
            "LAUGHTRACK_TRAIN_PYTHON then.",
        ),
    ] = None,
    python: Annotated[
        str | None, typer.Option(metavar="PROGRAM", help="A Python 3.11. [looked for]")
    ] = None,
) -> None:
    """Make the environment for train and dataset pack: Python 3.11 with MXNet, some 1.3 GB.

    One that is there is left alone, one that is half made or of another release is made anew.
    """
    from laughtrack.cli import training_setup

    folder = training_setup.default_folder() if at is None else at.absolute()
    made = training_setup.make(folder, python)
    show(f"{folder}: {'ready' if made else 'is there already'}")


def _as_options(**options: object) -> list[str]:
    """Command-line words of the options that were given; the others keep the module's defaults."""
    return [f"--{name}={value}" for name, value in options.items() if value is not None]


def _check_place(out: Path) -> None:
    """Refuse a folder that cannot be written: now, and not after hours."""
    nearest = next(each for each in (out, *out.absolute().parents) if each.exists())
    if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
        raise OSError(f"--out {out}: cannot write in {nearest}; name another folder")
