"""What Amazon Rekognition says of pictures: kept as it came, and read into columns.

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
from datetime import datetime, timezone
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.edge import atomic_files
from laughtrack.models.data import label_table, labels
from laughtrack.models.faces.wide_crops import main_face

FOLDER = "rekognition-answers"
NOT_ASKED = ("",) * len(labels.REKOGNITION)


class Said(NamedTuple):
    """What a kept answer comes to.

    `values` are text, 0 to 1, as `labels.REKOGNITION`, "" where Rekognition named no such emotion
    or found no face; `faces` is how many it found; `refused` is why it took no look at all, or "".
    """

    values: tuple[str, ...]
    faces: int
    refused: str = ""


def folder_of(table):
    """Return the folder of the answers to a label table's pictures, beside it."""
    return Path(table).parent / FOLDER


def file_of(table, path):
    """Return the file of a picture's answer: its own name to find it by, and a hash to be sure."""
    name = label_table.name_of(Path(table).parent, path)
    stem = re.sub(r"[^A-Za-z0-9_-]", "_", Path(path).stem)[:60]
    digest = hashlib.sha256(name.encode("utf-8")).hexdigest()[:16]
    return folder_of(table) / f"{stem}-{digest}.json"


def keep(table, path, shape, response=None, refused=""):
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
    Said

    Raises
    ------
    OSError
        Naming the file that can't be written.
    """
    answer = {
        "picture": label_table.name_of(Path(table).parent, path),
        "asked_utc": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "height": int(shape[0]),
        "width": int(shape[1]),
    }
    if refused:
        answer["refused"] = refused
    else:
        answer["response"] = {k: v for k, v in response.items() if k != "ResponseMetadata"}
    file = file_of(table, path)
    try:
        atomic_files.write(str(file), (json.dumps(answer, indent=1) + "\n").encode())
    except OSError as error:
        raise OSError(f"cannot keep the answer {file}: {error.strerror}") from None
    return read(file)


def read(file):
    """Read a kept answer.

    Parameters
    ----------
    file : path

    Returns
    -------
    Said, or None if there is no such file

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
        answer = json.loads(text)
        if answer.get("refused"):
            return Said(NOT_ASKED, 0, answer["refused"])
        faces = answer["response"]["FaceDetails"]
        own = own_face(faces, (answer["height"], answer["width"]))
        return Said(values_of(own), len(faces))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{file} holds no answer of Rekognition ({error!r})") from None


def own_face(faces, shape):
    """Choose the face of the person the picture is of: large, central and sure.

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
    sure = np.array([face.get("Confidence", 0.0) for face in faces]) / 100
    box = main_face(boxes, sure, shape)
    return None if box is None else faces[int(np.argmax((boxes == box).all(axis=1)))]


def values_of(face):
    """Read a face's smile and emotions.

    Parameters
    ----------
    face : dict or None
        One of `FaceDetails`.

    Returns
    -------
    tuple of str, as `labels.REKOGNITION`
        Numbers from 0 to 1; "" what wasn't said. Fear has no column.
    """
    if face is None:
        return NOT_ASKED
    said = {each["Type"].lower(): each["Confidence"] / 100 for each in face.get("Emotions", [])}
    if "Smile" in face:
        share = face["Smile"]["Confidence"] / 100
        said["smile"] = share if face["Smile"]["Value"] else 1 - share
    return tuple(_text(said[name]) if name in said else "" for name in labels.REKOGNITION)


def _text(share):
    """Write a share with four digits at most: confidences tell no more."""
    return f"{min(max(share, 0.0), 1.0):.4f}".rstrip("0").rstrip(".")
