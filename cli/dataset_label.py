"""The command that has pictures labelled by Amazon Rekognition."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from cli.terminal import say, stopping
from models.rekognition_ask import MOST_AT_ONCE, PRICE_DATE, PRICE_USD


class Labeller(str, Enum):
    """Whom to ask."""

    rekognition = "rekognition"


class Job(NamedTuple):
    """What was typed."""

    table: Path
    again: bool
    replace: bool
    at_once: int
    region: str | None
    price: float
    yes: bool


# A command's options are its arguments.
def label(  # noqa: PLR0913
    table: Annotated[Path, typer.Argument(metavar="FACES.csv", help="A table of pictures.")],
    labeller: Annotated[
        Labeller, typer.Option("--with", help="Who is asked; every picture goes there, and costs.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether to spend that.")] = False,
    at_once: Annotated[
        int, typer.Option(min=1, max=MOST_AT_ONCE, help="Requests under way at a time.")
    ] = 4,
    again: Annotated[
        bool, typer.Option("--again", help="Ask again for pictures that were refused.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Ask also where rek_ columns came from elsewhere.")
    ] = False,
    region: Annotated[str | None, typer.Option(help="AWS region; else AWS's own setting.")] = None,
    price: Annotated[
        float, typer.Option(min=0, help="US dollars a picture, for the estimate.")
    ] = PRICE_USD,
):
    """Ask Amazon Rekognition for each picture's smile and emotions, once, into the rek_ columns.

    Answers are kept whole in a folder beside the table as they come. Stopped at any point, the
    same command carries on, and asks for no picture twice.
    """
    from models import rekognition_table, tables

    job = Job(table, again, replace, at_once, region, price, yes)
    plan = rekognition_table.plan(table, again, replace)
    for path in plan.missing:
        say(f"{path}: missing")
    for line in plan.broken:
        say(f"{line}: asking anew")
    if plan.elsewhere:
        say(f"{plan.elsewhere:,} have rek_ labels from elsewhere, which stay (see --replace)")
    plan, asked, trouble = _ask(job, plan) if plan.ask else (plan, 0, None)
    rekognition_table.fill(table, plan.said)
    if trouble is not None:
        raise OSError(f"{trouble} ({asked:,} answers came now, and are kept)")
    _report(tables.read(table), plan, asked)


@contextmanager
def _held(folder):
    """Hold the answers' folder: two at work on the same pictures would pay twice."""
    from edge import durable

    folder.mkdir(parents=True, exist_ok=True)
    try:
        lock = durable.hold(str(folder))
    except OSError as error:
        if error.errno is not None:
            raise
        raise OSError(
            f"{folder} is in use: another command is asking for its pictures; wait for its end"
        ) from None
    try:
        yield
    finally:
        os.close(lock)


def _ask(job, plan):
    """Ask for what is open, after a yes; return the plan with answers, how many, what failed."""
    from edge.deploy import aws
    from models import rekognition, rekognition_table
    from models.rekognition_ask import Questions

    client = aws.client("rekognition", job.region)
    _confirm(job, len(plan.ask), client.meta.region_name)
    with _held(rekognition.folder_of(job.table)):
        # Another command may have had answers since.
        plan = rekognition_table.plan(job.table, job.again, job.replace)
        with _counting(f"asking for {job.table.name}", len(plan.ask)) as (step, tell):
            return plan, *_asked(job, plan, Questions(client, tell=tell), (step, tell))


def _asked(job, plan, questions, shown):
    """Put what Rekognition says into the plan; return how many answers came, and what failed."""
    from models.rekognition_ask import Halted, answers

    (step, tell), asked, trouble = shown, 0, None
    with stopping(questions.stop):
        for path, said, error in answers(job.table, plan.ask, questions, job.at_once):
            if said is not None:
                plan.said[path] = said
                asked += 1
                if said.refused:
                    tell(f"{path}: refused: {said.refused}")
            elif isinstance(error, ValueError):
                tell(str(error))
            elif not isinstance(error, Halted):
                trouble = trouble or error
                questions.stop()
            step()
    if trouble is None and questions.halted():
        trouble = "stopped: the same command carries on"
    return asked, trouble


def _confirm(job, count, region):
    """Say what it will cost, and go on only after a yes."""
    say(
        f"{count:,} picture{'' if count == 1 else 's'} to send to Amazon Rekognition in {region}: "
        f"about {count * job.price:,.2f} USD (an estimate at {job.price:g} USD a picture"
        + (f", the first tier's price of {PRICE_DATE}" if job.price == PRICE_USD else "")
        + "; a free tier isn't counted)"
    )
    if job.yes:
        return
    if not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at: add --yes to spend that")
    if not typer.confirm("Send them?", err=True):
        say("nothing was asked")
        raise typer.Exit(1)


@contextmanager
def _counting(what, count):
    """Show how many are done; yield what counts one, and what writes a line above the bar."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Rest

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=30))
    bar = Progress(*columns, MofNCompleteColumn(), Rest(), console=Console(stderr=True))
    task = bar.add_task(what, total=count)

    def tell(text):
        bar.console.print(text, markup=False, highlight=False, soft_wrap=True)

    with bar:
        yield lambda: bar.advance(task), tell


def _report(pictures, plan, asked):
    """Say what the table holds now."""
    from models.rekognition_table import agreement, smiles

    said = [plan.said[p.path] for p in pictures if p.path in plan.said]
    looked = [each for each in said if not each.refused]
    one, several = sum(s.faces == 1 for s in looked), sum(s.faces > 1 for s in looked)
    refused = len(said) - len(looked)
    known = [p for p in pictures if p.rekognition[0]]
    typer.echo(f"{len(pictures):,} pictures: {asked:,} asked now, {len(said) - asked:,} before")
    typer.echo(
        f"one face in {one:,}, several in {several:,} (the large, central one counts), "
        f"none in {len(looked) - one - several:,}; {refused:,} refused"
    )
    typer.echo(f"smiles in {sum(map(smiles, known)):,} of {len(known):,}")
    beside = agreement(pictures)
    if beside.count:
        typer.echo(
            f"agrees with the hand label on {100 * beside.accuracy:.1f} % of {beside.count:,} "
            f"(Cohen's kappa {beside.kappa:.2f})"
        )
