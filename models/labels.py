"""Which pictures there are, what each one's labels say, and which split it belongs to.

Conventions
-----------
- A target is the probability that a person would call the face a smile (GENKI-4K's meaning).
- A split is decided by a hash of the person (LFW) or of the file (GENKI-4K): no person is in two.
"""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path
from typing import NamedTuple

SPLITS = ("train", "val", "test")

# (strict hand label "smile_human", emotion of the second hand label) -> target. The first is mostly
# teeth showing, so that without it "happiness" is mostly a slight smile.
TARGETS = {
    ("1", "happiness"): 0.98,
    ("1", "other"): 0.6,
    ("1", ""): 0.95,
    ("0", "happiness"): 0.9,
    ("0", "other"): 0.03,
    ("0", ""): 0.15,
    ("", "happiness"): 0.92,
    ("", "other"): 0.05,
}
GENKI_TARGETS = {"1": 0.98, "0": 0.02}
GENKI_WEIGHT = 2.0  # its labels mean what the score means, and it has fewer pictures
GRIMACE_WEIGHT = 2.0  # faces that show something and don't smile: few, and easily mistaken
GRIMACES = ("surprise", "anger", "sadness", "disgust", "fear", "contempt")


class Picture(NamedTuple):
    """One labelled picture: where it is, what it is worth, and which split it belongs to."""

    path: Path
    source: str  # "lfw" or "genki"
    split: str
    target: float
    strict: str  # the strict or only hand label: "0", "1" or "" for none
    happy: str  # LFW's second hand label: "happiness", "other" or "" for none
    weight: float  # how much it counts in training


def split_of(name):
    """Split of a person or file: 80 % train, 10 % val, 10 % test.

    Parameters
    ----------
    name : str

    Returns
    -------
    str, one of `SPLITS`
    """
    tenth = int(hashlib.sha256(name.encode("utf-8")).hexdigest(), 16) % 10
    return "val" if tenth == 0 else "test" if tenth == 1 else "train"


def lfw_target(strict, emotion):
    """Graded target of an LFW picture from its two hand labels.

    Parameters
    ----------
    strict : str, "0", "1" or ""
    emotion : str, an emotion's name or ""

    Returns
    -------
    float in [0, 1], or None without any hand label
    """
    return TARGETS.get((strict, _happy(emotion)))


def _happy(emotion):
    return emotion if emotion in ("", "happiness") else "other"


def pictures(data):
    """List the labelled pictures of LFW and GENKI-4K under a data folder.

    Parameters
    ----------
    data : path
        Has `lfw/labels.csv`, `lfw/images`, `genki4k/labels.csv` and `genki4k/files`.

    Returns
    -------
    list of Picture, LFW's first, in the files' order

    Raises
    ------
    ValueError
        If a label file is missing.
    """
    data = Path(data)
    found = []
    for row in _rows(data / "lfw" / "labels.csv"):
        target = lfw_target(row["smile_human"], row["emotion_muxspace"])
        if target is not None:
            path = data / "lfw" / "images" / row["person"] / (row["image"] + ".jpg")
            happy = _happy(row["emotion_muxspace"])
            split, strict = split_of(row["person"]), row["smile_human"]
            grimace = strict != "1" and row["emotion_muxspace"] in GRIMACES
            weight = GRIMACE_WEIGHT if grimace else 1.0
            found.append(Picture(path, "lfw", split, target, strict, happy, weight))
    for row in _rows(data / "genki4k" / "labels.csv"):
        path = data / "genki4k" / "files" / row["file"]
        target, split = GENKI_TARGETS[row["smile"]], split_of(row["file"])
        found.append(Picture(path, "genki", split, target, row["smile"], "", GENKI_WEIGHT))
    if not found:
        raise ValueError(f"no labels under {data}: give the folder that holds lfw/ or genki4k/")
    return found


def _rows(path):
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
