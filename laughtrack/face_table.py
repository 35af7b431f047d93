"""A table of the faces in pictures, as `laughtrack faces` writes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from laughtrack.edge.faces.choice import finder_maker
from laughtrack.edge.pipeline.still_faces import still_faces
from laughtrack.edge.settings import HOST_FINDER
from laughtrack.edge.smile import smilenet
from laughtrack.edge.sources.picture_folder import open_folder
from laughtrack.edge.sources.pictures import UnreadableImage, read_picture

COLUMNS = ("file", "face", "x", "y", "width", "height", "smile", "quality")


class FaceTable(NamedTuple):
    """What was found.

    Attributes
    ----------
    table : DataFrame
        A row a face, by `COLUMNS`: faces are numbered from 1 in each picture, from left to right;
        pixels; smile in [0, 1], missing where the face cannot be scored; quality in [0, 1].
    faceless : list of str
        Pictures in which no face was found.
    unreadable : list of str
        What could not be read, and why.
    """

    table: pd.DataFrame
    faceless: list[str]
    unreadable: list[str]


class Listed(NamedTuple):
    """Pictures, and what of the folders they are from was left out, a line each."""

    pictures: list[Path]
    remarks: list[str]


def list_pictures(places: Sequence[Path]) -> Listed:
    """Return pictures as they are named, and those of the folders among them.

    Raises
    ------
    SourceError
        A folder holds none.
    """
    pictures: list[Path] = []
    remarks: list[str] = []
    for place in places:
        if place.is_dir():
            folder = open_folder(str(place))
            pictures += folder.files
            remarks += folder.remarks
        else:
            pictures.append(place)
    return Listed(pictures, remarks)


def face_table(
    pictures: Sequence[str | Path | np.ndarray],
    step: Callable[[int], object] | None = None,
    finder: str = HOST_FINDER,
) -> FaceTable:
    """Find and score the faces of pictures. Nothing is stored.

    Parameters
    ----------
    pictures : sequence of path or ndarray
        Files, or pictures in memory, shape (height, width, 3), uint8, BGR; those are called by
        their place in the list, from 1.
    step : function, optional
        Called after each picture with how many are done.
    finder : str
        One of `edge.settings.FINDERS`.

    Returns
    -------
    FaceTable

    Raises
    ------
    ValueError
        The finder cannot be used here.
    """
    score, found_by = smilenet.load_scorer(), finder_maker(finder)()
    rows: list[tuple[object, ...]] = []
    faceless: list[str] = []
    unreadable: list[str] = []
    for number, picture in enumerate(pictures, 1):
        name = str(number) if isinstance(picture, np.ndarray) else str(picture)
        try:
            image = picture if isinstance(picture, np.ndarray) else read_picture(picture)
        except UnreadableImage as error:
            unreadable.append(str(error))
        else:
            faces = still_faces(image, score, found_by)
            for count, ((x1, y1, x2, y2), smile, quality) in enumerate(faces, 1):
                rows.append((name, count, x1, y1, x2 - x1, y2 - y1, smile, quality))
            if not faces:
                faceless.append(name)
        if step:
            step(number)
    table = pd.DataFrame(rows, columns=[*COLUMNS])
    numbers = {name: "int64" for name in COLUMNS[1:6]} | {"smile": "float64", "quality": "float64"}
    return FaceTable(table.astype(numbers), faceless, unreadable)
