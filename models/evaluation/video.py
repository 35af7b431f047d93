"""Judge the scorer on clips whose smiles were timed by eye.

Conventions
-----------
- Truth is `footage/smile_intervals.csv`: see `models.evaluation.onsets`.
- Every frame is scanned whole, the likeliest large face scored, whatever its quality, and the score
  steadied as the loop steadies it. Frames without a face are counted, not scored.
"""

from __future__ import annotations

import cv2
import numpy as np

from laughtrack.edge.smile import crops
from laughtrack.edge.smile.smoothing import Smoother
from laughtrack.models.evaluation import metrics
from laughtrack.models.evaluation.metrics import with_intervals
from laughtrack.models.evaluation.onsets import onsets, read_intervals


def measure_clips(footage, finder, score, progress):
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
    clips, parts, unreadable = {}, {}, []
    with progress("clips", len(names)) as step:
        for number, name in enumerate(names, start=1):
            own = [each for each in intervals if each.clip == name]
            try:
                steady, abstained = _clip_scores(footage / name, own[0].fps, finder, score)
            except ValueError as error:
                unreadable.append(str(error))
            else:
                parts[name] = _labelled_frames(steady, own)
                clips[name] = _clip(steady, own, parts[name], abstained)
            step(number)
    return {"clips": clips, **_all_clips(parts), "unreadable": unreadable}


def _all_clips(parts):
    """Figures over all frames of all clips."""
    scores = np.array([score for part in parts.values() for score in part[0]])
    truth = np.array([smile for part in parts.values() for smile in part[1]], bool)
    clip = np.repeat(np.arange(len(parts)), [len(part[0]) for part in parts.values()])
    wanted = {
        "auc": lambda counts: metrics.auc(scores, truth, counts),
        "right": lambda counts: metrics.accuracy(scores, truth, counts),
    }
    return with_intervals(wanted, clip)


def _labelled_frames(steady, intervals):
    """Scores and truth of the labelled frames with a face."""
    pairs = [
        (steady[frame], each.label == "smile")
        for each in intervals
        for frame in range(each.first, each.last + 1)
        if frame in steady
    ]
    return [score for score, _ in pairs], [smile for _, smile in pairs]


def _clip(steady, intervals, labelled, abstained):
    frames = [f for each in intervals for f in range(each.first, each.last + 1)]
    return {
        "frames": len(frames),
        "found": len(labelled[0]),
        "abstained": sum(frame in abstained for frame in frames),
        "auc": _rounded(metrics.auc(*labelled)),
        "right": _rounded(metrics.accuracy(*labelled)),
        "onsets": onsets(steady, intervals),
    }


def _clip_scores(path, fps, finder, score):
    """Steadied score of each frame with a face, by frame, and the frames of too little quality."""
    clip = cv2.VideoCapture(str(path))
    smoother, steady, abstained, frame = Smoother(), {}, set(), 0
    try:
        while True:
            there, image = clip.read()
            if not there:
                break
            boxes, confidence = finder(image)
            if len(boxes):
                best = [int(np.argmax((boxes[:, 2] - boxes[:, 0]) * confidence))]
                cut = crops.crop_faces(image, boxes[best])
                steady[frame] = smoother.update(1, frame / fps, float(score(cut)[0]))
                if crops.quality(cut, boxes[best], confidence[best])[0] < crops.JUDGED_FROM:
                    abstained.add(frame)
            frame += 1
    finally:
        clip.release()
    if not frame:
        raise ValueError(f"{path}: {'not a clip' if path.is_file() else 'no such file'}")
    return steady, abstained


def _rounded(value):
    return None if np.isnan(value) else round(float(value), 4)
