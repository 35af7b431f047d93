"""The teacher: OpenCV's YuNet, whose boxes FinderNet learns. It is not shipped."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from laughtrack.tracker.boxes import overlap

COLUMNS = 15  # x, y, width, height, five points' x and y, score
LEAST = 0.3  # below it the teacher has nothing to say
SURE = 0.6  # from here on it is believed
SAME = 0.4  # boxes overlapping by more are one face


class Teacher:
    """YuNet over grey pictures of any size.

    Parameters
    ----------
    path : path
        `yunet_n_640_640.onnx`.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ValueError(f"{path}: no teacher; expected YuNet's ONNX file there")
        self._net = cv2.FaceDetectorYN.create(str(path), "", (320, 320), LEAST, SAME, 500)

    def faces(self, picture: np.ndarray, scale: float = 1.0) -> np.ndarray:
        """Find faces in a picture, looked at `scale` times as large.

        Returns
        -------
        (N, COLUMNS) float32, in the picture's own pixels, best first
        """
        if scale != 1.0:
            picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        self._net.setInputSize((picture.shape[1], picture.shape[0]))
        found = self._net.detect(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR))[1]
        if found is None:
            return np.empty((0, COLUMNS), np.float32)
        faces: np.ndarray = np.asarray(found, np.float32).copy()
        faces[:, :-1] /= scale
        return faces[np.argsort(-faces[:, -1], kind="stable")]

    def thorough(self, picture: np.ndarray) -> np.ndarray:
        """Look at three sizes and mirrored; each face once, in the words of the surest look."""
        looks = [self.faces(picture, scale) for scale in (1.0, 2.0, 0.5)]
        mirrored = self.faces(picture[:, ::-1].copy())
        looks.append(mirror(mirrored, picture.shape[1]))
        found = np.concatenate(looks)
        found = found[np.argsort(-found[:, -1], kind="stable")]
        return found[distinct(found)]


def mirror(faces: np.ndarray, width: int) -> np.ndarray:
    """Faces of a picture seen in a mirror, `width` pixels wide; left and right points change."""
    turned = faces.copy()
    turned[:, 0] = width - faces[:, 0] - faces[:, 2]
    turned[:, 4:14:2] = width - faces[:, 4:14:2]
    points = turned[:, 4:14].reshape(-1, 5, 2)
    turned[:, 4:14] = points[:, [1, 0, 2, 4, 3]].reshape(-1, 10)
    return turned


def corners(faces: np.ndarray) -> np.ndarray:
    """Boxes x1, y1, x2, y2 (N, 4) of rows that begin with x, y, width, height."""
    return np.hstack([faces[:, :2], faces[:, :2] + faces[:, 2:4]]).astype(np.float64)


def distinct(faces: np.ndarray) -> list[int]:
    """Indices of faces, best first, that are no better one found again."""
    boxes = corners(faces)
    same = overlap(boxes, boxes) > SAME
    kept: list[int] = []
    for i in range(len(boxes)):
        if not same[i, kept].any():
            kept.append(i)
    return kept
