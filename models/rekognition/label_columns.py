"""A label table and Amazon Rekognition: what is still to ask, and the rek_ columns filled in."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.models.data import csv_files, label_table
from laughtrack.models.rekognition import answers

SMILES_FROM = 0.5  # where Rekognition's own Value turns true


class Plan(NamedTuple):
    """What is known of a table's pictures, and which to ask for.

    `said` has the kept answers, path -> Said; `ask` and `missing` are lists of paths, the latter
    without a file; `elsewhere` counts labels that came from elsewhere and stay; `broken` are lines
    about kept answers that cannot be read.
    """

    said: dict
    ask: list
    missing: list
    elsewhere: int
    broken: list


class Agreement(NamedTuple):
    """Rekognition's smiles beside the hand labels, on the `count` pictures with both."""

    count: int
    accuracy: float
    kappa: float


def plan(table, again=False, replace=False):
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
    said, ask, missing, broken, elsewhere = {}, [], [], [], 0
    for picture in pictures:
        path = picture.path
        try:
            kept = answers.read(answers.file_of(table, path))
        except ValueError as error:
            kept = None
            broken.append(str(error))
        if kept is not None and not (kept.refused and again):
            said[path] = kept
        elif kept is None and any(picture.rekognition) and not replace:
            elsewhere += 1
        else:
            (ask if path.is_file() else missing).append(path)
    if missing and len(missing) == len(pictures):
        raise ValueError(
            f"{table}: none of its {len(pictures):,} pictures is there, like {missing[0]}: "
            "move them with the table, or make the table again where they are"
        )
    return Plan(said, ask, missing, elsewhere, broken)


def fill(table, said):
    """Write what Rekognition said into a table's rek_ columns; all others stay as they are.

    Parameters
    ----------
    table : path
    said : dict, path -> Said
        A picture that was refused, or isn't there, keeps what its row has.
    """
    with label_table.held(table):
        rows = [row for _, row in csv_files.read(table, label_table.NEEDED, whole=True)]
        before = [dict(row) for row in rows]
        for row in rows:
            answer = said.get(Path(table).parent / row["picture"])
            if answer is not None and not answer.refused:
                row |= zip(label_table.REKOGNITION, answer.values, strict=True)
        if rows != before:
            columns = [
                *before[0],
                *(name for name in label_table.REKOGNITION if name not in before[0]),
            ]
            csv_files.write(table, columns, rows)


def smiles(picture):
    """Return whether Rekognition saw a smile in a picture whose columns are filled."""
    return float(picture.rekognition[0]) >= SMILES_FROM


def agreement(pictures):
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
    theirs = np.array([smiles(picture) for picture in both])
    accuracy = float((hand == theirs).mean())
    chance = hand.mean() * theirs.mean() + (1 - hand.mean()) * (1 - theirs.mean())
    kappa = float((accuracy - chance) / (1 - chance)) if chance < 1 else np.nan
    return Agreement(len(both), accuracy, kappa)
