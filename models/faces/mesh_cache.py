"""Meshes of the training faces: found once, cached, and brought into one pose.

They help to score training pictures and are no part of what ships.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from laughtrack.edge.atomic_files import replacing
from laughtrack.models.data import image_files
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces import face_mesh
from laughtrack.models.faces.face_mesh import POINTS, MeshFinder
from laughtrack.models.faces.wide_crops import Faces

CHUNK = 1000  # faces that a stop costs at most
CACHE_VERSION = 1


def find_meshes(
    pictures: Sequence[Picture], faces: Faces, work: str | Path, finder: MeshFinder | None = None
) -> np.ndarray:
    """Find the mesh of each face, or read that from the work folder.

    Parameters
    ----------
    pictures : list of Picture
    faces : wide_crops.Faces
    work : path
        Folder for the meshes; made if missing. A search that was stopped goes on from there.
    finder : function, optional
        As `face_mesh.open_face_mesh` gives; that one by default.

    Returns
    -------
    ndarray, shape (N, POINTS, 3), float32
        x y z in units of the face's box: (0, 0) its upper left corner, (1, 1) its lower right one,
        z smaller the nearer. NaN where no mesh is found.

    Raises
    ------
    ValueError
        If MediaPipe is not installed, or doesn't open here.
    """
    count = len(faces.picture_index)
    file = Path(work) / f"meshes-{cache_key(pictures, faces)}.npy"
    if file.is_file() or not count:
        return np.load(file) if count else np.zeros((0, POINTS, 3), np.float32)
    parts = []
    with face_mesh.open_face_mesh() if finder is None else nullcontext(finder) as find_mesh:
        for start in range(0, count, CHUNK):
            logging.info("meshes: %d of %d faces", start, count)
            parts.append(file.with_name(f"{file.stem}.{start}.npy"))
            rows = range(start, min(start + CHUNK, count))
            cached_array(parts[-1], partial(_find_chunk, pictures, faces, rows, find_mesh))
    meshes = cached_array(file, lambda: np.concatenate([np.load(part) for part in parts]))
    for part in parts:
        part.unlink()
    missing = int(np.isnan(meshes[:, 0, 0]).sum())
    logging.info("meshes: %d faces, none found on %d of them", count, missing)
    return meshes


def cache_key(pictures: Sequence[Picture], faces: Faces) -> str:
    """Name what the meshes depend on: the pictures, the boxes in them, and how they are cut.

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
        face_mesh.INPUT_WIDEN,
        face_mesh.INPUT_PX,
        face_mesh.MIN_CONFIDENCE,
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


def align_meshes(meshes: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Turn, move and scale each mesh so that it lies on the mean one as well as it can.

    Parameters
    ----------
    meshes : ndarray, shape (N, P, 3)
        NaN for a mesh that isn't there.
    mean : ndarray, shape (P, 3)

    Returns
    -------
    ndarray, shape (N, P, 3), float32
        Around the origin; NaN for a mesh that isn't there.
    """
    there = np.isfinite(meshes).all(axis=(1, 2))
    centred = meshes[there] - meshes[there].mean(axis=1, keepdims=True)
    across = centred.transpose(0, 2, 1) @ (mean - mean.mean(axis=0))
    left, scales, right = np.linalg.svd(across)
    # A mesh may be turned but not mirrored.
    sign = np.sign(np.linalg.det(left @ right))
    left[:, :, 2] *= sign[:, None]
    scales[:, 2] *= sign
    scale = scales.sum(axis=1) / (centred**2).sum(axis=(1, 2))
    result = np.full(meshes.shape, np.nan, np.float32)
    result[there] = scale[:, None, None] * (centred @ (left @ right))
    return result


def _find_chunk(
    pictures: Sequence[Picture], faces: Faces, chunk: Sequence[int], finder: MeshFinder
) -> np.ndarray:
    meshes = np.full((len(chunk), POINTS, 3), np.nan, np.float32)
    for row, number in enumerate(chunk):
        try:
            image = image_files.read(pictures[faces.picture_index[number]].path)
        except image_files.UnreadableImage as error:
            logging.warning("no mesh: %s", error)
            continue
        points = finder(
            cv2.cvtColor(face_mesh.cut_input(image, faces.boxes[number]), cv2.COLOR_BGR2RGB)
        )
        if points is not None:
            meshes[row] = face_mesh.to_box_units(points, faces.boxes[number])
    return meshes
