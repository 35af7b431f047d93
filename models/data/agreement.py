"""Labels by agreement: of sets whose own label is loose, or that have none.

MTFL calls a fifth to a quarter of its faces smiles that cannot be seen to, and FairFace says
nothing of smiles. Two others were asked, each for the probability of a smile: the blendshapes of
MediaPipe's face landmarker, and a support vector machine on the face's edges, both fitted to LFW's
and GENKI-4K's training and validation people. No SmileNet was, which is measured against these
labels.

- MTFL, AFLW: a no stays; a yes stays unless both say no, and is doubtful then.
- FairFace: a label where both are clear and agree, doubtful otherwise.

A doubtful picture has no label. `models/artifacts/agreement.txt` has a line a picture: its key as
in `trained.txt`, and 1, 0 or - for doubtful. `models.training.agreement` makes it; a picture that
it does not name keeps its own label.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from laughtrack.edge.smile.smilenet import ARTIFACTS
from laughtrack.models.data import labels
from laughtrack.models.data.labels import Picture
from laughtrack.tracker.text_files import read_text

FILE = ARTIFACTS / "agreement.txt"
CLEANED = ("mtfl", "aflw")
LABELLED = ("fairface",)
# All thresholds there are: a no below the first; clear outside the pair.
NO_BELOW = 0.5
CLEAR = (0.2, 0.8)
DOUBTFUL = "-"
WORDS = ("0", "1", DOUBTFUL)


def agreed_label(source: str, published: str, landmarks: float, edges: float) -> str:
    """Return a picture's label by agreement.

    Parameters
    ----------
    source : str, one of `CLEANED` or `LABELLED`
    published : str, the set's own label, "0", "1" or ""
    landmarks, edges : float in [0, 1]
        How likely each calls it a smile; NaN where it saw no face.

    Returns
    -------
    str, "0", "1" or `DOUBTFUL`
    """
    if source in CLEANED:
        both_say_no = landmarks < NO_BELOW and edges < NO_BELOW
        return DOUBTFUL if published == "1" and both_say_no else published or DOUBTFUL
    if landmarks <= CLEAR[0] and edges <= CLEAR[0]:
        return "0"
    return "1" if landmarks >= CLEAR[1] and edges >= CLEAR[1] else DOUBTFUL


@lru_cache(maxsize=2)
def read(path: Path = FILE) -> Mapping[str, str]:
    """Read a file of labels by agreement.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str, by a picture's `labels.person_key`; {} without the file

    Raises
    ------
    ValueError
        A line is something else, naming it.
    """
    if not path.is_file():
        return {}
    found: dict[str, str] = {}
    for n, line in enumerate(read_text(path).splitlines(), 1):
        key, _, word = line.partition(" ")
        if len(key) != labels.KEY_HEX or word not in WORDS:
            raise ValueError(f"{path}, line {n}: {line!r}, expected a key and 0, 1 or -")
        found[key] = word
    return found


def apply(pictures: Iterable[Picture], agreed: Mapping[str, str] | None = None) -> list[Picture]:
    """Give pictures the labels that were agreed on.

    Parameters
    ----------
    pictures : iterable of Picture
    agreed : dict of str, optional
        As `read` gives, and of the shipped file by default.

    Returns
    -------
    list of Picture
        The set's own label is in `published`; a doubtful picture has "" for `smile`.
    """
    agreed = read() if agreed is None else agreed
    found = []
    for picture in pictures:
        word = agreed.get(labels.person_key(picture), picture.smile)
        smile = "" if word == DOUBTFUL else word
        found.append(picture._replace(published=picture.smile, smile=smile))
    return found


def note(pictures: Iterable[Picture]) -> tuple[str, ...]:
    """Say how many labels of a set were found doubtful.

    Parameters
    ----------
    pictures : iterable of Picture, what `apply` gave

    Returns
    -------
    tuple of str, one line or none
    """
    doubtful = [p for p in pictures if p.published and not p.smile]
    text = "smiles that neither landmarks nor edges show, left without a label (agreement.txt)"
    return (f"{len(doubtful):,} {text}",) if doubtful else ()
