"""MediaPipe's landmarker on one face: where its points are, and its blendshapes.

Blendshapes are 52 numbers for how much a face does of each movement, `mouthSmileLeft` among them.
The landmarker's file (`face_landmarker.task`, Apache-2.0) is no part of MediaPipe's package nor of
this project; nothing is downloaded.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np

POINTS, BLENDSHAPES = 468, 52
# Of the blendshapes: `mouthSmileLeft` and `mouthSmileRight`, in MediaPipe's order.
SMILES = (44, 45)
# Times the box's side: Haar's boxes lack chin and forehead, and it wants some background.
INPUT_WIDEN = 2.0
INPUT_PX = 384
MIN_CONFIDENCE = 0.2  # there is a face: the finder has seen it
DEFAULT_FILE = Path("../shared/weights/face_landmarker.task")


class Landmarks(NamedTuple):
    """Of one face: `points` (POINTS, 3) x y z, `blendshapes` (BLENDSHAPES,) in [0, 1]."""

    points: np.ndarray
    blendshapes: np.ndarray


# From a picture (INPUT_PX, INPUT_PX, 3), RGB, uint8, to what is found there.
Landmarker = Callable[[np.ndarray], "Landmarks | None"]


def smile_of(find: Landmarker, image: np.ndarray, box: np.ndarray) -> float:
    """Say how far the corners of a face's mouth are drawn into a smile.

    Parameters
    ----------
    find : function, as `open_landmarker` gives
    image : ndarray, shape (height, width, 3), BGR, uint8
    box : ndarray, shape (4,), x1 y1 x2 y2 in pixels

    Returns
    -------
    float in [0, 1], the mean of the two corners; NaN where no landmarks were found
    """
    found = find(cv2.cvtColor(cut_input(image, box), cv2.COLOR_BGR2RGB))
    return float("nan") if found is None else float(found.blendshapes[list(SMILES)].mean())


def cut_input(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Cut the square around a face that MediaPipe is given; beyond the picture it is black.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3), uint8
    box : ndarray, shape (4,), x1 y1 x2 y2 in pixels

    Returns
    -------
    ndarray, shape (INPUT_PX, INPUT_PX, 3), uint8
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


@contextmanager
def open_landmarker(file: str | Path) -> Iterator[Landmarker]:
    """Open MediaPipe's landmarker while a `with` block lasts.

    Parameters
    ----------
    file : path
        `face_landmarker.task`.

    Yields
    ------
    function
        From a picture (INPUT_PX, INPUT_PX, 3), RGB, uint8, to its `Landmarks`, the points in units
        of its side, or to None. Each picture is processed by itself.

    Raises
    ------
    ValueError
        If MediaPipe is not installed, or the file is not there or none of its.
    """
    try:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision
    except ImportError as error:
        raise ValueError(
            f"MediaPipe does not open here ({error}): use the training environment "
            "(laughtrack train-env)"
        ) from error
    try:
        options = vision.FaceLandmarkerOptions(
            # Read here: MediaPipe takes what is no file for one of its own.
            base_options=BaseOptions(model_asset_buffer=Path(file).read_bytes()),
            output_face_blendshapes=True,
            num_faces=1,
            min_face_detection_confidence=MIN_CONFIDENCE,
            min_face_presence_confidence=MIN_CONFIDENCE,
        )
        net = vision.FaceLandmarker.create_from_options(options)
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(
            f"cannot read MediaPipe's landmarker {file}: {error}; name face_landmarker.task, which "
            "is at https://ai.google.dev/edge/mediapipe/solutions/vision/face_landmarker, with "
            "--landmarker"
        ) from error

    def find(picture: np.ndarray) -> Landmarks | None:
        seen = mediapipe.Image(
            image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture)
        )
        return _landmarks(net.detect(seen))

    with net, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "SymbolDatabase.GetPrototype", UserWarning)
        yield find


def _landmarks(found: Any) -> Landmarks | None:
    """MediaPipe's answer as arrays."""
    if not found.face_landmarks:
        return None
    points = np.array([(p.x, p.y, p.z) for p in found.face_landmarks[0][:POINTS]])
    return Landmarks(points, np.array([each.score for each in found.face_blendshapes[0]]))
