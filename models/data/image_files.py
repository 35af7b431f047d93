"""Picture files: which there are in a folder, and reading one whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

SUFFIXES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".pgm", ".ppm")


class UnreadableImage(ValueError):
    """A picture that is missing, empty, cut short or no picture; the message names it."""


class Listing(NamedTuple):
    """The pictures of a folder, and what is wrong in it."""

    paths: list[Path]  # by name; hidden files and folders left out
    problems: list[str]  # folders not opened, names that are not UTF-8, links to nothing


def list_images(folder: str | Path) -> Listing:
    """List the pictures in a folder and in the folders under it.

    Parameters
    ----------
    folder : path

    Returns
    -------
    Listing
    """
    found: list[Path] = []
    problems: list[str] = []

    def note(error: OSError) -> None:
        problems.append(f"{error.filename}: cannot be opened ({error.strerror})")

    for place, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if name[0] != "."]
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
    return Listing(sorted(found), sorted(problems))


def read(path: str | Path) -> np.ndarray:
    """Read a picture; of a moving one the first frame.

    OpenCV's own `imread` silently fills up a JPEG that was cut short with grey. Its decoder
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
        raise UnreadableImage(f"{path}: missing") from None
    except OSError as error:
        raise UnreadableImage(f"{path}: cannot be read ({error.strerror})") from None
    if not data:
        raise UnreadableImage(f"{path}: the file is empty")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        image = None
    if image is None:
        raise UnreadableImage(f"{path}: no picture, or a broken one")
    return image
