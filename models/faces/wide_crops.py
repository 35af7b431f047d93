"""Faces for training: found as the loop finds them, and kept in wide crops.

Crops are `WIDE` times as large as the scorer's, so that training can move, turn and shrink them and
still cut with `edge.smile.smilenet.crop_faces`.
"""

from __future__ import annotations

import hashlib
import inspect
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge import inference
from laughtrack.edge.atomic_files import replacing
from laughtrack.edge.faces import net, net_boxes, second_look
from laughtrack.edge.settings import HOST_FINDER
from laughtrack.edge.smile import smilenet
from laughtrack.models.data import image_files
from laughtrack.models.data.labels import Picture

WIDE = 1.5
WIDE_PX = 108  # a face is then 60 px wide, about what LFW has
FACE_PX = WIDE_PX / WIDE / smilenet.WIDEN
# A picture less high or wide holds hardly more than the face, and less than the finder has learnt
# to see: it is shown `ENLARGED` times as large, with a rim of so much of its side.
SMALL_PX, ENLARGED, RIM = 64, 3, 1 / 6
CACHE_VERSION = 3
# Their source is part of what crops depend on, wherever their files lie.
DETECTOR = (net, net_boxes, second_look)

# From a picture to its boxes (M, 4) and their confidence (M,).
FaceFinder = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


class Faces(NamedTuple):
    """Faces found in pictures: N of each.

    `wide` (N, WIDE_PX, WIDE_PX) uint8; `picture_index` (N,) int, which picture; `boxes` (N, 4),
    where in it, as `roomy` shows it, x1 y1 x2 y2 in pixels. All in the pictures' order, one face at
    most from each picture.
    """

    wide: np.ndarray
    picture_index: np.ndarray
    boxes: np.ndarray


def load_faces(
    pictures: Sequence[Picture], cache: str | Path, finder: FaceFinder | None = None
) -> Faces:
    """Find one face in each picture and cut it wide, or read that from the cache.

    Parameters
    ----------
    pictures : list of Picture
    cache : path
        Folder for the crops; made if missing. Not inside the project: they are other people's.
    finder : function, optional
        From a picture to (boxes (M, 4), confidence (M,)); the loop's whole-picture scan by default.

    Returns
    -------
    Faces
    """
    file = Path(cache) / f"faces-{_key(pictures)}.npz"
    if file.is_file():
        stored = np.load(file)
        return Faces(stored["wide"], stored["index"], stored["boxes"])
    logging.info("cutting %d faces into %s", len(pictures), file)
    faces = _cut(pictures, finder or whole_picture_finder())
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file, one_writer=True) as part, part.open("wb") as stream:
        np.savez(stream, wide=faces.wide, index=faces.picture_index, boxes=faces.boxes)
    return faces


def _key(pictures: Sequence[Picture]) -> str:
    """Name what the crops depend on: the pictures, the cut, and the detector's own code."""
    settings = (CACHE_VERSION, WIDE_PX, WIDE, smilenet.WIDEN, cv2.__version__)
    made = (*settings, *detector_version())
    paths = [picture.path.as_posix() for picture in pictures]
    return hashlib.sha256(repr((made, paths)).encode()).hexdigest()[:16]


def _cut(pictures: Sequence[Picture], finder: FaceFinder) -> Faces:
    wide, index, found_boxes = [], [], []
    for number, picture in enumerate(pictures):
        if number % 2000 == 0:
            logging.info("%d of %d pictures", number, len(pictures))
        try:
            image = roomy(image_files.read(picture.path))
        except image_files.UnreadableImage as error:
            logging.warning("left out: %s", error)
            continue
        box = main_face(*finder(image), image.shape)
        if box is not None:
            wide.append(cut_wide(image, box))
            index.append(number)
            found_boxes.append(box)
    if not wide:
        return Faces(np.zeros((0, WIDE_PX, WIDE_PX), np.uint8), np.zeros(0, int), np.zeros((0, 4)))
    return Faces(np.stack(wide), np.array(index), np.stack(found_boxes))


