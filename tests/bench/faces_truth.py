"""What `tests.bench.faces` measures on: clips with truth by eye, photos with boxes, pretend rooms.

A sequence is a list of (t_s, picture, people): each person a region x1 y1 x2 y2 in pixels that the
middle of the face lies in, whether or not a detector can see it; rooms also name who is hidden.
"""

import csv
import os
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pandas as pd

from laughtrack.edge.simulate.simulate import simulate
from laughtrack.edge.sources.frames import Source

DATA = Path(os.environ.get("LAUGHTRACK_DATA", "../shared/data"))
# Clip, person, first and last frame, and where the middle of the face is meanwhile, as shares of
# the picture's width and height; by eye. Faces under 20 px are left out.
BY_EYE = """
head-pose-face-detection-female-and-male.gif woman 0 55 .03 .15 .33 .70
head-pose-face-detection-female-and-male.gif man 0 55 .58 .15 .92 .65
classroom.gif left 0 44 .08 .48 .20 .68
classroom.gif right 0 44 .60 .48 .74 .70
face-demographics-walking-and-pause.gif left 0 40 .08 .25 .33 .70
face-demographics-walking-and-pause.gif middle 0 40 .36 .25 .58 .70
face-demographics-walking-and-pause.gif right 0 40 .60 .25 .85 .70
woman_looking_down.mp4 woman 0 114 .42 .08 .72 .55
WolfgangLanger_Pexels.mp4 woman 0 471 .38 .15 .92 .95
single_face.mp4 man 0 999 0 0 1 1
face_noface.mov man 0 73 0 0 1 1
noface_face.mov man 94 999 0 0 1 1
short_hamilton_clip.mp4 singer 0 30 .76 .12 .96 .36
short_hamilton_clip.mp4 singer 90 205 .22 .08 .62 .55
short_hamilton_clip.mp4 lady 212 274 .28 .15 .46 .52
short_hamilton_clip.mp4 he 212 274 .47 .08 .62 .46
short_hamilton_clip.mp4 she 212 274 .62 .15 .80 .52
"""


class Person(NamedTuple):
    """Somebody in a frame: name, region of the face's middle in pixels, and if it can be seen."""

    name: str
    region: tuple
    seen: bool = True


def clips():
    """Yield each clip's name and its sequence, every frame."""
    rows = defaultdict(list)
    for clip, name, first, last, *region in map(str.split, BY_EYE.strip().splitlines()):
        rows[clip].append((name, int(first), int(last), [float(v) for v in region]))
    for clip, people in rows.items():
        yield clip, [(frame.t_s, frame.image, _by_eye(people, frame)) for frame in _frames(clip)]


def _frames(clip):
    return Source(DATA / "footage" / clip, rate_hz=1000)


def _by_eye(people, frame):
    size = np.tile(frame.image.shape[1::-1], 2)
    return [
        Person(name, tuple(np.array(region) * size))
        for name, first, last, region in people
        if first <= frame.index <= last
    ]


def photos():
    """Return the group photos: list of (picture, boxes (N, 4))."""
    boxes = defaultdict(list)
    for row in csv.DictReader((DATA / "group_photos/boxes.csv").read_text().splitlines()):
        boxes[row["file"]].append([float(row[name]) for name in ("x1", "y1", "x2", "y2")])
    folder = DATA / "group_photos"
    return [(cv2.imread(str(folder / name)), np.array(rows)) for name, rows in boxes.items()]


def room(folder, viewers, seconds, size, fps=10, seed=7):
    """Make a pretend room and return its sequence; a person is hidden when turned away or out."""
    film = Path(folder) / f"room{viewers}_{size[0]}_{fps}_{seed}.mp4"
    if not film.exists():
        simulate(film, viewers, seconds, size, seed=seed, fps=fps)
    truth = pd.read_csv(film.with_suffix(".truth.csv"))
    people = [
        [
            Person(str(row.viewer_id), _middle(row), row.state == "visible")
            for row in rows.itertuples()
        ]
        for _, rows in truth.groupby("t_s")
    ]
    frames = Source(film, rate_hz=1000)
    return [(frame.t_s, frame.image, there) for frame, there in zip(frames, people, strict=False)]


def _middle(row):
    x, y, reach = (row.x1 + row.x2) / 2, (row.y1 + row.y2) / 2, 0.3 * (row.x2 - row.x1)
    return x - reach, y - reach, x + reach, y + reach


def tilted(sequence, most_deg=25.0, period_s=8.0):
    """Tilt a sequence's pictures to and fro around their middle, and where people are with them."""
    result = []
    for t_s, image, people in sequence:
        middle = image.shape[1] / 2, image.shape[0] / 2
        turn_deg = most_deg * np.sin(2 * np.pi * t_s / period_s)
        turn = cv2.getRotationMatrix2D(middle, turn_deg, 1.0)
        turned = cv2.warpAffine(image, turn, image.shape[1::-1], borderMode=cv2.BORDER_REPLICATE)
        moved = [person._replace(region=_turned(person.region, turn)) for person in people]
        inside = [
            person
            for person in moved
            if person.region[0] > 0
            and person.region[1] > 0
            and person.region[2] < image.shape[1]
            and person.region[3] < image.shape[0]
        ]
        result.append((t_s, turned, inside))
    return result


def _turned(region, turn):
    x, y = turn @ [(region[0] + region[2]) / 2, (region[1] + region[3]) / 2, 1.0]
    reach = (region[2] - region[0]) / 2
    return x - reach, y - reach, x + reach, y + reach


def with_newcomers(sequence, first_s=1.5, every_s=0.5):
    """Paint every second person out of a sequence until they come, one after the other.

    Returns
    -------
    sequence : list
        As for all; who has not come yet is not among the people.
    comes_s : dict of str to float
        When each comes.
    """
    names = [person.name for person in sequence[0][2]][::2]
    comes_s = {name: first_s + every_s * n for n, name in enumerate(names)}
    result = []
    for t_s, image, people in sequence:
        there = [person for person in people if comes_s.get(person.name, 0) <= t_s]
        emptied = image.copy()
        for person in people:
            if comes_s.get(person.name, 0) > t_s:
                x1, y1, x2, y2 = (int(v) for v in person.region)
                wide = 2 * (x2 - x1) // 3
                emptied[max(0, y1 - wide) : y2 + wide, max(0, x1 - wide) : x2 + wide] = 60
        result.append((t_s, emptied, there))
    return result, comes_s
