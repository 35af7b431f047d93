"""MediaPipe's mesh of one face: the part of the picture it is given, and where its points are.

Its networks are inside its package (Apache-2.0): nothing is downloaded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np

POINTS = 468
# Times the box's side: Haar's boxes lack chin and forehead, and it wants some background.
INPUT_WIDEN = 2.0
INPUT_PX = 384
MIN_CONFIDENCE = 0.2  # there is a face: Haar has seen it


def cut_input(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Cut the square around a face that MediaPipe is given; beyond the picture it is black.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3), uint8
    box : ndarray, shape (4,), x1 y1 x2 y2 in pixels

    Returns
    -------
    ndarray, shape (SEEN_PX, SEEN_PX, 3), uint8
    """
    x1, y1, x2, y2 = box
    side = INPUT_WIDEN * (x2 - x1 + y2 - y1) / 2
    step = side / INPUT_PX
    corner = step / 2 - 0.5 - side / 2
    matrix = np.array([[step, 0, (x1 + x2) / 2 + corner], [0, step, (y1 + y2) / 2 + corner]])
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(image, matrix, (INPUT_PX, INPUT_PX), flags=flags)


def to_box_units(points: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Bring points from units of the input square to units of the face's box.

    Parameters
    ----------
    points : ndarray, shape (P, 3), x y z; (0, 0)-(1, 1) are the square's corners
    box : ndarray, shape (4,), x1 y1 x2 y2 in pixels

    Returns
    -------
    ndarray, shape (P, 3)
    """
    size = np.array([box[2] - box[0], box[3] - box[1]], float)
    side = INPUT_WIDEN * size.mean()
    return (points - [0.5, 0.5, 0]) * (side / np.append(size, size.mean())) + [0.5, 0.5, 0]


# From a picture (INPUT_PX, INPUT_PX, 3), RGB, uint8, to points (POINTS, 3) or None.
MeshFinder = Callable[[np.ndarray], "np.ndarray | None"]


@contextmanager
def open_face_mesh() -> Iterator[MeshFinder]:
    """Open MediaPipe's face mesh while a `with` block lasts.

    Yields
    ------
    function
        From a picture (SEEN_PX, SEEN_PX, 3), RGB, uint8, to points (POINTS, 3) in units of its
        side, or to None. Each picture is processed by itself.

    Raises
    ------
    ValueError
        If MediaPipe is not installed, or doesn't open here.
    """
    try:
        from mediapipe.python.solutions import face_mesh
    except ImportError as error:
        raise ValueError(
            f"MediaPipe does not open here ({error}): use the training environment "
            "(laughtrack train-env)"
        ) from error
    options: dict[str, Any] = {
        "static_image_mode": True,
        "refine_landmarks": True,
        "max_num_faces": 1,
    }
    with (
        warnings.catch_warnings(),
        face_mesh.FaceMesh(**options, min_detection_confidence=MIN_CONFIDENCE) as net,
    ):
        warnings.filterwarnings("ignore", "SymbolDatabase.GetPrototype", UserWarning)

        def find_mesh(picture: np.ndarray) -> np.ndarray | None:
            faces = net.process(picture).multi_face_landmarks
            if not faces:
                return None
            return np.array([(p.x, p.y, p.z) for p in faces[0].landmark[:POINTS]])

        yield find_mesh
