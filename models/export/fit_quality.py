"""Fit what `edge.smile.quality` knows of the weights.

`python -m laughtrack.models.export.fit_quality --data FOLDER`.

To be run again whenever the weights change. Labelled faces of people the net wasn't trained on are
degraded in many ways and scored; a logistic model gives how likely a score is on the right side of
one half, each part of `edge.smile.quality.parts` taking something off or nothing. How a head is
turned is read from a crop by a linear model of its own, fitted on the pictures whose pose is
labelled.

The numbers are code, `edge/smile/quality_coefficients.py`, so that they go wherever the loop goes.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.edge import console
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.smile import quality, quality_coefficients, smilenet
from laughtrack.edge.smile.crops import MIN_QUALITY
from laughtrack.models.data import labels, load
from laughtrack.models.data.logistic import logistic_fit
from laughtrack.models.export import head_pose
from laughtrack.models.export.head_pose import PoseModel
from laughtrack.models.faces import degradations

NUMBERS = Path(quality_coefficients.__file__)
COPIES = 20  # of each face
LEAST_POSED = 200  # pictures: with fewer, what was learnt of turns before stays
WIDTHS_PX = (9, 14, 18, 22, 28, 40, 56, 80, 400)  # of the table that is logged
_RIDGE = 1e-3  # keeps parts that go together from growing against each other


class QualityFit(NamedTuple):
    """How likely a score is right: sigmoid(best - columns @ costs); costs (P,), at least 0."""

    best: float
    costs: np.ndarray


def fit(columns: np.ndarray, right: np.ndarray, weight: np.ndarray) -> QualityFit:
    """Fit how likely a score is right: best case, and what each part takes off.

    Parameters
    ----------
    columns : ndarray, shape (N, P), at least 0: `edge.smile.quality.parts`
    right : ndarray, shape (N,), bool
    weight : ndarray, shape (N,), above 0

    Returns
    -------
    QualityFit

    Raises
    ------
    ValueError
        If all scores are right, or all wrong: nothing can be learnt from them.
    """
    right, weight = np.asarray(right, bool), np.asarray(weight, np.float64)
    if right.all() or not right.any():
        raise ValueError(
            f"{right.sum()} of {len(right)} scores are right: nothing can be learnt from scores "
            "that are all alike, give more labelled pictures"
        )
    costs, kept = np.zeros(columns.shape[1]), list(range(columns.shape[1]))
    while True:
        given = np.column_stack([np.ones(len(right)), -columns[:, kept]])
        ridge = _RIDGE * (np.arange(given.shape[1]) > 0)  # not of the constant
        found = logistic_fit(given, right, weight, ridge)
        if (found[1:] >= 0).all():
            break
        kept.pop(int(np.argmin(found[1:])))
    costs[kept] = found[1:]
    return QualityFit(float(found[0]), costs)


def fingerprint(folder: str | Path) -> str:
    """Name the weights the numbers were fitted with, by their known logits and calibration.

    Parameters
    ----------
    folder : path
        Where `smilenet.json` lies.

    Returns
    -------
    str, 12 hex digits
    """
    settings = smilenet.load_settings(folder)
    parts = [settings.get(key) for key in ("selftest", "temperature", "bias")]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:12]


def write(path: str | Path, made_for: str, fitted: QualityFit, pose: PoseModel) -> None:
    """Write the numbers as a Python file, in place whole or not at all.

    Parameters
    ----------
    path : path
    made_for : str, the weights' `fingerprint`
    fitted : QualityFit
    pose : PoseModel

    Raises
    ------
    ValueError
        If not even the best faces would be judged.
    """
    best, costs = fitted
    most = 1 / (1 + np.exp(-best))
    if 2 * most - 1 < MIN_QUALITY:
        raise ValueError(
            f"of the best faces only {100 * most:.0f} in 100 are scored right, so none would be "
            f"judged, which takes {50 + 50 * MIN_QUALITY:.0f}: look at the labels, or train anew"
        )
    lines = [
        '"""What labelled faces taught `edge.smile.quality`, '
        'written by `models.export.fit_quality`."""',
        "",
        f'MADE_FOR = "{made_for}"  # the weights it was fitted with: fit_quality.fingerprint',
        f"BEST = {best:.4f}",
        "COSTS = {",
        *(f'    "{name}": {cost:.4f},' for name, cost in zip(quality.PARTS, costs, strict=True)),
        "}",
        f"LEVEL_PITCH = {pose.level_pitch:.3f}",
        "# Degrees for a cell that is brighter by one: a crop's left half, from its top.",
        "TURN = {",
    ]
    for name, rows in pose.weights.items():
        lines += [f'    "{name}": (']
        lines += [f"        ({', '.join(f'{v:.2f}' for v in row)})," for row in np.asarray(rows)]
        lines += ["    ),"]
    with replacing(path) as part:
        part.write_text("\n".join([*lines, "}", ""]), encoding="utf-8")


