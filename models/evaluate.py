"""Measure the shipped scorer on held-out pictures: `python -m models.evaluate --data FOLDER`.

Conventions
-----------
- Faces are found in the whole picture as the loop finds them. "right" counts pictures scored on
  the right side of one half among those with a face found; "right_of_all" counts a missed face as
  wrong.
- GENKI-4K: its own label. LFW: a smile is a yes from either hand label; only pictures with both.
- "auc" is the area under the ROC curve; "ece" the expected calibration error over ten equal bins.
- Clips: every frame scanned whole, the likeliest large face scored, smoothed as the loop smooths;
  one area over all frames of all clips. Frames without a face are counted, not scored.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path

import cv2
import numpy as np

from edge import smile
from models import card, datasets, labels
from models import scores as metrics

FACE_PX = (48, 36, 28, 24, 20, 16)
DEGREES = ("none", "slight", "broad")


def score_pictures(listed, finder, score):
    """Find and score the face of each picture.

    Parameters
    ----------
    listed : list of Picture
    finder : function, picture to (boxes (M, 4), confidence (M,))
    score : function, crops (N, SIZE, SIZE) to (N,)

    Returns
    -------
    ndarray, shape (N, 1 + len(FACE_PX))
        Scores of the face as it is, and shrunk to each of `FACE_PX`; NaN where none was found (and
        where the face is smaller than that).
    """
    scores = np.full((len(listed), 1 + len(FACE_PX)), np.nan)
    for row, picture in zip(scores, listed, strict=True):
        image = cv2.imread(str(picture.path))
        if image is None:
            raise ValueError(f"cannot read picture {picture.path}")
        box = datasets.main_face(*finder(image), image.shape)
        if box is None:
            continue
        side = float(box[2] - box[0])
        scales = [1.0] + [px / side for px in FACE_PX]
        kept = [i for i, scale in enumerate(scales) if scale <= 1]
        row[kept] = score(np.concatenate([_shrunk_crop(image, box, scales[i]) for i in kept]))
    return scores


def _shrunk_crop(image, box, scale):
    height, width = (max(8, round(side * scale)) for side in image.shape[:2])
    exact = np.tile([width / image.shape[1], height / image.shape[0]], 2)
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    return smile.crop_faces(small, (box * exact)[None])


def figures(scores, truth):
    """Work out the figures of one set.

    Parameters
    ----------
    scores : ndarray, shape (N, 1 + len(FACE_PX)), NaN where no face was found
    truth : ndarray, shape (N,), bool

    Returns
    -------
    dict of numbers
    """
    found = ~np.isnan(scores[:, 0])
    right = (scores[:, 0] >= 0.5) == truth
    small = {}
    for column, px in enumerate(FACE_PX, start=1):
        there = ~np.isnan(scores[:, column])
        small[str(px)] = _rounded(((scores[there, column] >= 0.5) == truth[there]).mean())
    return {
        "pictures": len(truth),
        "smiles": int(truth.sum()),
        "found": int(found.sum()),
        "right": _rounded(right[found].mean()),
        "right_of_all": _rounded((right & found).mean()),
        "auc": _rounded(metrics.auc(scores[found, 0], truth[found])),
        "ece": _rounded(metrics.ece(scores[found, 0], truth[found])),
        "right_at_face_px": small,
    }


def _rounded(number):
    return None if np.isnan(number) else round(float(number), 4)


def measure_pictures(data, split, finder, score):
    """Measure GENKI-4K and LFW.

    Parameters
    ----------
    data : path
    split : str, one of `labels.SPLITS` or "all"
    finder, score : functions, as for `score_pictures`

    Returns
    -------
    dict of dict, by set
    """
    listed = [p for p in labels.pictures(data) if split in ("all", p.split)]
    results = {}
    genki = [p for p in listed if p.source == "genki4k"]
    if genki:
        truth = np.array([p.smile == "1" for p in genki])
        results["genki4k"] = figures(score_pictures(genki, finder, score), truth)
    lfw = [p for p in listed if p.strict and p.emotion]
    if lfw:
        truth = np.array([p.smile == "1" for p in lfw])
        scores = score_pictures(lfw, finder, score)
        results["lfw"] = figures(scores, truth)
        for name in DEGREES:
            chosen = [labels.degree(p) == name for p in lfw]
            results["lfw"]["mean_score_" + name] = _rounded(np.nanmean(scores[chosen, 0]))
    return results


def measure_clips(footage, finder, score):
    """Measure how well smoothed scores separate the clips' smiles from their neutral frames.

    Parameters
    ----------
    footage : path
        Has `smile_intervals.csv` and the clips that it names.
    finder, score : functions, as for `score_pictures`

    Returns
    -------
    dict of numbers
    """
    from edge.smooth import Smoother

    with (footage / "smile_intervals.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["label"] in ("smile", "neutral")]
    scores, truth, asked = [], [], 0
    for clip in dict.fromkeys(row["clip"] for row in rows):
        smoother, steady = Smoother(), {}
        for frame, t_s, raw in _clip_scores(footage / clip, finder, score):
            steady[frame] = smoother.update(1, t_s, raw)
        for row in rows:
            if row["clip"] == clip:
                frames = range(int(row["first_frame"]), int(row["last_frame"]) + 1)
                seen = [steady[frame] for frame in frames if frame in steady]
                asked += len(frames)
                scores += seen
                truth += [row["label"] == "smile"] * len(seen)
    return {
        "frames": asked,
        "found": len(scores),
        "auc_smoothed": _rounded(metrics.auc(scores, truth)),
    }


def _clip_scores(path, finder, score):
    """Yield frame number, time in seconds, and score, of frames with a face."""
    clip = cv2.VideoCapture(str(path))
    if not clip.isOpened():
        raise ValueError(f"cannot open clip {path}")
    fps, frame = clip.get(cv2.CAP_PROP_FPS), 0
    while True:
        there, image = clip.read()
        if not there:
            return
        boxes, confidence = finder(image)
        if len(boxes):
            best = int(np.argmax((boxes[:, 2] - boxes[:, 0]) * confidence))
            yield frame, frame / fps, float(score(smile.crop_faces(image, boxes[[best]]))[0])
        frame += 1


def main(argv=None):
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--data", type=Path, default="../shared/data", help="has lfw/ or genki4k/")
    parser.add_argument(
        "--split", choices=(*labels.SPLITS, "all"), default="test", help="which part"
    )
    parser.add_argument("--weights", type=Path, default=smile.ARTIFACTS, help="folder")
    parser.add_argument("--card", action="store_true", help="write figures and card there, too")
    options = parser.parse_args(argv)
    try:
        finder, score = datasets.loop_finder(), smile.load_scorer(options.weights)
        results = measure_pictures(options.data, options.split, finder, score)
        if (options.data / "footage" / "smile_intervals.csv").is_file():
            results["clips"] = measure_clips(options.data / "footage", finder, score)
        print(json.dumps(results, indent=2))
        if options.card:
            card.write(options.weights, results)
    except (ValueError, OSError) as error:
        print(f"models.evaluate: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
