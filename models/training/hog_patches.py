"""Upright patches of face and mouth, placed by the mesh, and how their edges run (HOG)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cv2
import numpy as np

from laughtrack.models.data import image_files
from laughtrack.models.data.labels import Picture
from laughtrack.models.faces.wide_crops import Faces

# Points of the mesh: corners of each eye, first the one on the left in the picture; of the mouth
# both corners and the outer edges of the lips.
EYES = ((33, 133), (362, 263))
MOUTH = (61, 291, 0, 17)
# Width and height in pixels, whole blocks of 16 that move by 8.
FACE_PX, MOUTH_PX = (96, 96), (64, 48)
# Patches are in units of the face: the mean of its eyes' distance and of that from eyes to mouth.
FACE_WIDTH, FACE_OFFSET, MOUTH_WIDTH = 2.6, 0.5, 1.5
MIN_EYE_MOUTH = 0.3  # of the eyes' distance: a mouth nearer than that is a head bowed very low


def hog_features(pictures: Sequence[Picture], faces: Faces, meshes: np.ndarray) -> np.ndarray:
    """Describe how the edges run in face and mouth of each mesh (HOG).

    Parameters
    ----------
    pictures : list of Picture
    faces : wide_crops.Faces
    meshes : ndarray, shape (N, P, 3), as `mesh_cache.find_meshes` returns

    Returns
    -------
    ndarray, shape (N, 5616), float32
        NaN without mesh, or where the picture can't be read.
    """
    face, mouth = _descriptor(FACE_PX), _descriptor(MOUTH_PX)
    length = face.getDescriptorSize() + mouth.getDescriptorSize()
    rows = np.full((len(meshes), length), np.nan, np.float32)
    for number in np.flatnonzero(np.isfinite(meshes).all(axis=(1, 2))):
        if number % 2000 == 0:
            logging.info("patches: %d of %d faces", number, len(meshes))
        try:
            image = image_files.read(pictures[faces.picture_index[number]].path)
        except image_files.UnreadableImage as error:
            logging.warning("no patches: %s", error)
            continue
        grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
        upper, lower = upright_patches(grey, to_pixels(meshes[number], faces.boxes[number]))
        rows[number] = np.concatenate(
            [np.ravel(face.compute(upper)), np.ravel(mouth.compute(lower))]
        )
    return rows


def to_pixels(mesh: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Bring a mesh from units of the face's box to pixels of the picture.

    Parameters
    ----------
    mesh : ndarray, shape (P, 3) or (P, 2)
    box : ndarray, shape (4,), x1 y1 x2 y2 in pixels

    Returns
    -------
    ndarray, shape (P, 2), float64
        x y of the picture's edges: the middle of its first pixel is (0.5, 0.5).
    """
    corner, size = np.asarray(box[:2], float), np.subtract(box[2:], box[:2], dtype=float)
    return mesh[:, :2] * size + corner


def upright_patches(grey: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut face and mouth out of a picture so that the eyes lie level.

    Parameters
    ----------
    grey : ndarray, shape (height, width), uint8
    points : ndarray, shape (P, 2), x y in pixels, as `to_pixels` returns

    Returns
    -------
    tuple of ndarray
        The face, shape FACE_PX turned round (height, width), and the mouth, shape MOUTH_PX turned
        round; uint8.
    """
    eyes = [points[list(eye)].mean(axis=0) for eye in EYES]
    mouth = points[list(MOUTH)].mean(axis=0)
    middle, across = (eyes[0] + eyes[1]) / 2, eyes[1] - eyes[0]
    eye_distance = np.hypot(*across)
    right = across / eye_distance
    down = np.array([-right[1], right[0]])
    size = np.sqrt(eye_distance * max(np.dot(mouth - middle, down), MIN_EYE_MOUTH * eye_distance))
    axes = np.stack([right, down], axis=1)
    face = _cut_patch(grey, middle + FACE_OFFSET * size * down, axes * (FACE_WIDTH * size), FACE_PX)
    return face, _cut_patch(grey, mouth, axes * (MOUTH_WIDTH * size), MOUTH_PX)


def _cut_patch(
    grey: np.ndarray, centre: np.ndarray, axes: np.ndarray, shape: tuple[int, int]
) -> np.ndarray:
    """Cut a patch of so many pixels around a point; `axes` times its width are picture px."""
    matrix = np.empty((2, 3))
    matrix[:, :2] = axes / shape[0]
    matrix[:, 2] = centre - 0.5 - matrix[:, :2] @ (np.array(shape) / 2 - 0.5)
    step = np.hypot(*matrix[:, 0])
    if step > 1.2:  # keep fine patterns from turning into false ones
        grey = cv2.GaussianBlur(grey, (0, 0), 0.4 * step)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(grey, matrix, shape, flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _descriptor(shape: tuple[int, int]) -> cv2.HOGDescriptor:
    return cv2.HOGDescriptor(shape, (16, 16), (8, 8), (8, 8), 9)
