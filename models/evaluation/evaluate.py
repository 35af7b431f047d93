"""Measure the scorer on labelled pictures and clips: what `laughtrack evaluate` does.

Conventions
-----------
- "new" pictures are those of people whom the weights have not seen: not listed in the weights'
  `trained.txt`, one line a person, the first `KEY_HEX` hex digits of the SHA-256 of
  "source/person". Weights without the list have been trained on all but `labels.split_of`'s "test".
- The figures are described in `models.evaluation.tables` and `models.evaluation.video`.
"""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import NamedTuple

import cv2

from laughtrack.edge.smile import crops, smilenet
from laughtrack.models.data import labels, load
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.faces import score_pictures
from laughtrack.models.evaluation.labels import has_label
from laughtrack.models.evaluation.tables import tables
from laughtrack.models.evaluation.video import measure_clips
from laughtrack.models.faces import wide_crops

PARTS = ("new", *labels.SPLITS, "all")


class Plan(NamedTuple):
    """What to measure: data folder or table, one of `PARTS`, folder of weights, ready crops?"""

    data: Path
    part: str = "new"
    weights: Path = smilenet.ARTIFACTS
    crops: bool = False


def evaluate(plan, progress):
    """Measure.

    Parameters
    ----------
    plan : Plan
    progress : function
        From what is being looked at and how many there are, to a context manager of a function that
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
    score, finder = smilenet.load_scorer(plan.weights), wide_crops.whole_picture_finder()
    if not plan.data.exists():
        raise ValueError(f"no folder and no table {plan.data}: --data names one of them")
    listed = load.load_pictures(plan.data)
    chosen, words, others = choose(listed, plan.part, plan.weights)
    labelled = [picture for picture in chosen if has_label(picture)]
    if not labelled:
        raise ValueError(
            f"{plan.data}: no labelled picture left of {len(listed)} with --split {plan.part} "
            f"({words}): try another --split"
        )
    began_s = time.monotonic()
    with progress("pictures", len(labelled)) as step:
        scored = score_pictures(labelled, None if plan.crops else finder, score, step)
    if not scored.pictures:
        raise ValueError(f"none of {len(labelled)} pictures can be read: {scored.unreadable[0]}")
    figures = tables(scored)
    video = _video(plan.data, finder, score, progress)
    measured = {
        "part": plan.part,
        "chosen_by": words,
        "ready_crops": plan.crops,
        "pictures": len(scored.pictures),
        "left_out": len(listed) - len(chosen),
        "left_out_as": others,
        "without_label": len(chosen) - len(labelled),
        "unreadable": len(scored.unreadable),
        "judged_from": crops.JUDGED_FROM,
        "draws": metrics.DRAWS,
        "seconds": round(time.monotonic() - began_s),
        "weights": _digest(plan.weights / "smilenet.onnx"),
        "opencv": cv2.__version__,
    }
    unreadable = scored.unreadable + (video["unreadable"] if video else [])
    return {"measured": measured, **figures, "video": video, "unreadable": unreadable}


def choose(listed, part, weights):
    """Choose the pictures to measure.

    Parameters
    ----------
    listed : list of Picture
    part : str, one of `PARTS`
    weights : path
        Folder that may hold `trained.txt`.

    Returns
    -------
    tuple of list of Picture, str and str
        Those chosen; in words by what, and what the others are.

    Raises
    ------
    ValueError
        `trained.txt` holds something else than such lines.
    """
    if part == "all":
        return list(listed), "all there are, those trained on included", "none"
    if part != "new":
        return [p for p in listed if p.split == part], f"the split {part!r}", "of other splits"
    path = Path(weights) / "trained.txt"
    if not path.is_file():
        words = "the split 'test', as the weights have no list of people seen (trained.txt)"
        chosen = [p for p in listed if labels.split_of(p.person) == "test"]
        return chosen, words, "of the other splits, which trained or chose the weights"
    lines = path.read_text(encoding="utf-8").split()
    odd = next((line for line in lines if not _is_key(line)), None)
    if odd is not None:
        raise ValueError(f"{path}: {odd!r} is no person's key ({labels.KEY_HEX} hex digits)")
    trained = set(lines)
    chosen = [p for p in listed if labels.person_key(p) not in trained]
    words = "people whom the weights have not seen (trained.txt)"
    return chosen, words, "of people who trained or chose the weights"


def _is_key(line):
    return len(line) == labels.KEY_HEX and not set(line) - set("0123456789abcdef")


def _video(data, finder, score, progress):
    footage = data / "footage"
    if not (footage / "smile_intervals.csv").is_file():
        return None
    return measure_clips(footage, finder, score, progress)


def _digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()[: labels.KEY_HEX]
