"""A label table and Amazon Rekognition: what is still to ask, and filling in the rek_ columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.models.data import csv_files, label_table, packs
from laughtrack.models.data.labels import Picture
from laughtrack.models.rekognition.answers import Answer, answer_file, read_answer

SMILES_FROM = 0.5  # where Rekognition's own Value turns true


class LabelPlan(NamedTuple):
    """What is known of a table's pictures, and which to ask for."""

    answers: dict[Path, Answer]  # kept answers by picture
    ask: list[Path]
    missing: list[Path]  # named by the table, without a file
    elsewhere: int  # pictures whose labels came from elsewhere and stay
    unreadable: list[str]  # lines about kept answers that cannot be read


class Agreement(NamedTuple):
    """Rekognition's smiles beside the hand labels, on the pictures with both."""

    pictures: int
    accuracy: float
    kappa: float


def plan_labels(table: Path, again: bool = False, replace: bool = False) -> LabelPlan:
    """Find out what is kept, and what there is to ask.

    Parameters
    ----------
    table : path
    again : bool
        Ask again for pictures that Rekognition refused.
    replace : bool
        Ask also where the columns are filled and no answer is kept: they came from elsewhere.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        If it is no label table, or none of its pictures is there.
    """
    pictures = label_table.read(table)
    plan = LabelPlan({}, [], [], 0, [])
    elsewhere = 0
    for picture in pictures:
        path = picture.path
        answer = None
        try:
            answer = read_answer(answer_file(table, path))
        except ValueError as error:
            plan.unreadable.append(str(error))
        if answer is not None and not (answer.refused and again):
            plan.answers[path] = answer
        elif answer is None and any(picture.rekognition) and not replace:
            elsewhere += 1
        else:
            (plan.ask if packs.file_of(path).is_file() else plan.missing).append(path)
    missing = plan.missing
    if missing and len(missing) == len(pictures):
        raise ValueError(
            f"{table}: none of its {len(pictures):,} pictures is there, like {missing[0]}: "
            "move them with the table, or make the table again where they are"
        )
    return plan._replace(elsewhere=elsewhere)


def fill_columns(table: Path, answers: Mapping[Path, Answer]) -> None:
    """Write Rekognition's answers into a table's rek_ columns; all others stay as they are.

    Parameters
    ----------
    table : path
    answers : mapping, path -> Answer
        A picture that was refused, or isn't there, keeps what its row has.
    """
    with label_table.locked(table):
        rows = [row.cells for row in csv_files.read(table, label_table.REQUIRED, complete=True)]
        before = [dict(row) for row in rows]
        for row in rows:
            answer = answers.get(Path(table).parent / row["picture"])
            if answer is not None and not answer.refused:
                row |= zip(label_table.REKOGNITION, answer.values, strict=True)
        if rows != before:
            added = [name for name in label_table.REKOGNITION if name not in before[0]]
            csv_files.write(table, [*before[0], *added], rows)


def has_smile(picture: Picture) -> bool:
    """Return whether Rekognition saw a smile in a picture whose columns are filled."""
    return float(picture.rekognition[0]) >= SMILES_FROM


def agreement(pictures: Iterable[Picture]) -> Agreement:
    """Compare Rekognition's smiles with the hand labels.

    Parameters
    ----------
    pictures : list of Picture

    Returns
    -------
    Agreement
        Accuracy in [0, 1] and Cohen's kappa in [-1, 1]; NaN where they mean nothing.
    """
    both = [picture for picture in pictures if picture.smile and picture.rekognition[0]]
    if not both:
        return Agreement(0, np.nan, np.nan)
    hand = np.array([picture.smile == "1" for picture in both])
    predicted = np.array([has_smile(picture) for picture in both])
    accuracy = float((hand == predicted).mean())
    chance = hand.mean() * predicted.mean() + (1 - hand.mean()) * (1 - predicted.mean())
    kappa = float((accuracy - chance) / (1 - chance)) if chance < 1 else np.nan
    return Agreement(len(both), accuracy, kappa)
