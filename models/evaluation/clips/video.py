"""Measure the scorer on clips whose smiles were timed by eye.

Conventions
-----------
- Truth is `footage/smile_intervals.csv`: see `models.evaluation.clips.onsets`.
- Clips are read as footage is by `laughtrack replay`; frames count from 0 in the order shown.
- Every frame is scanned whole, the likeliest large face scored, whatever its quality, and the score
  smoothed as the loop smooths it. Frames without a face are counted, not scored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from laughtrack.edge.smile import crops
from laughtrack.edge.smile.smoothing import Smoother
from laughtrack.edge.sources.cameras import NOTHING
from laughtrack.edge.sources.errors import DamagedPicture, SourceError
from laughtrack.edge.sources.open_source import open_source
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.clips.onsets import Interval, onsets, read_intervals
from laughtrack.models.evaluation.faces import Scorer
from laughtrack.models.evaluation.figures import with_intervals
from laughtrack.models.faces.wide_crops import FaceFinder

# From what is being measured and how many there are, to a context with a function for how many are
# done.
Progress = Callable[[str, int], AbstractContextManager[Callable[[int], object]]]


class LabelledFrames(NamedTuple):
    """The labelled frames with a face: each one's score, and whether there is a smile."""

    scores: list[float]
    smiles: list[bool]


def measure_clips(
    footage: Path, finder: FaceFinder, score: Scorer, progress: Progress
) -> dict[str, Any]:
    """Measure the clips of a folder.

    Parameters
    ----------
    footage : path
        Has `smile_intervals.csv` and the clips that it names.
    finder : function, picture to (boxes (M, 4), confidence (M,))
    score : function, crops (N, SIZE, SIZE) to (N,)
    progress : function
        From "clips" and how many there are, to a context manager of a function that is called with
        how many are done.

    Returns
    -------
    dict
        `clips`, dict by name of `frames`, `found`, `abstained` (frames), `auc`, `right` and
        `onsets`; `auc` and `right` over all frames of all clips, with intervals from drawing clips;
        `unreadable`, list of str.
    """
    intervals = read_intervals(footage / "smile_intervals.csv")
    names = list(dict.fromkeys(each.clip for each in intervals))
    clips: dict[str, Any] = {}
    parts: dict[str, LabelledFrames] = {}
    unreadable: list[str] = []
    with progress("clips", len(names)) as step:
        for number, name in enumerate(names, start=1):
            of_clip = [each for each in intervals if each.clip == name]
            try:
                smoothed, abstained, lost = _clip_scores(
                    footage / name, of_clip[0].fps, finder, score
                )
            except (SourceError, ValueError) as error:
                unreadable.append(str(error))
            else:
                unreadable += [f"{footage / name}: {line}" for line in lost]
                parts[name] = _labelled_frames(smoothed, of_clip)
                clips[name] = _clip(smoothed, of_clip, parts[name], abstained)
            step(number)
    return {"clips": clips, **_all_clips(parts), "unreadable": unreadable}


def _all_clips(parts: dict[str, LabelledFrames]) -> dict[str, Any]:
    """Figures over all frames of all clips."""
    scores = np.array([score for part in parts.values() for score in part.scores])
    truth = np.array([smile for part in parts.values() for smile in part.smiles], bool)
    clip = np.repeat(np.arange(len(parts)), [len(part.scores) for part in parts.values()])
    wanted = {
        "auc": lambda counts: metrics.auc(scores, truth, counts),
        "right": lambda counts: metrics.accuracy(scores, truth, counts),
    }
    return with_intervals(wanted, clip)


def _labelled_frames(smoothed: dict[int, float], intervals: Sequence[Interval]) -> LabelledFrames:
    """Scores and truth of the labelled frames with a face."""
    pairs = [
        (smoothed[frame], each.label == "smile")
        for each in intervals
        for frame in range(each.first, each.last + 1)
        if frame in smoothed
    ]
    return LabelledFrames([score for score, _ in pairs], [smile for _, smile in pairs])


def _clip(
    smoothed: dict[int, float],
    intervals: Sequence[Interval],
    labelled: LabelledFrames,
    abstained: set[int],
) -> dict[str, Any]:
    frames = [f for each in intervals for f in range(each.first, each.last + 1)]
    return {
        "frames": len(frames),
        "found": len(labelled.scores),
        "abstained": sum(frame in abstained for frame in frames),
        "auc": _rounded(metrics.auc(np.array(labelled.scores), np.array(labelled.smiles, bool))),
        "right": _rounded(
            metrics.accuracy(np.array(labelled.scores), np.array(labelled.smiles, bool))
        ),
        "onsets": onsets(smoothed, intervals),
    }


def _clip_scores(
    path: Path, fps: float, finder: FaceFinder, score: Scorer
) -> tuple[dict[int, float], set[int], list[str]]:
    """Smoothed score of each frame with a face, by frame, and the frames of too little quality.

    The third are lines that say what of the clip could not be read.
    """
    if not path.is_file():
        raise ValueError(f"{path}: no such file")
    clip, frame = open_source(str(path), fps), -1
    smoother, lost = Smoother(), 0
    smoothed: dict[int, float] = {}
    abstained: set[int] = set()
    for picture in clip.pictures():
        if picture is NOTHING:
            continue
        try:
            frame, image = picture.number, picture.decode()
        except DamagedPicture:
            lost += 1
            continue
        boxes, confidence = finder(image)
        if not len(boxes):
            continue
        best = [int(np.argmax((boxes[:, 2] - boxes[:, 0]) * confidence))]
        crop = crops.crop_faces(image, boxes[best])
        steadied = smoother.update(1, frame / fps, float(score(crop)[0]))
        if steadied is not None:
            smoothed[frame] = steadied
        if crops.quality(crop, boxes[best], confidence[best])[0] < crops.MIN_QUALITY:
            abstained.add(frame)
    if frame < 0:
        raise ValueError(f"{path}: no picture of it could be decoded")
    if clip.notes:
        clip.notes.lost += lost
    return smoothed, abstained, [*clip.remarks, *(clip.notes.lines() if clip.notes else ())]


def _rounded(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
