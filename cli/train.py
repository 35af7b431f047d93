"""The command that trains SmileNet, in the training environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.terminal import say


# A command's options are its arguments.
def train(  # noqa: PLR0913
    data: Annotated[
        str | None,
        typer.Option(help="Has lfw/ and genki4k/, or is a table of labels. [../shared/data]"),
    ] = None,
    work: Annotated[
        Path | None, typer.Option(help="Crops and checkpoints. [~/.cache/laughtrack]")
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
        Path | None, typer.Option(help="Then export the net into this folder, ready to use.")
    ] = None,
):
    """Train SmileNet on labelled faces. Stopped at any point, the same command carries on."""
    if tune is not None and (out is not None or settings is not None):
        wrong = "--out" if out is not None else "--settings"
        raise typer.BadParameter(
            f"--tune only searches: leave {wrong} out, then train with --settings on what it found"
        )
    places = _words(data=data, work=work)
    ours = [*places, *_words(epochs=epochs, seed=seed)]
    if tune is not None:
        _run("models.tune", [*ours, "--trials", tune])
        return
    _run("models.train", [*ours, *_words(settings=settings)])
    if out is not None:
        _run("models.export", [*places, "--out", out])
        typer.echo(out)


def _words(**options):
    """Words for the options that were given; the others keep the module's defaults."""
    given = {name: value for name, value in options.items() if value is not None}
    return [word for name, value in given.items() for word in (f"--{name}", value)]


def _run(module, words):
    """Run a module; leave with its exit code unless it is 0. It has said what was wrong."""
    from cli.training import INTERRUPTED, run_module

    code = run_module(module, words)
    if code < 0 or code == INTERRUPTED:
        why = "stopped" if code == INTERRUPTED else f"{module} was ended by signal {-code}"
        say(f"laughtrack: {why}: the same command carries on from here")
    if code:
        raise typer.Exit(2 if code == 2 else 1)
