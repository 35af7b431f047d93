"""Picture files: which there are in a folder, and reading one whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np

SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pgm", ".ppm")


class Unreadable(ValueError):
    """A picture that is missing, empty, cut short or no picture; the message names it."""


def listed(folder):
    """List the pictures in a folder and in the folders under it.

    Parameters
    ----------
    folder : path

    Returns
    -------
    paths : list of Path
        By name, large and small letters alike in the ending; hidden files and folders left out.
    problems : list of str
        Folders that cannot be opened, names that no text file can hold, links to nothing.
    """
    found, problems = [], []

    def tell(error):
        problems.append(f"{error.filename}: cannot be opened ({error.strerror})")

    for place, inside, names in os.walk(folder, onerror=tell):
        inside[:] = [name for name in inside if name[0] != "."]
        for path in (Path(place) / name for name in names if name[0] != "."):
            if path.suffix.lower() not in SUFFIXES:
                continue
            shown = os.fsencode(path).decode("utf-8", "backslashreplace")
            if shown != str(path):
                problems.append(f"{shown}: its name is not UTF-8, left out: rename it")
            elif path.is_file():
                found.append(path)
            elif path.is_symlink():
                problems.append(f"{path}: a link to {os.readlink(path)}, which is no file")
    return sorted(found), sorted(problems)


def read(path):
    """Read a picture; of a moving one the first frame.

    OpenCV's own `imread` fills up a JPEG that was cut short with grey and says nothing. Its decoder
    of bytes refuses it, and doesn't mind how the file is called.

    Parameters
    ----------
    path : path

    Returns
    -------
    ndarray, shape (height, width, 3), BGR, uint8

    Raises
    ------
    Unreadable
        Naming the picture and what is wrong.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise Unreadable(f"{path}: missing") from None
    except OSError as error:
        raise Unreadable(f"{path}: cannot be read ({error.strerror})") from None
    if not data:
        raise Unreadable(f"{path}: the file is empty")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise Unreadable(f"{path}: no picture, or a broken one")
    return image
