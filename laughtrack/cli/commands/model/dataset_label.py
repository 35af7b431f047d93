"""The command that has pictures labelled by Amazon Rekognition."""

from __future__ import annotations

import math
import sys
from contextlib import closing
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from laughtrack.cli.locks import holding
from laughtrack.cli.terminal import confirmed, say, show, stopping
from laughtrack.models.rekognition.labelling import MAX_CONCURRENT, PRICE_DATE, PRICE_USD

if TYPE_CHECKING:
    from laughtrack.models.data.labels import Picture
    from laughtrack.models.rekognition.client import FaceDetector
    from laughtrack.models.rekognition.label_columns import LabelPlan

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


class Outcome(NamedTuple):
    """What came of it."""

    plan: LabelPlan  # has the answers
    asked: int  # answers that came now
    problems: list[str]  # lines about pictures that have none
    failure: Exception | str | None  # what ended it early


# A command's options are its arguments.
def label(
    table: Annotated[Path, typer.Argument(metavar="FACES.csv", help="A table of pictures.")],
    labeller: Annotated[
        Labeller, typer.Option("--with", help="Who is asked; every picture goes there, and costs.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether to spend that.")] = False,
    at_once: Annotated[
        int, typer.Option(min=1, max=MAX_CONCURRENT, help="Requests under way at a time.")
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
) -> None:
    """Ask Amazon Rekognition for each picture's smile and emotions, once, into the rek_ columns.

    Answers are kept whole in a folder beside the table as they come. Stopped at any point, the
    same command carries on, and asks for no picture twice.
    """
    from laughtrack.models.data import label_table
    from laughtrack.models.rekognition import answers, label_columns

    job = Job(table, again, replace, at_once, region, price, yes)
    plan = label_columns.plan_labels(table, again, replace)
    for line in plan.unreadable:
        say(f"{line}: asking anew")
    if plan.elsewhere:
        say(
            f"rek_ labels from elsewhere stay for {plan.elsewhere:,} (--replace asks for them, too)"
        )
    outcome = _ask(job, plan) if plan.ask else Outcome(plan, 0, [], None)
    label_columns.fill_columns(table, outcome.plan.answers)
    problems = [*(f"{path}: missing" for path in plan.missing), *outcome.problems]
    _say_problems(problems, answers.answers_folder(table))
    if outcome.failure is not None:
        raise OSError(f"{outcome.failure} ({outcome.asked:,} answers came now, and are kept)")
    _report(label_table.read(table), outcome)
    if problems:
        say(f"{len(problems):,} could not be done")
        raise typer.Exit(1)


def _ask(job: Job, plan: LabelPlan) -> Outcome:
    """Ask for what is open, after a yes."""
    from laughtrack import aws
    from laughtrack.models.rekognition import answers, label_columns
    from laughtrack.models.rekognition.client import FaceDetector

    client = aws.client("rekognition", job.region)
    _confirm(job, len(plan.ask), client.meta.region_name)
    with holding(answers.answers_folder(job.table)), closing(client):
        # Another command may have had answers since.
        plan = label_columns.plan_labels(job.table, job.again, job.replace)
        return _ask_all(job, plan, FaceDetector(client, tell=say))


def _ask_all(job: Job, plan: LabelPlan, detector: FaceDetector) -> Outcome:
    """Put Rekognition's answers into the plan."""
    from laughtrack.cli.terminal import counting
    from laughtrack.models.rekognition.client import Stopped
    from laughtrack.models.rekognition.labelling import ask_all

    asked = 0
    problems: list[str] = []
    failure: Exception | str | None = None
    with stopping(detector.stop), counting(f"asking for {job.table.name}", len(plan.ask)) as step:
        labelled = ask_all(job.table, plan.ask, detector, job.at_once)
        for count, (path, answer, error) in enumerate(labelled, 1):
            if answer is not None:
                plan.answers[path] = answer
                asked += 1
                problems += [f"{path}: refused: {answer.refused}"] if answer.refused else []
            elif isinstance(error, ValueError):
                problems.append(str(error))
            elif not isinstance(error, Stopped):
                failure = failure or error
                detector.stop()
            step(count)
    if failure is None and detector.stopped():
        failure = "stopped: the same command carries on"
    return Outcome(plan, asked, problems, failure)


def _say_problems(problems: list[str], folder: Path) -> None:
    """Name what is wrong: on the terminal, or if that is much, the rest in a file."""
    from laughtrack.edge import atomic_files

    for problem in problems[:SHOWN]:
        say(problem)
    if len(problems) > SHOWN:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "problems.txt"
        atomic_files.write(str(file), "".join(f"{each}\n" for each in problems).encode())
        say(f"and {len(problems) - SHOWN:,} more: {file} names all")


def _confirm(job: Job, count: int, region: str) -> None:
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
    if not confirmed("Send them?"):
        say("nothing was asked")
        raise typer.Exit(1)


def _report(pictures: list[Picture], outcome: Outcome) -> None:
    """Say what the table holds now."""
    from laughtrack.models.rekognition.label_columns import agreement, has_smile

    kept = outcome.plan.answers
    answers = [kept[p.path] for p in pictures if p.path in kept]
    looked = [each for each in answers if not each.refused]
    one, several = sum(a.faces == 1 for a in looked), sum(a.faces > 1 for a in looked)
    refused = len(answers) - len(looked)
    filled = [p for p in pictures if p.rekognition[0]]
    before = len(answers) - outcome.asked
    show(f"{len(pictures):,} pictures: {outcome.asked:,} asked now, {before:,} before")
    show(
        f"one face in {one:,}, several in {several:,} (the large, central one counts), "
        f"none in {len(looked) - one - several:,}; {refused:,} refused"
    )
    show(f"smiles in {sum(map(has_smile, filled)):,} of {len(filled):,}")
    beside = agreement(pictures)
    if beside.pictures:
        # Kappa means nothing where all say the same.
        kappa = "" if math.isnan(beside.kappa) else f" (Cohen's kappa {beside.kappa:.2f})"
        show(
            f"agrees with the hand label on {100 * beside.accuracy:.1f} % of {beside.pictures:,}"
            + kappa
        )
