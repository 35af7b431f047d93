"""Frames: rooms without a face, films whose people are known, simulated audiences, photos."""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np

from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source
from tests.bench.finders.engines import Engine
from tests.bench.finders.matching import Judged

# Nobody's face is to be seen, by eye.
EMPTY = ("footage/no_face.mp4", "clips/hall_backs.mp4", "clips/backs_walk.mp4")
# People whose face can be seen all through, by eye: where its middle is, as shares of the picture.
PEOPLE = {
    "footage/classroom.gif": (
        (0.08, 0.48, 0.20, 0.68),
        (0.22, 0.40, 0.35, 0.58),
        (0.44, 0.40, 0.57, 0.60),
        (0.60, 0.48, 0.74, 0.70),
    ),
    "footage/head-pose-face-detection-female-and-male.gif": (
        (0.03, 0.15, 0.33, 0.70),
        (0.58, 0.15, 0.92, 0.65),
    ),
    "footage/face-demographics-walking-and-pause.gif": (
        (0.08, 0.25, 0.33, 0.70),
        (0.36, 0.25, 0.58, 0.70),
        (0.60, 0.25, 0.85, 0.70),
    ),
}
NOBODY = np.zeros((0, 4))
ROOMS = {"1080p, 24 viewers": (24, (1920, 1080)), "720p, 100 viewers": (100, (1280, 720))}


def frames(path: Path, most: int) -> list[np.ndarray]:
    """Return a film's grey frames, at most so many, evenly spread."""
    every = [cv2.cvtColor(frame.image, cv2.COLOR_BGR2GRAY) for frame in Source(path, rate_hz=1000)]
    chosen = np.unique(np.linspace(0, len(every) - 1, min(most, len(every))).round().astype(int))
    return [every[i] for i in chosen]


def empty(path: Path, most: int) -> list[Judged]:
    """Return frames in which every hit is false."""
    return [Judged(grey, NOBODY, []) for grey in frames(path, most)]


def at_people(path: Path, regions, most: int, engine: Engine) -> tuple[float, float]:
    """Return the people found and the hits that are nobody, each a frame."""
    found, false, images = 0, 0, frames(path, most)
    for grey in images:
        boxes = engine.find(grey).above(engine.threshold).boxes
        middles = (boxes[:, None, :2] + boxes[:, None, 2:]) / 2
        places = np.array(regions) * np.tile(grey.shape[::-1], 2)
        inside = ((middles > places[:, :2]) & (middles < places[:, 2:])).all(axis=2)
        found += int(inside.any(axis=0).sum())
        false += int(len(boxes) - inside.any(axis=0).sum())
    return found / len(images), false / len(images)


def photos(data: Path, face_px: float | None, doubled: bool = False) -> list[Judged]:
    """Return the group photos as they are, or each shrunk until its median face is so wide.

    They may be doubled in size after that, which shows no more of a face, but a larger one.
    """
    boxes = defaultdict(list)
    with (data / "group_photos/boxes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            boxes[row["file"]].append([float(row[name]) for name in ("x1", "y1", "x2", "y2")])
    result = []
    for name, rows in boxes.items():
        grey, truth = cv2.imread(str(data / "group_photos" / name), 0), np.array(rows)
        if face_px is not None:
            scale = face_px / np.median(truth[:, 2] - truth[:, 0])
            size = [round(scale * side) for side in grey.shape[::-1]]
            truth = truth * np.tile(np.array(size) / grey.shape[::-1], 2)
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        if doubled:
            grey, truth = (
                cv2.resize(grey, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC),
                2 * truth,
            )
        result.append(Judged(grey, truth, [()] * len(truth)))
    return result


def room(viewers: int, size: tuple[int, int], seconds: float, seed: int) -> list[Judged]:
    """Simulate an audience at 2 frames a second; who is turned away or covered does not count."""
    with tempfile.TemporaryDirectory() as folder:
        film = Path(folder) / "room.mp4"
        simulate(film, viewers, seconds, size, seed=seed, fps=2)
        people = defaultdict(list)
        with film.with_suffix(".truth.csv").open(newline="") as file:
            for row in csv.DictReader(file):
                people[row["t_s"]].append(row)
        images = [frame.image for frame in Source(film, rate_hz=1000)]
    return [
        Judged(
            cv2.cvtColor(image, cv2.COLOR_BGR2GRAY),
            _boxes(row for row in rows if row["state"] == "visible"),
            [()] * sum(row["state"] == "visible" for row in rows),
            _boxes(row for row in rows if row["state"] != "visible"),
        )
        for image, rows in zip(images, people.values(), strict=True)
    ]


def _boxes(rows) -> np.ndarray:
    names = ("x1", "y1", "x2", "y2")
    return np.array([[float(row[name]) for name in names] for row in rows]).reshape(-1, 4)
