"""Amazon Rekognition's answers: kept as they came, and read into columns.

Conventions
-----------
- An answer is one JSON file, in a folder beside the label table, which all tables there share:
  `picture` (as the table names it), `asked_utc`, `width` and `height` in pixels, and `response`,
  or `refused` with the reason.
- Confidences come as 0-100 and leave as 0-1. `Smile.Confidence` is confidence in `Smile.Value`, so
  that {Value: false, Confidence: 98} is 0.02.
- A picture's own face is the large, central one, as everywhere in `models`: not the last.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from laughtrack.edge import atomic_files
from laughtrack.models.data import label_table, labels
from laughtrack.models.faces.wide_crops import main_face

FOLDER = "rekognition-answers"
NO_VALUES = ("",) * len(labels.REKOGNITION)


class Answer(NamedTuple):
    """A kept answer.

    `values` are text, 0 to 1, as `labels.REKOGNITION`, "" where Rekognition named no such emotion
    or found no face; `faces` is how many it found; `refused` is why it took no look at all, or "".
    """

    values: tuple[str, ...]
    faces: int
    refused: str = ""


def answers_folder(table: str | Path) -> Path:
    """Return the folder of the answers to a label table's pictures, beside it."""
    return Path(table).parent / FOLDER


def answer_file(table: str | Path, path: str | Path) -> Path:
    """Return the file of a picture's answer: its own name to find it by, and a hash to be sure."""
    name = label_table.relative_name(Path(table).parent, path)
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", Path(path).stem)[:60]
    digest = hashlib.sha256(name.encode("utf-8")).hexdigest()[:16]
    return answers_folder(table) / f"{stem}-{digest}.json"


def save_answer(
    table: str | Path,
    path: str | Path,
    shape: tuple[int, int],
    response: Mapping[str, Any] | None = None,
    refused: str = "",
) -> Answer:
    """Write a picture's answer, so that it is on the disk on return.

    Parameters
    ----------
    table, path : path
        The label table, and the picture.
    shape : tuple
        Height and width of the picture, first; px.
    response : dict, optional
        Of DetectFaces, as boto3 returns it.
    refused : str, optional
        Why there is none.

    Returns
    -------
    Answer

    Raises
    ------
    OSError
        Naming the file that can't be written.
    """
    answer: dict[str, Any] = {
        "picture": label_table.relative_name(Path(table).parent, path),
        "asked_utc": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "height": int(shape[0]),
        "width": int(shape[1]),
    }
    if refused:
        answer["refused"] = refused
    elif response is not None:
        answer["response"] = {k: v for k, v in response.items() if k != "ResponseMetadata"}
    file = answer_file(table, path)
    try:
        atomic_files.write(str(file), (json.dumps(answer, indent=1) + "\n").encode())
    except OSError as error:
        raise OSError(f"cannot keep the answer {file}: {error.strerror}") from None
    return _parse(answer)


def read_answer(file: str | Path) -> Answer | None:
    """Read a kept answer.

    Parameters
    ----------
    file : path

    Returns
    -------
    Answer, or None if there is no such file

    Raises
    ------
    ValueError
        If the file holds no answer.
    """
    try:
        text = Path(file).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        return _parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} holds no answer of Rekognition ({error!r})") from None


def _parse(answer: dict[str, Any]) -> Answer:
    if answer.get("refused"):
        return Answer(NO_VALUES, 0, answer["refused"])
    faces = answer["response"]["FaceDetails"]
    own = own_face(faces, (answer["height"], answer["width"]))
    return Answer(values_of(own), len(faces))


def own_face(
    faces: Sequence[Mapping[str, Any]], shape: tuple[int, int]
) -> Mapping[str, Any] | None:
    """Choose the face of the person the picture is of: large, central and confident.

    Parameters
    ----------
    faces : list of dict
        DetectFaces' `FaceDetails`: boxes are shares of the picture, confidences 0-100.
    shape : tuple
        Height and width of the picture, first; px.

    Returns
    -------
    dict, or None without faces
    """
    sides = [[face["BoundingBox"][k] for k in ("Left", "Top", "Width", "Height")] for face in faces]
    shares = np.array(sides, np.float64).reshape(-1, 4)
    boxes = np.hstack([shares[:, :2], shares[:, :2] + shares[:, 2:]])
    boxes *= np.array([shape[1], shape[0]] * 2)
    confidence = np.array([face.get("Confidence", 0.0) for face in faces]) / 100
    box = main_face(boxes, confidence, shape)
    return None if box is None else faces[int(np.argmax((boxes == box).all(axis=1)))]


def values_of(face: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Read a face's smile and emotions.

    Parameters
    ----------
    face : dict or None
        One of `FaceDetails`.

    Returns
    -------
    tuple of str, as `labels.REKOGNITION`
        Numbers from 0 to 1; "" where there is none. Fear has no column.
    """
    if face is None:
        return NO_VALUES
    shares = {each["Type"].lower(): each["Confidence"] / 100 for each in face.get("Emotions", [])}
    if "Smile" in face:
        share = face["Smile"]["Confidence"] / 100
        shares["smile"] = share if face["Smile"]["Value"] else 1 - share
    return tuple(_text(shares[name]) if name in shares else "" for name in labels.REKOGNITION)


def _text(share: float) -> str:
    """Write a share with four digits at most: confidences tell no more."""
    return f"{min(max(share, 0.0), 1.0):.4f}".rstrip("0").rstrip(".")
