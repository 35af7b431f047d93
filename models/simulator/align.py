"""LFW pictures brought into line: eyes in one place, one brightness and contrast.

Pictures with two eyes found, level and at the usual distance, are turned, scaled, and shifted until
the eyes lie at `EYES`, then fitted to the mean face. Brightness inside the face is brought to mean
0 and variance 1; colour is kept at a quarter of the resolution.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.models.data import csv_files

# OpenCV's stubs leave its module `data` out.
EYE_CASCADE: str = cv2.data.haarcascades + "haarcascade_eye.xml"  # type: ignore[attr-defined]
HEIGHT, WIDTH = 108, 88  # px of the stored face, hair to chin
EYES = ((30.5, 48.0), (57.5, 48.0))  # left and right in the picture, x y
COLOUR_STEP = 4  # colour is stored at 1/4 of the resolution; the eye is not sharper than that
COLOUR_UNIT = 16.0  # grey levels of colour that weigh as much as one deviation of brightness


class AlignedFaces(NamedTuple):
    """N aligned faces: each one as `flatten` gives it, whether it smiles, and who it is.

    `faces` (N, D) float32; `smiles` (N,) bool: both sets of hand labels say smile, or both say not;
    `people` (N,) str.
    """

    faces: np.ndarray
    smiles: np.ndarray
    people: np.ndarray


def read_faces(folder: Path) -> AlignedFaces:
    """Read, align, and normalise every usable picture that is clearly smiling or clearly not.

    Parameters
    ----------
    folder : Path
        Holds `labels.csv` and `images/PERSON/IMAGE.jpg`.

    Returns
    -------
    AlignedFaces
    """
    cascade = cv2.CascadeClassifier(EYE_CASCADE)
    images, rows = [], []
    for row in _labelled(folder / "labels.csv"):
        path = folder / "images" / row["person"] / (row["image"] + ".jpg")
        image = cv2.imread(str(path))
        eyes = None if image is None else find_eyes(image, cascade)
        if image is not None and eyes is not None:
            images.append(_align_eyes(image, eyes))
            rows.append(row)
    template = _template(images)
    fitted = [_fit(image, template) for image in images]
    kept = [i for i, face in enumerate(fitted) if face is not None]
    faces = np.array([flatten(face) for face in fitted if face is not None], np.float32)
    smiles = np.array([rows[i]["smile_human"] == "1" for i in kept])
    return AlignedFaces(faces, smiles, np.array([rows[i]["person"] for i in kept]))


def _labelled(path: Path) -> list[dict[str, str]]:
    wanted = {("1", "happiness"), ("0", "neutral")}
    return [
        row.cells
        for row in csv_files.read(path)
        if (row.cells["smile_human"], row.cells["emotion_muxspace"]) in wanted
    ]


def find_eyes(image: np.ndarray, cascade: cv2.CascadeClassifier) -> np.ndarray | None:
    """Find the two eyes of an LFW picture.

    Parameters
    ----------
    image : ndarray, shape (H, W, 3), uint8
        Its middle 120 x 120 is used.
    cascade : cv2.CascadeClassifier

    Returns
    -------
    ndarray, shape (2, 2), float64, or None
        Left and right eye, x y in pixels; None unless both are there, level, and as far apart as
        in a face that looks at the camera.
    """
    top, left = (image.shape[0] - 120) // 2, (image.shape[1] - 120) // 2
    grey = cv2.cvtColor(image[top + 30 : top + 75, left + 20 : left + 100], cv2.COLOR_BGR2GRAY)
    grey = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    found, _, scores = cascade.detectMultiScale3(
        grey, 1.05, 3, minSize=(24, 24), maxSize=(60, 60), outputRejectLevels=True
    )
    best: list[tuple[float, tuple[float, float]] | None] = [None, None]
    for (x, y, w, h), score in zip(found, np.ravel(scores), strict=True):
        side = int(x + w / 2 > 80)
        known = best[side]
        if known is None or score > known[0]:
            best[side] = (score, (left + 20 + (x + w / 2) / 2, top + 30 + (y + h / 2) / 2))
    left_eye, right_eye = best
    if left_eye is None or right_eye is None:
        return None
    eyes = np.array([left_eye[1], right_eye[1]])
    across, down = eyes[1] - eyes[0]
    return eyes if 20 < across < 30 and abs(down) < 0.2 * across else None


def _align_eyes(image: np.ndarray, eyes: np.ndarray) -> np.ndarray:
    target = np.array(EYES)
    # A similarity as a ratio of complex numbers.
    old, new = complex(*(eyes[1] - eyes[0])), complex(*(target[1] - target[0]))
    rotation = new / old
    matrix = np.array([[rotation.real, -rotation.imag, 0], [rotation.imag, rotation.real, 0]])
    matrix[:, 2] = target.mean(axis=0) - matrix[:, :2] @ eyes.mean(axis=0)
    return cv2.warpAffine(
        image, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


MIN_CORRELATION = 0.6  # least correlation with the mean face
INNER = (slice(30, 98), slice(18, 70))  # eyes to mouth, rows and columns


def _normalise(image: np.ndarray) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32)
    inner = grey[INNER]
    return (grey - inner.mean()) / (inner.std() + 1.0)


def _template(images: list[np.ndarray]) -> np.ndarray:
    mean = np.mean([_normalise(image) for image in images], axis=0)
    return ((mean + mean[:, ::-1]) / 2)[INNER].astype(np.float32)


def _fit(image: np.ndarray, template: np.ndarray) -> np.ndarray | None:
    """Fit the inner face to the mean by an affine map; None where it does not look like a face."""
    shift = np.array([[1, 0, INNER[1].start], [0, 1, INNER[0].start]], np.float32)
    stop = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 15, 1e-3)
    try:
        # OpenCV's stubs want a mask, which may be None.
        correlation, matrix = cv2.findTransformECC(  # type: ignore[call-overload]
            template, _normalise(image), shift.copy(), cv2.MOTION_AFFINE, stop, None, 3
        )
    except cv2.error:  # it does not converge
        return None
    if correlation < MIN_CORRELATION or np.abs(matrix - shift)[:, :2].max() > 0.25:
        return None
    matrix[:, 2] -= matrix[:, :2] @ shift[:, 2]
    return cv2.warpAffine(
        image,
        matrix,
        (WIDTH, HEIGHT),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )


def flatten(image: np.ndarray) -> np.ndarray:
    """Turn a face into the vector that the components are made of.

    Parameters
    ----------
    image : ndarray, shape (HEIGHT, WIDTH, 3), uint8, BGR

    Returns
    -------
    ndarray, shape (D,), float32
        Brightness, mean 0 and variance 1 in the inner face, clipped to 3; then Cr and Cb at a
        quarter of the resolution, in `COLOUR_UNIT`.
    """
    small = (WIDTH // COLOUR_STEP, HEIGHT // COLOUR_STEP)
    colour = cv2.resize(cv2.cvtColor(image, cv2.COLOR_BGR2YCrCb)[..., 1:], small, None, 0, 0, 3)
    colour = (colour.astype(np.float32) - 128) / COLOUR_UNIT
    return np.concatenate([_normalise(image).clip(-3, 3).ravel(), colour.ravel()])
