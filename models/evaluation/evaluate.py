"""Measure the scorer on labelled pictures and clips: what `laughtrack evaluate` does.

Conventions
-----------
- "new" pictures are those of people whom the weights have not seen: not listed in the weights'
  `trained.txt`, one line a person, the first `KEY_HEX` hex digits of the SHA-256 of
  "source/person". Weights without the list have been trained on all but `labels.split_of`'s "test".
- The figures are described in `models.evaluation.tables` and `models.evaluation.clips.video`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2

from laughtrack.edge.smile import crops, smilenet
from laughtrack.edge.smile.precision import choose_weights
from laughtrack.models.data import labels, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.evaluation.clips.video import Progress, measure_clips
from laughtrack.models.evaluation.error_model import error_model
from laughtrack.models.evaluation.faces import Scorer, score_pictures
from laughtrack.models.evaluation.fairness import has_group
from laughtrack.models.evaluation.figures import DRAWS
from laughtrack.models.evaluation.labels import has_label
from laughtrack.models.evaluation.tables import tables
from laughtrack.models.faces import wide_crops
from laughtrack.models.faces.wide_crops import FaceFinder
from laughtrack.tracker.text_files import read_text

PARTS = ("new", *labels.SPLITS, "all")
# FER+'s votes are for happiness, and its faces fill their small pictures.
MEASURED = tuple(name for name in load.SETS if name != "ferplus")


class Plan(NamedTuple):
    """What to measure, and how."""

    data: Path  # folder or table
    part: str = "new"  # one of `PARTS`
    weights: Path = smilenet.ARTIFACTS
    crops: bool = False  # the pictures are ready crops
    finder: str = "net"  # one of `edge.settings.FINDERS`; what hosts use unless told otherwise


def evaluate(plan: Plan, progress: Progress) -> dict[str, Any]:
    """Measure.

    Parameters
    ----------
    plan : Plan
    progress : function
        From what is being measured and how many there are, to a context manager of a function that
        is called with how many are done.

    Returns
    -------
    dict
        `measured`, how it was done; the tables of pictures; `video`, None without timed clips.

    Raises
    ------
    ValueError
        The weights or the labels cannot be read, no picture is left, or none can be read.
    """
    score = smilenet.load_scorer(plan.weights)
    finder = cache(partial(wide_crops.whole_picture_finder, plan.finder))
    if not plan.data.exists():
        raise ValueError(f"no folder and no table {plan.data}: --data names one of them")
    pictures = load.load_pictures(plan.data, MEASURED)
    chosen, chosen_by, left_out_as = choose(pictures, plan.part, plan.weights)
    labelled = [picture for picture in chosen if has_label(picture) or has_group(picture)]
    if not labelled:
        raise ValueError(
            f"{plan.data}: no labelled picture left of {len(pictures)} with --split {plan.part} "
            f"({chosen_by}): try another --split"
        )
    began_s = time.monotonic()
    with progress("pictures", len(labelled)) as step:
        scored = score_pictures(labelled, None if plan.crops else finder(), score, step)
    if not scored.pictures:
        raise ValueError(f"none of {len(labelled)} pictures can be read: {scored.unreadable[0]}")
    figures = {**tables(scored), "errors": error_model(scored)}
    video = _video(plan.data, finder, score, progress)
    measured = {
        "part": plan.part,
        "chosen_by": chosen_by,
        "ready_crops": plan.crops,
        "finder": plan.finder,
        "pictures": len(scored.pictures),
        "left_out": len(pictures) - len(chosen),
        "left_out_as": left_out_as,
        "without_label": len(chosen) - len(labelled),
        "unreadable": len(scored.unreadable),
        "judged_from": crops.MIN_QUALITY,
        "draws": DRAWS,
        "seconds": round(time.monotonic() - began_s),
        "weights": _digest(plan.weights / "smilenet.onnx"),
        "precision": choose_weights(plan.weights, smilenet.load_settings(plan.weights)).name,
        "opencv": cv2.__version__,
    }
    unreadable = scored.unreadable + (video["unreadable"] if video else [])
    return {"measured": measured, **figures, "video": video, "unreadable": unreadable}


class Selection(NamedTuple):
    """The pictures to measure; in words by what they were chosen, and what the others are."""

    pictures: list[Picture]
    chosen_by: str
    left_out_as: str


def choose(pictures: Sequence[Picture], part: str, weights: str | Path) -> Selection:
    """Choose the pictures to measure.

    Parameters
    ----------
    pictures : list of Picture
    part : str, one of `PARTS`
    weights : path
        Folder that may hold `trained.txt`.

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        `trained.txt` holds something else than such lines.
    """
    if part == "all":
        return Selection(list(pictures), "all there are, those trained on included", "none")
    if part != "new":
        chosen = [p for p in pictures if p.split == part]
        return Selection(chosen, f"the split {part!r}", "of other splits")
    path = Path(weights) / "trained.txt"
    if not path.is_file():
        chosen_by = "the split 'test', as the weights have no list of people seen (trained.txt)"
        chosen = [p for p in pictures if labels.split_of(p.person, p.source) == "test"]
        left_out_as = "of the other splits, which trained or chose the weights"
        return Selection(chosen, chosen_by, left_out_as)
    lines = read_text(path).split()
    odd = next((line for line in lines if not _is_key(line)), None)
    if odd is not None:
        raise ValueError(f"{path}: {odd!r} is no person's key ({labels.KEY_HEX} hex digits)")
    trained = set(lines)
    chosen = [p for p in pictures if labels.person_key(p) not in trained]
    chosen_by = "people whom the weights have not seen (trained.txt)"
    return Selection(chosen, chosen_by, "of people who trained or chose the weights")


def _is_key(line: str) -> bool:
    return len(line) == labels.KEY_HEX and not set(line) - set("0123456789abcdef")


def _video(
    data: Path, finder: Callable[[], FaceFinder], score: Scorer, progress: Progress
) -> dict[str, Any] | None:
    footage = data / "footage"
    if not (footage / "smile_intervals.csv").is_file():
        return None
    return measure_clips(footage, finder(), score, progress)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[: labels.KEY_HEX]
