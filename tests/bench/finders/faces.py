"""People whom FinderNet was not trained on, one a picture, with the box of their face.

The nets' training takes FairFace, GENKI and the scenes by row, LFW by person: what is here is the
fifth that it leaves out. Truth is the teacher's box where the picture is largest, the one nearest
the middle; FairFace's come with the set. A picture without one gets the set's usual box, except in
LFW and GENKI, whose few are left out.
"""

from __future__ import annotations

import csv
import zlib
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from tests.bench.finders.engines import YuNet

LEFT_OUT = 5
TEACHER_SURE = 0.6


class Face(NamedTuple):
    """A picture of somebody: grey (H, W), the face's box, the groups that it counts in."""

    grey: np.ndarray
    box: np.ndarray
    labels: tuple[str, ...]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _packed(folder: Path) -> list[tuple[dict[str, str], np.ndarray]]:
    """Return the left-out rows of a packed set, and their pictures."""
    packed, rows = np.load(folder / "pictures.npz"), _rows(folder / "labels.csv")
    data, start = packed["jpeg"], packed["start"]
    return [
        (row, cv2.imdecode(data[start[i] : start[i + 1]], cv2.IMREAD_GRAYSCALE))
        for i, row in enumerate(rows)
        if i % LEFT_OUT == 0
    ]


def _boxes(text: str) -> np.ndarray:
    rows = [[float(value) for value in box.split(",")] for box in text.split()]
    return np.array(rows).reshape(-1, 5)[:, :4]


def _middle_one(boxes: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    off = (boxes[:, :2] + boxes[:, 2:]) / 2 - np.array(shape[1::-1]) / 2
    return boxes[np.hypot(*off.T).argmin()]


def fairface(data: Path) -> list[Face]:
    """Return FairFace's left-out pictures, with race, sex and age."""
    found = [(row, grey, _boxes(row["faces"])) for row, grey in _packed(data / "fairface")]
    usual = np.median([boxes[0] for _, _, boxes in found if len(boxes)], axis=0)
    return [
        Face(
            grey,
            _middle_one(boxes, grey.shape) if len(boxes) else usual,
            (row["race"], row["gender"], _age(row["age"])),
        )
        for row, grey, boxes in found
    ]


def _age(text: str) -> str:
    return "60 or more" if text in ("60-69", "more than 70") else text.replace("-", " to ")


def scenes(data: Path) -> list[np.ndarray]:
    """Return the left-out scenes in which the teacher finds nobody."""
    return [grey for row, grey in _packed(data / "scenes") if not row["faces"]]


def natural(data: Path, teacher: YuNet, many: int, seed: int) -> list[Face]:
    """Return faces with hair and surroundings, half of LFW, half of GENKI, by chance.

    GENKI's have labels by how far the head is turned to the side.
    """
    random = np.random.RandomState(seed)
    people = [
        (path, ())
        for path in sorted((data / "lfw/images").iterdir())
        if zlib.crc32(path.name.encode()) % LEFT_OUT == 0
    ]
    lfw = [(min(folder.iterdir()), labels) for folder, labels in people]
    rows = _rows(data / "genki4k/labels.csv")[::LEFT_OUT]
    genki = [(data / "genki4k/files" / row["file"], (_turn(row["yaw_rad"]),)) for row in rows]
    faces: list[Face] = []
    for files in (lfw, genki):
        wanted = len(faces) + many // 2
        for i in random.permutation(len(files)):
            path, labels = files[i]
            grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            box = _taught(grey, teacher)
            if box is not None:
                faces.append(Face(grey, box, labels))
            if len(faces) == wanted:
                break
    return faces


def _turn(yaw_rad: str) -> str:
    turned = abs(np.degrees(float(yaw_rad)))
    return "under 10" if turned < 10 else "10 to 20" if turned < 20 else "20 or more"


def _taught(grey: np.ndarray, teacher: YuNet) -> np.ndarray | None:
    """Return the teacher's box in a picture of twice the size, None without one."""
    doubled = cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    boxes = teacher(doubled).above(TEACHER_SURE).boxes / 2
    return _middle_one(boxes, grey.shape) if len(boxes) else None