def whole_picture_finder(kind: str = HOST_FINDER) -> FaceFinder:
    """Return a finder's scan of the whole picture, by default the hosts', as a function of it.

    Parameters
    ----------
    kind : str, one of `edge.settings.FINDERS`
    """
    from laughtrack.edge.faces.choice import finder_maker

    return finder_maker(kind)().scan


def whole_picture(image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the face in a picture that is a crop already: its crop is then the picture itself.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3), uint8

    Returns
    -------
    boxes : ndarray, shape (1, 4), float64, x1 y1 x2 y2 in pixels
    confidence : ndarray, shape (1,)
    """
    height, width = image.shape[:2]
    half = min(height, width) / smilenet.WIDEN / 2
    x, y = width / 2, height / 2
    return np.array([[x - half, y - half, x + half, y + half]]), np.ones(1)


def detector_version() -> tuple[str, ...]:
    """Name the code that finds faces, and its weights."""
    weights = (inference.ARTIFACTS / "findernet.json").read_text(encoding="utf-8")
    return weights, *(inspect.getsource(module) for module in DETECTOR)


def roomy(image: np.ndarray) -> np.ndarray:
    """Enlarge a picture that is as small as a face, and give it a rim; leave others as they are."""
    if min(image.shape[:2]) >= SMALL_PX:
        return image
    large = cv2.resize(image, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_CUBIC)
    rim = round(max(large.shape[:2]) * RIM)
    return cv2.copyMakeBorder(large, rim, rim, rim, rim, cv2.BORDER_REPLICATE)


def main_face(
    boxes: np.ndarray, confidence: np.ndarray, shape: tuple[int, ...]
) -> np.ndarray | None:
    """Pick the box of the person the picture is of: large, central and confident.

    Parameters
    ----------
    boxes : ndarray, shape (M, 4), x1 y1 x2 y2 in pixels
    confidence : ndarray, shape (M,), in [0, 1]
    shape : tuple, height and width first, px

    Returns
    -------
    ndarray, shape (4,), or None without boxes
    """
    if not len(boxes):
        return None
    boxes = np.asarray(boxes, np.float64)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2 - np.array([shape[1], shape[0]]) / 2
    off = np.hypot(*middle.T) / min(shape[:2])
    size = (boxes[:, 2] - boxes[:, 0]) / min(shape[:2])
    return boxes[np.argmax(size - off + 0.1 * np.asarray(confidence))]


def cut_wide(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Cut the wide crop around a box, grey, finer than the scorer's.

    Parameters
    ----------
    image : ndarray, shape (height, width, 3), BGR, uint8
    box : ndarray, shape (4,), x1 y1 x2 y2 in pixels

    Returns
    -------
    ndarray, shape (WIDE_PX, WIDE_PX), uint8
    """
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    side = smilenet.WIDEN * WIDE * (box[2] - box[0] + box[3] - box[1]) / 2
    step = side / WIDE_PX
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    if step > 1:  # keep fine patterns from turning into false ones
        grey = cv2.GaussianBlur(grey, (0, 0), 0.4 * step)
    corner = step / 2 - 0.5 - side / 2
    matrix = np.array([[step, 0, x + corner], [0, step, y + corner]])
    return cv2.warpAffine(
        grey,
        matrix,
        (WIDE_PX, WIDE_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )


def wide_box() -> np.ndarray:
    """Return the face's box in its wide crop: ndarray, shape (4,), x1 y1 x2 y2 in pixels."""
    return (
        np.array([WIDE_PX - FACE_PX, WIDE_PX - FACE_PX, WIDE_PX + FACE_PX, WIDE_PX + FACE_PX]) / 2
    )


def network_input(wide: np.ndarray) -> np.ndarray:
    """Cut wide crops down to the network's input, nothing moved.

    Parameters
    ----------
    wide : ndarray, shape (N, WIDE_PX, WIDE_PX), uint8

    Returns
    -------
    ndarray, shape (N, 1, SIZE, SIZE), float32
    """
    box = wide_box()[None]
    crops = [smilenet.crop_faces(one, box)[0] for one in wide]
    return smilenet.prepare(
        np.stack(crops) if crops else np.zeros((0, smilenet.SIZE, smilenet.SIZE), np.uint8)
    )
