"""Ask twice about each picture of MTFL and FairFace, and keep the labels that are agreed on.

`python -m laughtrack.models.training.agreement face_landmarker.task --data FOLDER`, in the training
environment; `models.data.agreement` says what becomes a label. Stopped at any point, the same
command carries on.

Neither that is asked is a SmileNet: a net measured against labels that a net like it helped to
choose would look better than it is.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

from laughtrack.edge import console
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.smile import smilenet
from laughtrack.models.data import agreement, image_files, labels, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import crop_cache, landmarker, wide_crops
from laughtrack.models.training.settings import DEFAULT_WORK

MOST_LEARNT = 3000  # training pictures of each hand-labelled set, at most
LEAST_SMILE = 1e-3  # a blendshape below counts as this
# Of the support vector machine on edges.
COMPONENTS, GAMMA, COST = 150, 0.7, 2.0
REPORT_EVERY = 500


# From a picture (height, width, 3), BGR, and the face's box (4,) to [0, 1], NaN for no face.
SmileOpinion = Callable[[np.ndarray, np.ndarray], float]


class Opinions(NamedTuple):
    """What was said of N faces: how likely each is a smile, (N,) in [0, 1], NaN for no mesh."""

    landmarks: np.ndarray
    edges: np.ndarray


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default="../shared/data", help="has mtfl/, fairface/")
    parser.add_argument("landmarker", type=Path, help="MediaPipe's face_landmarker.task")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="for crops and answers")
    parser.add_argument("--out", type=Path, default=agreement.FILE, help="file to write")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        with landmarker.open_landmarker(options.landmarker) as find:
            digest = hashlib.sha256(options.landmarker.read_bytes()).hexdigest()[:12]
            # Crops of another finder than a training's: not in one folder.
            work = options.work / f"agreement-{digest}"
            run(options.data, work, options.out, partial(landmarker.smile_of, find))
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.training.agreement: {error}")
        return 1
    return 0


def run(data: Path, work: Path, out: Path, landmarks: SmileOpinion) -> None:
    """Ask about all pictures and write the file of labels; log the counts.

    Parameters
    ----------
    data : Path, folder of the sets
    work : Path, folder that keeps crops and what was said; made if missing
    out : Path
    landmarks : function of picture and box

    Raises
    ------
    ValueError
        Neither set is there, or too few hand-labelled pictures to learn from.
    """
    listed = load.load_pictures(data)
    wanted = [p for p in listed if p.source in (*agreement.CLEANED, *agreement.LABELLED)]
    if not wanted:
        raise ValueError(f"{data}: neither mtfl nor fairface is there")
    pictures = [*_learnt_from(listed), *wanted]
    faces = wide_crops.load_faces(pictures, work, wide_crops.whole_picture_finder("net"))
    shown = [pictures[i] for i in faces.picture_index]
    smiles = ask(shown, faces.boxes, work / "landmarks.jsonl", landmarks)
    said = opinions(shown, smiles, faces.wide)
    by_key = {labels.person_key(p): (a, b) for p, a, b in zip(shown, *said, strict=True)}
    lines, counts = [], Counter[tuple[str, str, str]]()
    for picture in wanted:
        key = labels.person_key(picture)
        answers = by_key.get(key, (np.nan, np.nan))
        word = agreement.agreed_label(picture.source, picture.published, *answers)
        lines.append(f"{key} {word}\n")
        counts[picture.source, picture.published, word] += 1
    with replacing(out) as part:
        part.write_text("".join(sorted(lines)), encoding="utf-8")
    for (source, published, word), count in sorted(counts.items()):
        logging.info("%s, published %r: %d are %s", source, published, count, word)


def ask(
    pictures: Sequence[Picture], boxes: np.ndarray, cache: Path, landmarks: SmileOpinion
) -> np.ndarray:
    """Ask the landmarker about faces that it was not asked about before; each answer is kept.

    Parameters
    ----------
    pictures : list of Picture, N
    boxes : ndarray, shape (N, 4), x1 y1 x2 y2 in pixels
    cache : Path
    landmarks : function of picture and box

    Returns
    -------
    ndarray, shape (N,), NaN where it saw no face
    """
    cache.parent.mkdir(parents=True, exist_ok=True)
    kept: dict[str, float] = {}
    for line in cache.read_text("utf-8").splitlines() if cache.is_file() else []:
        try:
            key, answer = json.loads(line)
        except ValueError:
            continue  # cut short by a stop
        kept[key] = np.nan if answer is None else answer
    with cache.open("a", encoding="utf-8") as file:
        file.write("\n" if kept else "")
        for number, (picture, box) in enumerate(zip(pictures, boxes, strict=True)):
            if number % REPORT_EVERY == 0:
                logging.info("landmarks: %d of %d faces", number, len(pictures))
            key = crop_cache.picture_key(picture)
            if key not in kept:
                kept[key] = landmarks(image_files.read(picture.path), box)
                answer = None if np.isnan(kept[key]) else round(kept[key], 6)
                file.write(json.dumps([key, answer]) + "\n")
                file.flush()
    return np.array([kept[crop_cache.picture_key(picture)] for picture in pictures])


def opinions(pictures: Sequence[Picture], smiles: np.ndarray, wide: np.ndarray) -> Opinions:
    """Learn from the hand-labelled sets what blendshapes and edges mean; say it of all faces.

    Parameters
    ----------
    pictures : list of Picture, N
    smiles : ndarray, shape (N,), blendshapes
    wide : ndarray, shape (N, WIDE_PX, WIDE_PX), uint8

    Returns
    -------
    Opinions

    Raises
    ------
    ValueError
        If training or validation pictures of the hand-labelled sets lack one kind.
    """
    truth = np.array([p.smile == "1" for p in pictures], bool)
    usable = np.array([p.source in load.HAND_LABELLED and bool(p.smile) for p in pictures], bool)
    split = np.array([p.split for p in pictures])
    weight = np.array([labels.SET_WEIGHTS.get(p.source, labels.GENKI_WEIGHT) for p in pictures])
    learnt, checked = usable & (split == "train"), usable & (split == "val")
    there = np.isfinite(smiles)
    for rows in (learnt & there, checked):
        if len(set(truth[rows])) < 2:
            raise ValueError(
                "too few labelled training and validation pictures of LFW and GENKI-4K, of both "
                "kinds, to learn from"
            )
    filled = np.where(there, smiles, 0)
    features = np.stack([filled, np.log(np.maximum(filled, LEAST_SMILE))], axis=1)
    sure = _calibrated(features, truth, learnt & there)
    sure[~there] = np.nan
    distances = _edge_distances(wide, truth, learnt, weight)
    return Opinions(sure, _calibrated(distances[:, None], truth, checked))


def _calibrated(features: np.ndarray, truth: np.ndarray, rows: np.ndarray) -> Any:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e6).fit(features[rows], truth[rows])
    return model.predict_proba(features)[:, 1]


def _edge_distances(
    wide: np.ndarray, truth: np.ndarray, learnt: np.ndarray, weight: np.ndarray
) -> Any:
    """How far on the side of smiles each face's edges are, (N,)."""
    from sklearn.decomposition import PCA
    from sklearn.svm import SVC

    side = smilenet.SIZE
    hog = cv2.HOGDescriptor((side, side), (16, 16), (8, 8), (8, 8), 9)
    box = wide_crops.wide_box()[None]
    crops = [smilenet.crop_faces(each, box)[0] for each in wide]
    rows = np.stack([np.ravel(hog.compute(crop)) for crop in crops]).astype(np.float32)
    count = min(COMPONENTS, int(learnt.sum()) - 1)
    pca = PCA(count, svd_solver="randomized", random_state=0).fit(rows[learnt])
    rows = pca.transform(rows)
    rows /= max(rows[learnt].std() * np.sqrt(rows.shape[1]), 1e-9)
    machine = SVC(C=COST, gamma=GAMMA).fit(rows[learnt], truth[learnt], weight[learnt])
    return machine.decision_function(rows)


def _learnt_from(pictures: Sequence[Picture]) -> list[Picture]:
    """Labelled training and validation pictures of the hand-labelled sets, as many at most."""
    found = []
    for source in load.HAND_LABELLED:
        for split in ("train", "val"):
            usable = [p for p in pictures if p.source == source and p.split == split and p.smile]
            found += usable[:: max(1, -(-len(usable) // MOST_LEARNT))]
    return found


if __name__ == "__main__":
    sys.exit(main())
