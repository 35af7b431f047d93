"""Crops of a label table's pictures, kept one by one as they are cut: a stop loses none.

The file of cuts has one JSON object a line. The first says what the crops depend on; each of the
others names a picture, its size and time, and holds its crop as PNG, or nothing where no face was
found.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import os
from pathlib import Path

import cv2
import numpy as np

from laughtrack.edge.smile import crops, smilenet
from laughtrack.models.data import image_files
from laughtrack.models.faces import wide_crops

FILE = "cuts.partial"  # in the folder of the records, until they are written
# The crop function's own code is part of what a cut depends on, as the detector's.
CODE = (*wide_crops.DETECTOR, crops)


def made_by():
    """Name what crops depend on: the code that finds and cuts, and OpenCV's version.

    Returns
    -------
    str
    """
    code = [inspect.getsource(module) for module in CODE]
    return hashlib.sha256(repr((cv2.__version__, code)).encode()).hexdigest()[:16]


def load(path, maker=None):
    """Read a file of cuts; a line that a stop left unfinished is taken off the file.

    Parameters
    ----------
    path : path
    maker : str, optional
        Only cuts of this maker are wanted: others are removed.

    Returns
    -------
    dict
        From a picture's `key` to its entry, a dict with `stamp` and `png` (bytes, or None where no
        face was found). Empty if there is no file.
    """
    path = Path(path)
    if not path.is_file():
        return {}
    entries, whole = [], 0
    with path.open("rb+") as file:
        for line in file:
            try:
                entries.append(json.loads(line if line.endswith(b"\n") else b""))
            except ValueError:
                file.truncate(whole)
                break
            whole += len(line)
    if not entries or maker not in (None, entries[0].get("made_by")):
        path.unlink()
        return {}
    for entry in entries[1:]:
        entry["png"] = entry["png"] and base64.b64decode(entry["png"])
    return {entry.pop("picture"): entry for entry in entries[1:]}


def key(picture):
    """Return what a picture is known by in a file of cuts: its absolute path."""
    return os.path.abspath(picture.path)


def cut(listed, path, step, finder=None):
    """Cut the face out of each picture that isn't cut yet.

    Parameters
    ----------
    listed : list of Picture
    path : path
        The file of cuts; made if it isn't there.
    step : function
        Called with how many pictures are done, after each.
    finder : function, optional
        From a picture to (boxes (M, 4), confidence (M,)); the loop's whole-picture scan by default,
        `whole` for pictures that are crops already.

    Returns
    -------
    list of str
        What is wrong with each picture that could not be read, naming it.
    """
    path, problems = Path(path), []
    maker = made_by() + ("-whole" if finder is whole else "")
    done = load(path, maker)
    finder = finder or wide_crops.loop_finder()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        if not path.stat().st_size:
            _append(file, {"made_by": maker})
        for number, picture in enumerate(listed, 1):
            try:
                stamp = stamp_of(picture.path)
                if done.get(key(picture), {}).get("stamp") != stamp:
                    crop = face(picture.path, finder)
                    png = None if crop is None else base64.b64encode(_png(crop)).decode()
                    _append(file, {"picture": key(picture), "stamp": stamp, "png": png})
            except image_files.Unreadable as error:
                problems.append(str(error))
            step(number)
        os.fsync(file.fileno())
    return problems


def face(path, finder):
    """Cut the face of the person a picture is of.

    Parameters
    ----------
    path : path
    finder : function, as for `cut`

    Returns
    -------
    ndarray, shape (SIZE, SIZE), uint8, or None where no face was found

    Raises
    ------
    Unreadable
        If it is no picture.
    """
    image = image_files.read(path)
    box = wide_crops.main_face(*finder(image), image.shape)
    return None if box is None else smilenet.crop_faces(image, box[None])[0]


def whole(image):
    """Find the face in a picture that is a crop already: its crop is then the picture itself.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3), uint8

    Returns
    -------
    boxes : ndarray, shape (1, 4), float64, x1 y1 x2 y2 in pixels
    confidence : ndarray, shape (1,)
    """
    height, width = image.shape[:2]
    half = min(height, width) / smilenet.WIDEN / 2
    x, y = width / 2, height / 2
    return np.array([[x - half, y - half, x + half, y + half]]), np.ones(1)


def stamp_of(path):
    """Return a file's size and time: another picture under the same name has another."""
    try:
        facts = os.stat(path)
    except OSError:
        raise image_files.Unreadable(f"{path}: missing") from None
    return [facts.st_size, facts.st_mtime_ns]


def _png(crop):
    return cv2.imencode(".png", crop)[1].tobytes()


def _append(file, entry):
    try:
        file.write(json.dumps(entry).encode() + b"\n")
        file.flush()
    except OSError as error:
        raise OSError(f"cannot write {file.name}: {error.strerror}") from None