def run(data: str | Path, splits: Sequence[str], weights: Path, out: str | Path) -> None:
    """Fit and write the numbers; log how they do on the faces they were fitted on.

    Parameters
    ----------
    data : path
        For `load.load_pictures`.
    splits : list of str
        Whose scores count: people the net wasn't trained on.
    weights, out : path
        Folder of the scorer; the file to write.

    Raises
    ------
    ValueError
        Nothing there to fit on, or no scorer.
    """
    score, made_for = smilenet.load_scorer(weights), fingerprint(weights)
    pictures = [p for p in load.load_pictures(data, load.HAND_LABELLED) if p.split != "test"]
    labelled = [p for p in pictures if p.split in splits and p.smile]
    if not labelled:
        raise ValueError(f"no labelled pictures of the split {' or '.join(splits)} under {data}")
    pose = PoseModel(quality_coefficients.TURN, quality_coefficients.LEVEL_PITCH)
    with_pose = [p for p in pictures if np.isfinite(p.pose).all()]
    if len(with_pose) >= LEAST_POSED:
        logging.info("learning turns from %d pictures", len(with_pose))
        pose = head_pose.learn(*head_pose.posed_faces(with_pose))
    logging.info("spoiling the faces of %d pictures, %d times each", len(labelled), COPIES)
    found = degradations.degraded_faces(labelled, COPIES)
    scores = np.concatenate([score(found.crops[i : i + 256]) for i in range(0, len(found[0]), 256)])
    right = (scores >= 0.5) == np.array([labelled[i].smile == "1" for i in found.picture_index])
    weight = np.array([labels.weight(labelled[i]) for i in found.picture_index])
    side_px = (found.boxes[:, 2:] - found.boxes[:, :2]).mean(axis=1)
    pose_of = head_pose.pose_reader(pose)
    columns = quality.parts(found.crops, side_px, found.confidence, pose_of)
    fitted = fit(columns, right, weight)
    _log_table(1 / (1 + np.exp(columns @ fitted.costs - fitted.best)), right, side_px)
    write(out, made_for, fitted, pose)
    logging.info("written: %s", out)


def _log_table(trust: np.ndarray, right: np.ndarray, side_px: np.ndarray) -> None:
    """Log a table by face width: all kinds of degraded faces together."""
    judged = 2 * trust - 1 >= MIN_QUALITY
    logging.info("width px   faces  right  expected  judged  right of judged")
    for low, high in itertools.pairwise(WIDTHS_PX):
        there = (side_px >= low) & (side_px < high)
        if there.any():
            of_judged = right[there & judged].mean() if (there & judged).any() else np.nan
            shares = (right[there].mean(), trust[there].mean(), judged[there].mean(), of_judged)
            row = "%3d to %3d %7d  %.3f     %.3f   %.3f            %.3f"
            logging.info(row, low, high, there.sum(), *shares)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--data", type=Path, default="../shared/data", help="folder or table")
    parser.add_argument(
        "--split", nargs="+", choices=("train", "val"), default=["val"], help="whose scores count"
    )
    parser.add_argument("--weights", type=Path, default=smilenet.ARTIFACTS, help="folder")
    parser.add_argument("--out", type=Path, default=NUMBERS, help="file of numbers to write")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        run(options.data, options.split, options.weights, options.out)
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.export.fit_quality: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
