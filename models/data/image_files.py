"""The pictures in a folder and in those under it; read as footage's pictures are, or from packs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from laughtrack.edge.sources import pictures
from laughtrack.models.data import packs

UnreadableImage = pictures.UnreadableImage


def read(path: str | Path) -> np.ndarray:
    """Read a picture, from its own file or from the pack that it lies in.

    Parameters
    ----------
    path : path
        PACK/NUMBER for a picture of `models.data.packs`.

    Returns
    -------
    ndarray, shape (height, width, 3), BGR, uint8

    Raises
    ------
    UnreadableImage
        Naming the picture and what is wrong.
    """
    return pictures.read_picture(path) if packs.pack_of(path) is None else packs.read(path)


class Listing(NamedTuple):
    """The pictures of a folder, and what is wrong in it."""

    paths: list[Path]  # by name; hidden files and folders left out
    problems: list[str]  # folders not opened, names not UTF-8, links to nothing, kinds not read


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
        folders[:] = [name for name in folders if not pictures.is_hidden(name)]
        wanted = [Path(place) / name for name in names if not pictures.is_hidden(name)]
        listed, left_out = pictures.sort_files(wanted, quiet=True)
        problems += pictures.in_words(place, left_out)
        for path in listed:
            shown = os.fsencode(path).decode("utf-8", "backslashreplace")
            if shown != str(path):
                problems.append(f"{shown}: its name is not UTF-8, left out: rename it")
            elif path.is_file():
                found.append(path)
            elif path.is_symlink():
                problems.append(f"{path}: a link to {os.readlink(path)}, which is no file")
    return Listing(sorted(found), sorted(problems))
