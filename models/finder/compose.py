"""Pictures to learn from: mosaics of natural pictures, and faces put into scenes.

Picture n of a seed is always the same. What the teacher sees in the composed picture and what is
known of its parts together say where its faces are; then it is spoilt (`degrade`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from laughtrack.models.finder import mining
from laughtrack.models.finder import teacher as teaching
from laughtrack.models.finder.canvas import Canvas, Pyramid, shrunk
from laughtrack.models.finder.degrade import degrade
from laughtrack.models.finder.drawings import draw_something
from laughtrack.models.finder.placing import Placed, lay
from laughtrack.models.finder.teacher import Teacher
from laughtrack.tracker.boxes import overlap

SIDE = 256
MOST_FACES = 192
# Tiles a side, and how often.
TILES = (1, 2, 3, 4, 5, 6, 8, 10, 12, 14)
TILE_SHARE = np.array([0.17, 0.16, 0.14, 0.12, 0.1, 0.08, 0.08, 0.06, 0.05, 0.04])
MOSAICS = 0.45
EMPTY = 0.3  # scenes with all manner of things but faces
# Of a mosaic's tiles so many fill but a part of their place, down to this share of its side, within
# plain grey, as a picture on a wall is seen.
FRAMED, LEAST_FRAMED = 0.3, 0.5
HARD = 0.6  # of the patches and tiles without a face: places that a net took for one
# Smaller ones, or less visible ones, are neither faces nor none.
LEAST_PX = 7.0
UNSEEN_PX = 10.0  # smaller ones need the teacher's word
LEAST_VISIBLE = 0.6
# Of a spoilt face: its contrast, in units of what an eye can tell apart, and how much of it may be
# white or black alone.
LEAST_CONTRAST = 1.4
MOST_LOST = 0.6


class Lesson(NamedTuple):
    """A picture (SIDE, SIDE) uint8 and its faces (MOST_FACES, 15) float32.

    A face is x, y, width, height, five points, and 1 (a face), -1 (do not judge) or 0 (no row).
    """

    picture: np.ndarray
    faces: np.ndarray


class Composer:
    """Makes picture n of a seed.

    Parameters
    ----------
    sources : sequence of (picture, kind)
        As `pictures.natural_pictures` yields them.
    faces : sequence of (M, 15) float32
        Of each, as `Teacher.thorough` finds them.
    teacher : Teacher
    seed : int
    hard : (N, mining.COLUMNS) float32, optional
        Places of the sources that are shown often, as `mining.hard_places` finds them.
    """

    def __init__(
        self,
        sources: Sequence[tuple[np.ndarray, str]],
        faces: Sequence[np.ndarray],
        teacher: Teacher,
        seed: int,
        hard: np.ndarray | None = None,
    ) -> None:
        self._teacher = teacher
        self._seed = seed
        pools: dict[str, list[Pyramid]] = {"people": [], "close": [], "scene": [], "empty": []}
        every = [shrunk(picture, found) for (picture, _), found in zip(sources, faces, strict=True)]
        for pyramid, (_, kind) in zip(every, sources, strict=True):
            # What is said to show nobody is taken at its word only where the teacher agrees.
            if kind == "scene" or (kind == "empty") != (len(pyramid.faces) > 0):
                pools[kind].append(pyramid)
        self._people, self._close, self._scenes, self._empty = pools.values()
        rows = np.empty((0, mining.COLUMNS)) if hard is None else hard
        self._hard = [(every[int(row[0])], row[1:4].astype(float)) for row in rows]

    def lesson(self, n: int) -> Lesson:
        """Compose picture n."""
        rng = np.random.default_rng([self._seed, n])
        canvas = Canvas(SIDE)
        chance = rng.random()
        if chance < MOSAICS:
            self._mosaic(canvas, rng)
        else:
            self._pasted(canvas, rng, empty=chance > 1 - EMPTY)
        faces = self._judged(canvas, rng)
        sizes = np.sqrt(faces[:, 2] * faces[:, 3])[faces[:, 14] > 0]
        picture, signal = degrade(canvas.picture, float(sizes.min(initial=200.0)), rng)
        faces[[not _is_told_apart(signal, face) for face in faces], 14] = -1
        if rng.random() < 0.5:
            picture = np.ascontiguousarray(picture[:, ::-1])
            faces = teaching.mirror(faces, SIDE)
        rows = np.zeros((MOST_FACES, 15), np.float32)
        order = np.argsort(-faces[:, 14], kind="stable")[:MOST_FACES]
        rows[: len(order)] = faces[order]
        return Lesson(picture, rows)

    def _mosaic(self, canvas: Canvas, rng: np.random.Generator) -> None:
        tiles = int(rng.choice(TILES, p=TILE_SHARE / TILE_SHARE.sum()))
        side = SIDE / tiles
        canvas.picture[:] = rng.integers(256)
        for row in range(tiles):
            for column in range(tiles):
                chance = rng.random()
                close_from = 24  # a tight crop that small is hardly a face even to the teacher
                if chance < 0.22:
                    pyramid = self._nobody(rng)
                elif chance < 0.55 and side >= close_from and self._close:
                    pyramid = self._close[rng.integers(len(self._close))]
                else:
                    pyramid = self._people[rng.integers(len(self._people))]
                place = _framed((column * side, row * side, side), rng)
                lay(canvas, pyramid, Placed.tile(place, SIDE, pyramid, rng))
        if rng.random() < 0.35:
            self._draw(canvas, rng, clear=True)

    def _pasted(self, canvas: Canvas, rng: np.random.Generator, empty: bool) -> None:
        if empty and self._hard and rng.random() < HARD:
            self._hard_tiles(canvas, rng)
        else:
            ground = self._nobody(rng)
            lay(canvas, ground, Placed.tile((0, 0, SIDE), SIDE, ground, rng))
        if rng.random() < 0.6:
            self._draw(canvas, rng, clear=False)
        count = int(rng.choice([1, 2, 4, 8, 16, 30], p=[0.25, 0.22, 0.22, 0.14, 0.11, 0.06]))
        if empty:
            count = 0
        most = 200.0 if count < 3 else 500.0 / count
        for _ in range(count):
            size = float(np.exp(rng.uniform(np.log(8.0), np.log(max(most, 10.0)))))
            pool = self._people if size < 40 or rng.random() < 0.5 else self._close
            pyramid = pool[rng.integers(len(pool))]
            lay(canvas, pyramid, Placed.face(size, SIDE, pyramid, rng), soft=True)
        for _ in range(int(rng.integers(0, 5))):  # patches without a face, cut the same way
            if self._hard and rng.random() < HARD:
                pyramid, place = self._hard[rng.integers(len(self._hard))]
                middle = rng.uniform(0.0, 1.0, 2) * SIDE
                lay(canvas, pyramid, Placed.about(place, middle, SIDE, rng), soft=True)
                continue
            pyramid = self._nobody(rng) if rng.random() < 0.5 else self._somebody(rng)
            patch = Placed.patch(float(np.exp(rng.uniform(2.0, 4.4))), SIDE, pyramid, rng)
            if patch is not None:
                lay(canvas, pyramid, patch, soft=True)

    def _hard_tiles(self, canvas: Canvas, rng: np.random.Generator) -> None:
        tiles = int(rng.integers(1, 7))
        side = SIDE / tiles
        for row in range(tiles):
            for column in range(tiles):
                pyramid, place = self._hard[rng.integers(len(self._hard))]
                tile = (column * side, row * side, side)
                lay(canvas, pyramid, Placed.tile_about(place, tile, pyramid, rng))

    def _nobody(self, rng: np.random.Generator) -> Pyramid:
        """A scene, or what is known to show nobody."""
        pool = self._empty if self._empty and rng.random() < 0.5 else self._scenes
        return pool[rng.integers(len(pool))]

    def _somebody(self, rng: np.random.Generator) -> Pyramid:
        return self._people[rng.integers(len(self._people))]

    def _draw(self, canvas: Canvas, rng: np.random.Generator, clear: bool) -> None:
        for _ in range(int(rng.integers(1, 7))):
            side = int(np.exp(rng.uniform(np.log(8), np.log(130))))
            x, y = (int(v) for v in rng.integers(-side // 3, SIDE - side // 2, 2))
            if not clear or canvas.is_clear(x, y, side):
                draw_something(canvas.picture, (x, y, side), rng)
                canvas.drawn.append((x, y, side, side))

    def _judged(self, canvas: Canvas, rng: np.random.Generator) -> np.ndarray:
        """Faces of a composed picture: what is known of its parts, as the teacher sees it."""
        known = canvas.known()
        if not len(known):  # the teacher has looked at all that is here
            return known
        seen = self._teacher.faces(canvas.picture)
        small = len(known) and np.sqrt(known[:, 2] * known[:, 3]).min() < 24
        if small and rng.random() < 0.5:
            both = np.concatenate([seen, self._teacher.faces(canvas.picture, 2.0)])
            both = both[np.argsort(-both[:, 14], kind="stable")]
            seen = both[teaching.distinct(both)]
        alike = overlap(teaching.corners(known), teaching.corners(seen))
        faces = known.copy()
        for i in range(len(faces)):
            faces[i, 14] = _verdict(known[i], alike[i], seen)
            match = int(alike[i].argmax()) if len(seen) else -1
            if faces[i, 14] > 0 and match >= 0 and alike[i, match] > 0.5:
                faces[i, :14] = seen[match, :14]  # its boxes are of one kind everywhere
        others = seen[alike.max(axis=0, initial=0.0) < teaching.SAME]
        others = others[[not canvas.is_drawn(face) for face in others]]
        others[:, 14] = np.where(others[:, 14] >= teaching.SURE, 1, -1)
        return np.concatenate([faces, others]).astype(np.float32)


def _framed(
    place: tuple[float, float, float], rng: np.random.Generator
) -> tuple[float, float, float]:
    """A square x, y, side, or now and then a smaller one within."""
    if rng.random() >= FRAMED:
        return place
    x, y, side = place
    inner = side * rng.uniform(LEAST_FRAMED, 1.0)
    left, top = rng.uniform(0.0, side - inner, 2)
    return x + left, y + top, inner


def _is_told_apart(signal: np.ndarray, face: np.ndarray) -> bool:
    """What is left of a face after spoiling is enough to see that it is one."""
    rim = 0.15 * face[2:4]  # the edge of a head is no face
    low = np.clip(face[:2] + rim, 0, SIDE - 2).astype(int)
    high = np.maximum(np.clip(face[:2] + face[2:4] - rim, 2, SIDE).astype(int), low + 2)
    inner = signal[low[1] : high[1], low[0] : high[0]]
    glare, black = (inner == inner.max()).mean(), (inner == inner.min()).mean()
    return bool(inner.std() > LEAST_CONTRAST and max(glare, black) < MOST_LOST)


def _verdict(face: np.ndarray, alike: np.ndarray, seen: np.ndarray) -> int:
    """1 for a face to be found, -1 for one that is not judged.

    `face` is known of its part, with how much of it is to be seen (below zero if even the part's
    own label is doubtful) in its last column.
    """
    size, visible = float(np.sqrt(face[2] * face[3])), float(face[14])
    if size < LEAST_PX or visible < LEAST_VISIBLE:
        return -1
    found = len(seen) and seen[alike > teaching.SAME, 14].max(initial=0.0) >= teaching.SURE
    return 1 if found or size >= UNSEEN_PX else -1
