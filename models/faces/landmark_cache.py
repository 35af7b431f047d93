"""Landmarks of the training faces: found once, and cached.

They help to score training pictures and are no part of what ships.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.atomic_files import replacing
from laughtrack.models.data import image_files
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import landmarker, wide_crops
from laughtrack.models.faces.landmarker import BLENDSHAPES, POINTS, Landmarker
from laughtrack.models.faces.wide_crops import Faces

CHUNK = 1000  # faces that a stop costs at most
CACHE_VERSION = 2


class FoundLandmarks(NamedTuple):
    """Of N faces, NaN where nothing was found.

    `points` (N, POINTS, 2) float32, x y in units of the face's box: (0, 0) its upper left corner,
    (1, 1) its lower right one; `blendshapes` (N, BLENDSHAPES) float32, in [0, 1].
    """

    points: np.ndarray
    blendshapes: np.ndarray


def nothing_found(count: int) -> FoundLandmarks:
    """Return the landmarks of faces on which nothing was found."""
    return _split(np.full((count, 2 * POINTS + BLENDSHAPES), np.nan, np.float32))


def find_landmarks(
    pictures: Sequence[Picture], faces: Faces, work: str | Path, found_by: str | Path | Landmarker
) -> FoundLandmarks:
    """Find the landmarks of each face, or read them from the work folder.

    Parameters
    ----------
    pictures : list of Picture
    faces : wide_crops.Faces
    work : path
        Folder for the landmarks; made if missing. A search that was stopped goes on from there.
    found_by : path or function
        MediaPipe's file, or what `landmarker.open_landmarker` gives.

    Returns
    -------
    FoundLandmarks

    Raises
    ------
    ValueError
        If MediaPipe is not installed, or doesn't open the file.
    """
    count = len(faces.picture_index)
    file = Path(work) / f"landmarks-{cache_key(pictures, faces)}.npy"
    if not count:
        return nothing_found(0)
    if file.is_file():
        return _split(np.load(file))
    parts = []
    opened = nullcontext(found_by) if callable(found_by) else landmarker.open_landmarker(found_by)
    with opened as find:
        for start in range(0, count, CHUNK):
            logging.info("landmarks: %d of %d faces", start, count)
            parts.append(file.with_name(f"{file.stem}.{start}.npy"))
            chunk = range(start, min(start + CHUNK, count))
            cached_array(parts[-1], partial(_find_chunk, pictures, faces, chunk, find))
    rows = cached_array(file, lambda: np.concatenate([np.load(part) for part in parts]))
    for part in parts:
        part.unlink()
    missing = int(np.isnan(rows[:, 0]).sum())
    logging.info("landmarks: %d faces, none found on %d of them", count, missing)
    return _split(rows)


def cache_key(pictures: Sequence[Picture], faces: Faces) -> str:
    """Name what the landmarks depend on: the pictures, the boxes in them, and how they are cut.

    Parameters
    ----------
    pictures : list of Picture
    faces : wide_crops.Faces

    Returns
    -------
    str, 16 hex digits
    """
    settings = (
        CACHE_VERSION,
        POINTS,
        landmarker.INPUT_WIDEN,
        landmarker.INPUT_PX,
        landmarker.MIN_CONFIDENCE,
        cv2.__version__,
    )
    paths = [pictures[i].path.as_posix() for i in faces.picture_index]
    boxes = np.asarray(faces.boxes, np.float64).tobytes()
    return hashlib.sha256(repr((settings, paths)).encode() + boxes).hexdigest()[:16]


def cached_array(file: Path, make: Callable[[], np.ndarray]) -> np.ndarray:
    """Read an array from its file, or make it and write that file, whole or not at all.

    Parameters
    ----------
    file : Path, ends in .npy
    make : function, without arguments, to the array

    Returns
    -------
    ndarray
    """
    if file.is_file():
        return np.load(file)
    array = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file, one_writer=True) as part, part.open("wb") as stream:
        np.save(stream, array)
    return array


def _split(rows: np.ndarray) -> FoundLandmarks:
    """Landmarks as they are kept, a row a face."""
    return FoundLandmarks(
        rows[:, : 2 * POINTS].reshape(len(rows), POINTS, 2), rows[:, 2 * POINTS :]
    )


def _find_chunk(
    pictures: Sequence[Picture], faces: Faces, chunk: Sequence[int], find: Landmarker
) -> np.ndarray:
    rows = np.full((len(chunk), 2 * POINTS + BLENDSHAPES), np.nan, np.float32)
    for row, number in enumerate(chunk):
        try:
            image = wide_crops.roomy(image_files.read(pictures[faces.picture_index[number]].path))
        except image_files.UnreadableImage as error:
            logging.warning("no landmarks: %s", error)
            continue
        box = faces.boxes[number]
        found = find(cv2.cvtColor(landmarker.cut_input(image, box), cv2.COLOR_BGR2RGB))
        if found is not None:
            points = landmarker.to_box_units(found.points, box)[:, :2]
            rows[row] = np.concatenate([points.ravel(), found.blendshapes])
    return rows
