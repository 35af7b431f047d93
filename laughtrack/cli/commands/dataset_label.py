"""The command that has pictures labelled by Amazon Rekognition."""

from __future__ import annotations

import math
import sys
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from laughtrack.cli.locks import holding
from laughtrack.cli.terminal import say, stopping
from laughtrack.models.rekognition.labelling import MOST_AT_ONCE, PRICE_DATE, PRICE_USD

SHOWN = 40  # so many problems are named on the terminal


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


class Done(NamedTuple):
    """What came of it.

    `plan` has the answers; `asked` is how many came now; `problems` are lines about pictures that
    have none; `trouble` is what ended it early, or None.
    """

    plan: tuple
    asked: int
    problems: list
    trouble: object


# A command's options are its arguments.
def label(
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
    from laughtrack.models.data import label_table
    from laughtrack.models.rekognition import answers as rekognition
    from laughtrack.models.rekognition import label_columns

    job = Job(table, again, replace, at_once, region, price, yes)
    plan = label_columns.plan(table, again, replace)
    for line in plan.broken:
        say(f"{line}: asking anew")
    if plan.elsewhere:
        say(
            f"rek_ labels from elsewhere stay for {plan.elsewhere:,} (--replace asks for them, too)"
        )
    done = _ask(job, plan) if plan.ask else Done(plan, 0, [], None)
    label_columns.fill(table, done.plan.said)
    problems = [*(f"{path}: missing" for path in plan.missing), *done.problems]
    _name(problems, rekognition.folder_of(table))
    if done.trouble is not None:
        raise OSError(f"{done.trouble} ({done.asked:,} answers came now, and are kept)")
    _report(label_table.read(table), done)
    if problems:
        say(f"{len(problems):,} could not be done")
        raise typer.Exit(1)


def _ask(job, plan):
    """Ask for what is open, after a yes."""
    from laughtrack import aws
    from laughtrack.models.rekognition import answers as rekognition
    from laughtrack.models.rekognition import label_columns
    from laughtrack.models.rekognition.labelling import Questions

    client = aws.client("rekognition", job.region)
    _confirm(job, len(plan.ask), client.meta.region_name)
    with holding(rekognition.folder_of(job.table)), closing(client):
        # Another command may have had answers since.
        plan = label_columns.plan(job.table, job.again, job.replace)
        return _asked(job, plan, Questions(client, tell=say))


def _asked(job, plan, questions):
    """Put what Rekognition says into the plan."""
    from laughtrack.cli.terminal import counting
    from laughtrack.models.rekognition.labelling import Halted, answers

    asked, problems, trouble = 0, [], None
    with stopping(questions.stop), counting(f"asking for {job.table.name}", len(plan.ask)) as step:
        came = answers(job.table, plan.ask, questions, job.at_once)
        for done, (path, said, error) in enumerate(came, 1):
            if said is not None:
                plan.said[path] = said
                asked += 1
                problems += [f"{path}: refused: {said.refused}"] if said.refused else []
            elif isinstance(error, ValueError):
                problems.append(str(error))
            elif not isinstance(error, Halted):
                trouble = trouble or error
                questions.stop()
            step(done)
    if trouble is None and questions.halted():
        trouble = "stopped: the same command carries on"
    return Done(plan, asked, problems, trouble)


def _name(problems, folder):
    """Name what is wrong: on the terminal, or if that is much, the rest in a file."""
    from laughtrack.edge import atomic_files

    for problem in problems[:SHOWN]:
        say(problem)
    if len(problems) > SHOWN:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "problems.txt"
        atomic_files.write(str(file), "".join(f"{each}\n" for each in problems).encode())
        say(f"and {len(problems) - SHOWN:,} more: {file} names all")


def _confirm(job, count, region):
    """Say what it will cost, and go on only after a yes."""
    cost = f"about {count * job.price:,.2f}" if count * job.price >= 0.01 else "less than 0.01"
    say(
        f"{count:,} picture{'' if count == 1 else 's'} to send to Amazon Rekognition in {region}: "
        f"{cost} USD (an estimate at {job.price:g} USD a picture"
        + (f", the first tier's price of {PRICE_DATE}" if job.price == PRICE_USD else "")
        + "; a free tier isn't counted)"
    )
    if job.yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise typer.BadParameter("there is no terminal to ask at: add --yes to spend that")
    if not typer.confirm("Send them?", err=True):
        say("nothing was asked")
        raise typer.Exit(1)


def _report(pictures, done):
    """Say what the table holds now."""
    from laughtrack.models.rekognition.label_columns import agreement, smiles

    said = [done.plan.said[p.path] for p in pictures if p.path in done.plan.said]
    looked = [each for each in said if not each.refused]
    one, several = sum(s.faces == 1 for s in looked), sum(s.faces > 1 for s in looked)
    refused = len(said) - len(looked)
    known = [p for p in pictures if p.rekognition[0]]
    typer.echo(
        f"{len(pictures):,} pictures: {done.asked:,} asked now, {len(said) - done.asked:,} before"
    )
    typer.echo(
        f"one face in {one:,}, several in {several:,} (the large, central one counts), "
        f"none in {len(looked) - one - several:,}; {refused:,} refused"
    )
    typer.echo(f"smiles in {sum(map(smiles, known)):,} of {len(known):,}")
    beside = agreement(pictures)
    if beside.count:
        # Kappa means nothing where all say the same.
        kappa = "" if math.isnan(beside.kappa) else f" (Cohen's kappa {beside.kappa:.2f})"
        typer.echo(
            f"agrees with the hand label on {100 * beside.accuracy:.1f} % of {beside.count:,}"
            + kappa
        )
