"""Which pictures there are, what each one's labels are, and which split it belongs to.

Conventions
-----------
- A smile is what a person would call one, slight ones too (GENKI-4K's meaning). A target is the
  probability of that.
- A degree is "none", "slight" or "broad": broad smiles mostly show teeth.
- A label is text as in the files, "" where not known.
- A split is decided by a hash of the person (LFW) or of the file (all other sets, which don't say
  who is who): no person is in two, and no file and a copy of it.
"""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import NamedTuple

SPLITS = ("train", "val", "test")
REKOGNITION = ("smile", "happy", "calm", "angry", "sad", "surprised", "confused", "disgusted")

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
SMILE_TARGETS = {"1": 0.98, "0": 0.02}  # of a set whose one label means what the score means
# Of MTFL, of which a fifth to a quarter of the smiles are not to be seen.
LIBERAL, LIBERAL_TARGETS = ("mtfl", "aflw"), {"1": 0.8, "0": 0.03}
# Sets whose label is a smile's kin or was found by agreement: they don't say what a smile is. And
# those whose pictures are hardly larger than a face is in a crop.
KIN, SMALL_PICTURES = (*LIBERAL, "fairface", "ferplus"), ("ferplus",)
GENKI_WEIGHT = 2.0  # its labels mean what the score means, and it has fewer pictures
# Smiles found with less certainty; of other sets as of GENKI-4K.
SET_WEIGHTS = {"lfw": 1.0, "mtfl": 1.0, "aflw": 1.0, "fairface": 1.0, "ferplus": 0.5}
GRIMACE_WEIGHT = 2.0  # faces that show something and don't smile: few, and easily mistaken
KEY_HEX = 12
# Tenths of a set that are for measuring; a set of one's own has one. FairFace's are measured by
# group, and each group wants people enough.
TEST_TENTHS = {"fairface": 4}
# FER+ has three times as many pictures as all others, small ones: a fourth teach what all do.
ONE_IN = {"ferplus": 4}
VOTES_WITHIN = (0.02, 0.98)  # a share of votes is held between these
GRIMACES = ("surprise", "anger", "sadness", "disgust", "fear", "contempt")


class Picture(NamedTuple):
    """One labelled picture: where it is, who is in it, and what its labels are."""

    path: Path
    source: str  # the set: "lfw", "genki4k", "mtfl", "aflw" (MTFL's part of it), "fairface",
    # "ferplus", or the name given to another one
    person: str  # who is in it, or the file's name where not known
    split: str  # one of `SPLITS`
    smile: str = ""  # "0" or "1": whether a person would call it a smile
    strict: str = ""  # "0" or "1": LFW's first hand label, mostly teeth showing
    emotion: str = ""  # LFW's second hand label: "happiness", "neutral", "surprise", ...
    pose: tuple[float, float, float] = (math.nan, math.nan, math.nan)  # yaw, pitch, roll in radians
    rekognition: tuple[str, ...] = ("",) * len(REKOGNITION)  # 0 to 1 each, as `REKOGNITION`
    rekognition_list: str = ""  # "train" or "val": which list of the original recipe it is in
    sex: str = ""  # "female" or "male", as the set's makers saw it
    age: str = ""  # a span of years, like "20-29"
    race: str = ""  # as FairFace names it
    glasses: str = ""  # "0" or "1"
    happiness: str = ""  # share of the votes that were for happiness, 0 to 1
    published: str = ""  # "0" or "1": the set's own label, where `smile` was found by agreement


def split_of(name: str, source: str = "") -> str:
    """Split of a person or file: 80 % train, 10 % val, 10 % test, or as `TEST_TENTHS` says.

    Parameters
    ----------
    name : str
    source : str
        The set that it is of.

    Returns
    -------
    str, one of `SPLITS`
    """
    tested = TEST_TENTHS.get(source, 1)
    tenth = int(hashlib.sha256(name.encode("utf-8")).hexdigest(), 16) % 10
    if 1 <= tenth <= tested:
        return "test"
    return "train" if tenth else "val"


def lfw_smile(strict: str, emotion: str) -> str:
    """Whether LFW's two hand labels make a smile: either says yes.

    Parameters
    ----------
    strict : str, "0", "1" or ""
    emotion : str, an emotion's name or ""

    Returns
    -------
    str
        "1", "0", or "" where it isn't known: a strict no alone may well be a slight smile.
    """
    if strict == "1" or emotion == "happiness":
        return "1"
    return "0" if emotion else ""


def degree(picture: Picture) -> str:
    """Degree of a picture's smile, by two hand labels that agree on one.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    str, "none", "slight", "broad" or ""
    """
    happy = _happy(picture.emotion)
    known = {("0", "other"): "none", ("0", "happiness"): "slight", ("1", "happiness"): "broad"}
    return known.get((picture.strict, happy), "")


def target(picture: Picture) -> float | None:
    """Graded target of a picture: the probability that a person would call it a smile.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    float in [0, 1], or None without any hand label
    """
    if picture.happiness:
        return min(max(float(picture.happiness), VOTES_WITHIN[0]), VOTES_WITHIN[1])
    if picture.source in LIBERAL:
        return LIBERAL_TARGETS.get(picture.published or picture.smile)
    graded = TARGETS.get((picture.strict, _happy(picture.emotion)))
    binary = SMILE_TARGETS.get(picture.smile)
    if graded is None or (binary is not None and (graded > 0.5) != (binary > 0.5)):
        return binary  # a label that is a plain yes or no wins
    return graded


def weight(picture: Picture) -> float:
    """How much a picture counts in training.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    float above 0
    """
    if picture.source == "lfw" and picture.strict != "1" and picture.emotion in GRIMACES:
        return GRIMACE_WEIGHT
    return SET_WEIGHTS.get(picture.source, GENKI_WEIGHT)


def is_used(picture: Picture) -> bool:
    """Say whether a picture is among those of its set that a training uses; by chance of its name.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    bool
    """
    one_in = ONE_IN.get(picture.source, 1)
    return int(hashlib.sha256(picture.person.encode("utf-8")).hexdigest()[-8:], 16) % one_in == 0


def _happy(emotion: str) -> str:
    return emotion if emotion in ("", "happiness") else "other"


def person_key(picture: Picture) -> str:
    """Return a person's line in `trained.txt`.

    Parameters
    ----------
    picture : Picture

    Returns
    -------
    str, `KEY_HEX` hex digits
    """
    name = f"{picture.source}/{picture.person}"
    return hashlib.sha256(name.encode("utf-8")).hexdigest()[:KEY_HEX]
