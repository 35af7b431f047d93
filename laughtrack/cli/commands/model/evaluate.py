"""The command that measures the scorer on labelled pictures and clips."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from laughtrack.cli.terminal import counting, say, show, uninterrupted

_SHOWN = 20  # unreadable pictures named one by one; the page has them all


class Split(str, Enum):
    """Which pictures are measured; the same as `models.evaluation.evaluate.PARTS`."""

    new = "new"
    train = "train"
    val = "val"
    test = "test"
    all = "all"


class Finder(str, Enum):
    """Who finds the faces; the same as `edge.settings.FINDERS`."""

    haar = "haar"
    net = "net"
    both = "both"


def evaluate(
    data: Annotated[
        Path,
        typer.Option(metavar="FOLDER|TABLE", help="Has lfw/, genki4k/ or others; or FACES.csv."),
    ],
    split: Annotated[
        Split, typer.Option(help="new: people whom the weights were not trained on.")
    ] = Split.new,
    weights: Annotated[
        Path | None,
        typer.Option(
            file_okay=False, metavar="FOLDER", help="SmileNet's files. [the shipped ones]"
        ),
    ] = None,
    out: Annotated[
        Path,
        # Refused now, not after minutes of measuring.
        typer.Option(file_okay=False, metavar="FOLDER", help="For the page, its JSON and plot."),
    ] = Path("evaluation"),
    crops: Annotated[
        bool, typer.Option("--crops", help="Each picture is a ready crop: find no faces.")
    ] = False,
    finder: Annotated[
        Finder, typer.Option(help="Who finds the faces; net is what hosts use.")
    ] = Finder.net,
    card: Annotated[
        bool, typer.Option("--card", help="Write the model card beside the weights, too.")
    ] = False,
) -> None:
    """Measure how well SmileNet judges smiles: by set, size, turn, group of people, clip."""
    if card and split not in (Split.new, Split.test):
        raise typer.BadParameter(
            f"--card with --split {split.value}: a card is of pictures not trained on"
        )
    with uninterrupted():
        from laughtrack.edge.smile.smilenet import ARTIFACTS
        from laughtrack.models.evaluation import evaluate as evaluation
        from laughtrack.models.evaluation import model_card
        from laughtrack.models.evaluation.files import PAGE, write
        from laughtrack.models.evaluation.page import summary_lines

    folder = weights or ARTIFACTS
    try:
        plan = evaluation.Plan(data, split.value, folder, crops, finder.value)
        figures = evaluation.evaluate(plan, counting)
    except KeyboardInterrupt:
        say("laughtrack: stopped, nothing was written")
        raise typer.Exit(1) from None
    if not write(out, figures):
        say("no plot without matplotlib: pip install 'laughtrack[evaluate]'")
    if card:
        model_card.write(folder, figures)
    _say_unreadable(figures["unreadable"], out / PAGE)
    for line in summary_lines(figures):
        show(line)
    show(out / PAGE)


def _say_unreadable(unreadable: list[str], page: Path) -> None:
    """Say what could not be read."""
    for line in unreadable[:_SHOWN]:
        say(line)
    if len(unreadable) > _SHOWN:
        say(f"and {len(unreadable) - _SHOWN:,} more: see {page}")
