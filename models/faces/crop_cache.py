"""Crops of a label table's pictures, kept one by one as they are cut: a stop loses none.

The file of crops has one JSON object a line. The first names what the crops depend on; each of the
others names a picture, its size and time, and holds its crop as PNG, or nothing where no face was
found.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.smile import crops, smilenet
from laughtrack.models.data import image_files, packs
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import wide_crops
from laughtrack.models.faces.wide_crops import FaceFinder

whole_picture = wide_crops.whole_picture
FILE = "cuts.partial"  # in the folder of the records, until they are written
# The crop function's own code is part of what a crop depends on, as the detector's.
CODE = (crops,)


class CachedCrop(NamedTuple):
    """A picture's crop as PNG, None where no face was found, and the picture's `file_stamp`."""

    stamp: tuple[int, int]
    png: bytes | None


def code_version() -> str:
    """Name what crops depend on: the code that finds and cuts, and OpenCV's version.

    Returns
    -------
    str
    """
    code = [*wide_crops.detector_version(), *(inspect.getsource(module) for module in CODE)]
    return hashlib.sha256(repr((cv2.__version__, code)).encode()).hexdigest()[:16]


def load_crops(path: str | Path, version: str | None = None) -> dict[str, CachedCrop]:
    """Read a file of crops; a line that a stop left unfinished is taken off the file.

    Parameters
    ----------
    path : path
    version : str, optional
        Only crops of this code are wanted: others are removed.

    Returns
    -------
    dict of CachedCrop, by a picture's `picture_key`
        Empty if there is no file.
    """
    path = Path(path)
    if not path.is_file():
        return {}
    entries, complete_bytes = [], 0
    with path.open("rb+") as file:
        for line in file:
            try:
                entries.append(json.loads(line if line.endswith(b"\n") else b""))
            except ValueError:
                file.truncate(complete_bytes)
                break
            complete_bytes += len(line)
    if not entries or version not in (None, entries[0].get("made_by")):
        path.unlink()
        return {}
    return {
        entry["picture"]: CachedCrop(
            tuple(entry["stamp"]), entry["png"] and base64.b64decode(entry["png"])
        )
        for entry in entries[1:]
    }


def picture_key(picture: Picture) -> str:
    """Return what a picture is known by in a file of crops: its absolute path."""
    return os.path.abspath(picture.path)


def cut_crops(
    pictures: Sequence[Picture],
    path: str | Path,
    progress: Callable[[int], object],
    finder: FaceFinder | None = None,
) -> list[str]:
    """Cut the face out of each picture that isn't cut yet.

    Parameters
    ----------
    pictures : list of Picture
    path : path
        The file of crops; made if it isn't there.
    progress : function
        Called with how many pictures are done, after each.
    finder : function, optional
        From a picture to (boxes (M, 4), confidence (M,)); the loop's whole-picture scan by default,
        `whole_picture` for pictures that are crops already.

    Returns
    -------
    list of str
        What is wrong with each picture that could not be read, naming it.
    """
    path = Path(path)
    problems: list[str] = []
    version = code_version() + ("-whole" if finder is whole_picture else "")
    done = load_crops(path, version)
    finder = finder or wide_crops.whole_picture_finder()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        if not path.stat().st_size:
            _append_line(file, {"made_by": version})
        for number, picture in enumerate(pictures, 1):
            try:
                stamp = file_stamp(picture.path)
                cached = done.get(picture_key(picture))
                if cached is None or cached.stamp != stamp:
                    crop = face_crop(picture.path, finder)
                    png = None if crop is None else base64.b64encode(_encode_png(crop)).decode()
                    _append_line(
                        file, {"picture": picture_key(picture), "stamp": stamp, "png": png}
                    )
            except image_files.UnreadableImage as error:
                problems.append(str(error))
            progress(number)
        os.fsync(file.fileno())
    return problems


def face_crop(path: str | Path, finder: FaceFinder) -> np.ndarray | None:
    """Cut the face of the person a picture is of.

    Parameters
    ----------
    path : path
    finder : function, as for `cut_crops`

    Returns
    -------
    ndarray, shape (SIZE, SIZE), uint8, or None where no face was found

    Raises
    ------
    Unreadable
        If it is no picture.
    """
    image = image_files.read(path)
    if finder is not whole_picture:
        image = wide_crops.roomy(image)
    box = wide_crops.main_face(*finder(image), image.shape)
    return None if box is None else smilenet.crop_faces(image, box[None])[0]


def file_stamp(path: str | Path) -> tuple[int, int]:
    """Return a file's size in bytes and time in ns: they tell another picture of the same name."""
    try:
        facts = os.stat(packs.file_of(path))
    except OSError:
        raise image_files.UnreadableImage(f"{path}: missing") from None
    return facts.st_size, facts.st_mtime_ns


def _encode_png(crop: np.ndarray) -> bytes:
    png: bytes = cv2.imencode(".png", crop)[1].tobytes()
    return png


def _append_line(file: BinaryIO, entry: dict[str, Any]) -> None:
    try:
        file.write(json.dumps(entry).encode() + b"\n")
        file.flush()
    except OSError as error:
        raise OSError(f"cannot write {file.name}: {error.strerror}") from None
