"""Ask twice about each picture of MTFL and FairFace, and keep the labels that are agreed on.

`python -m laughtrack.models.training.agreement --data FOLDER --landmarker FILE`, in the training
environment; `models.data.agreement` says what becomes a label. Stopped at any point, the same
command carries on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.edge import console
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.smile import smilenet
from laughtrack.models.data import agreement, image_files, labels, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import blendshapes, crop_cache, wide_crops
from laughtrack.models.faces.blendshapes import SmileOpinion
from laughtrack.models.training.settings import DEFAULT_WORK

CALIBRATED_ON = 3000  # pictures of each hand-labelled set, at most
LEAST_SMILE = 1e-3  # a blendshape below counts as this
REPORT_EVERY = 500


class Opinion(NamedTuple):
    """What the two said of a picture: NaN where no face was found.

    `landmarks` in [0, 1], not calibrated; `net` a probability.
    """

    landmarks: float
    net: float


Asked = Callable[[Picture], Opinion]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 1 with a line that says why not."""
    parser = console.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default="../shared/data", help="has mtfl/, fairface/")
    parser.add_argument("--landmarker", type=Path, required=True, help="face_landmarker.task")
    parser.add_argument("--weights", type=Path, default=smilenet.ARTIFACTS, help="SmileNet's files")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="for what was said")
    parser.add_argument("--out", type=Path, default=agreement.FILE, help="file to write")
    options = parser.parse_args(argv)
    console.log_to_stderr()
    try:
        score = smilenet.load_scorer(options.weights)
        version = _version(options.landmarker, options.weights)
        with blendshapes.open_landmarker(options.landmarker) as opinion:
            cache = options.work / f"agreement-{version}.jsonl"
            run(options.data, cache, options.out, asking(opinion, score))
    except (ValueError, OSError) as error:
        console.say(f"laughtrack.models.training.agreement: {error}")
        return 1
    return 0


def run(data: Path, cache: Path, out: Path, asked: Asked) -> None:
    """Ask about all pictures, calibrate, and write the file of labels; log the counts.

    Parameters
    ----------
    data : Path, folder of the sets
    cache : Path, file that keeps what was said; made if missing
    out : Path
    asked : function of Picture

    Raises
    ------
    ValueError
        Neither set is there, or too few hand-labelled pictures to calibrate on.
    """
    pictures = load.load_pictures(data)
    wanted = [p for p in pictures if p.source in (*agreement.CLEANED, *agreement.LABELLED)]
    if not wanted:
        raise ValueError(f"{data}: neither mtfl nor fairface is there")
    known = _calibration_pictures(pictures)
    said = ask([*known, *wanted], cache, asked)
    calibrated = calibration(known, said[: len(known)])
    lines, counts = [], Counter[tuple[str, str, str]]()
    for picture, opinion in zip(wanted, said[len(known) :], strict=True):
        sure = float(calibrated(np.array([opinion.landmarks]))[0])
        word = agreement.agreed_label(picture.source, picture.published, sure, opinion.net)
        lines.append(f"{labels.person_key(picture)} {word}\n")
        counts[picture.source, picture.published, word] += 1
    with replacing(out) as part:
        part.write_text("".join(sorted(lines)), encoding="utf-8")
    for (source, published, word), count in sorted(counts.items()):
        logging.info("%s, published %r: %d are %s", source, published, count, word)


def ask(pictures: Sequence[Picture], cache: Path, asked: Asked) -> list[Opinion]:
    """Ask about pictures that were not asked about before; each answer is kept as it comes.

    Parameters
    ----------
    pictures : list of Picture, N
    cache : Path
    asked : function of Picture

    Returns
    -------
    list of Opinion, N
    """
    cache.parent.mkdir(parents=True, exist_ok=True)
    kept = {}
    for line in cache.read_text("utf-8").splitlines() if cache.is_file() else []:
        try:
            key, *answer = json.loads(line)
        except ValueError:
            continue  # cut short by a stop
        kept[key] = Opinion(*(np.nan if each is None else each for each in answer))
    with cache.open("a", encoding="utf-8") as file:
        file.write("\n" if cache.stat().st_size else "")
        for number, picture in enumerate(pictures):
            if number % REPORT_EVERY == 0:
                logging.info("%d of %d pictures", number, len(pictures))
            key = crop_cache.picture_key(picture)
            if key not in kept:
                kept[key] = asked(picture)
                answer = [None if np.isnan(each) else round(each, 6) for each in kept[key]]
                file.write(json.dumps([key, *answer]) + "\n")
                file.flush()
    return [kept[crop_cache.picture_key(picture)] for picture in pictures]


def asking(landmarks: SmileOpinion, score: Callable[[np.ndarray], np.ndarray]) -> Asked:
    """Return a function that finds a picture's face, by FinderNet, and asks both about it.

    Parameters
    ----------
    landmarks : function of picture and box
    score : function, crops (N, SIZE, SIZE) to (N,)

    Returns
    -------
    function of Picture, to Opinion
    """
    from laughtrack.edge.faces.choice import finder_maker

    scan = finder_maker("net")().scan

    def asked(picture: Picture) -> Opinion:
        try:
            image = image_files.read(picture.path)
        except image_files.UnreadableImage as error:
            logging.warning("not asked about: %s", error)
            return Opinion(np.nan, np.nan)
        box = wide_crops.main_face(*scan(image), image.shape)
        if box is None:
            return Opinion(np.nan, np.nan)
        crop = smilenet.crop_faces(image, box[None])
        return Opinion(landmarks(image, box), float(score(crop)[0]))

    return asked


def calibration(
    pictures: Sequence[Picture], said: Sequence[Opinion]
) -> Callable[[np.ndarray], np.ndarray]:
    """Fit what a blendshape means: how likely a person calls it a smile.

    Parameters
    ----------
    pictures : list of Picture, with `smile`
    said : list of Opinion, of each

    Returns
    -------
    function
        From blendshapes (N,) to probabilities (N,).

    Raises
    ------
    ValueError
        If there are none of one kind.
    """
    from sklearn.linear_model import LogisticRegression

    given = np.array([opinion.landmarks for opinion in said], float)
    truth = np.array([picture.smile == "1" for picture in pictures], bool)
    there = np.isfinite(given)
    if len(set(truth[there])) < 2:
        raise ValueError("no training pictures of GENKI-4K or LFW, of both kinds, to calibrate on")
    model = LogisticRegression(C=1e6).fit(_features(given[there]), truth[there])
    slopes, height = model.coef_[0], float(model.intercept_[0])
    return lambda smiles: 1 / (1 + np.exp(-(_features(smiles) @ slopes + height)))


def _features(smiles: np.ndarray) -> np.ndarray:
    """The blendshape and its logarithm: a little of it means much more than none."""
    return np.stack([smiles, np.log(np.maximum(smiles, LEAST_SMILE))], axis=1)


def _calibration_pictures(pictures: Sequence[Picture]) -> list[Picture]:
    """Labelled training pictures of the hand-labelled sets, as many of each at most."""
    found = []
    for source in load.HAND_LABELLED:
        usable = [p for p in pictures if p.source == source and p.split == "train" and p.smile]
        found += usable[:: max(1, -(-len(usable) // CALIBRATED_ON))]
    return found


def _version(task: Path, weights: Path) -> str:
    """Name who is asked: the landmarker's file and the net's."""
    digest = hashlib.sha256()
    for file in (task, weights / "smilenet.onnx"):
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:12]


if __name__ == "__main__":
    sys.exit(main())
