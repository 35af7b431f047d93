"""Places to learn from for the second look: what FinderNet takes for faces in made pictures."""

from __future__ import annotations

import logging
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch
from scipy.special import logit

from laughtrack.edge.faces import second_look
from laughtrack.edge.faces.net import FinderNet
from laughtrack.models.finder import pictures
from laughtrack.models.finder.batches import beginning
from laughtrack.models.finder.compose import Composer
from laughtrack.models.finder.net import finder
from laughtrack.models.finder.teacher import SURE, Teacher, corners
from laughtrack.tracker.boxes import overlap

# Places are kept with some of what is around them, so that each can be shown moved and resized.
SPARE = 1.2
SIDE = round(second_look.SIZE * SPARE)
# What FinderNet is as sure of is a place; less than the least that is looked at again.
LEAST = 0.15
SMALLEST_PX = 12
# Overlap from which a place is the face, and up to which it is none.
SAME, APART = 0.4, 0.1
CHUNK = 32
# Of pictures of one person so many are seen within something else, as on a wall or a screen, with a
# rim of so many of their sides.
FRAMED, RIM = 0.5, (0.1, 0.8)
# Pictures as they are, looked at so often and so large: more often where nobody is.
LOOKS, EMPTY_LOOKS = 4, 6
SCALES = 0.35, 2.0
LARGEST_PX = 640


class Places(NamedTuple):
    """N places.

    `squares` (N, SIDE, SIDE) uint8, `faces` (N,) bool, `first` (N,) FinderNet's log-odds, `sides`
    (N,) of the boxes, px.
    """

    squares: np.ndarray
    faces: np.ndarray
    first: np.ndarray
    sides: np.ndarray


class Source(NamedTuple):
    """What is composed from.

    `pack` is a file of `pictures.write_pack`, `faces` what the teacher sees in each of its
    pictures, `hard` hard places or None; `teacher` and `weights` are the files of YuNet and of
    FinderNet (`findernet.pt`).
    """

    pack: Path
    faces: list[np.ndarray]
    hard: np.ndarray | None
    seed: int
    teacher: Path
    weights: Path


def gather(source: Source, count: int, workers: int) -> Places:
    """Keep what FinderNet takes for a face in composed pictures and in those they are made of.

    Parameters
    ----------
    source : Source
    count : int
        Pictures to compose.
    workers : int
        Processes.

    Returns
    -------
    Places
    """
    found = []
    with get_context("spawn").Pool(workers, _begin, (source,)) as pool:
        for what, do, total in (
            ("composed", _composed, count),
            ("natural", _natural, len(source.faces)),
        ):
            chunks = [range(at, min(at + CHUNK, total)) for at in range(0, total, CHUNK)]
            for number, places in enumerate(pool.imap(do, chunks)):
                found.append(places)
                if number % 50 == 49:
                    logging.info("%d of %d %s pictures", (number + 1) * CHUNK, total, what)
    return Places(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def places_of(net: FinderNet, picture: np.ndarray, truth: np.ndarray) -> Places:
    """What a net takes for a face in a picture, but for what nobody can judge.

    Parameters
    ----------
    net : FinderNet
    picture : ndarray, shape (H, W), uint8
    truth : ndarray, shape (M, 15)
        As in `compose.Lesson`: the last column is 1 for a face, -1 for what is not judged, or 0.

    Returns
    -------
    Places
    """
    found, truth = net.find(picture), truth[truth[:, 14] != 0]
    alike = overlap(found.boxes, corners(truth))
    faces = (alike * (truth[:, 14] > 0)).max(axis=1, initial=0.0) > SAME
    use = faces | (alike.max(axis=1, initial=0.0) <= APART)
    boxes = found.boxes[use]
    squares = second_look.cut(picture, boxes, second_look.AROUND * SPARE, SIDE)
    sides = np.sqrt((boxes[:, 2:] - boxes[:, :2]).prod(axis=1))
    return Places(squares, faces[use], logit(found.scores[use]), sides)


_source: Source
_net: FinderNet
_pack: list[tuple[np.ndarray, str]]
_composer: Composer


def _begin(source: Source) -> None:
    global _source, _net, _pack, _composer
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _source, _net = source, finder(beginning(source.weights), LEAST, SMALLEST_PX)
    _pack = pictures.read_pack(source.pack)
    teacher = Teacher(source.teacher)
    _composer = Composer(_pack, source.faces, teacher, source.seed, source.hard)


def _composed(numbers: range) -> Places:
    lessons = [_composer.lesson(n) for n in numbers]
    return _joined([places_of(_net, one.picture, one.faces) for one in lessons])


def _natural(numbers: range) -> Places:
    """Places of pictures as they are, at some sizes: most of where nobody is."""
    found = []
    for n in numbers:
        rng = np.random.default_rng([_source.seed, 3, n])
        (picture, kind), truth = _pack[n], _source.faces[n].copy()
        truth[:, 14] = np.where(truth[:, 14] >= SURE, 1, -1)
        of_nobody = kind in ("scene", "empty")
        if not of_nobody and not (truth[:, 14] > 0).any():
            continue  # somebody is there, and nobody says where
        for _ in range(EMPTY_LOOKS if of_nobody else LOOKS):
            framed = not of_nobody and rng.random() < FRAMED
            whole, known = _framed(picture, truth, rng) if framed else (picture, truth)
            scale = float(np.exp(rng.uniform(*np.log(SCALES))))
            scale = min(scale, LARGEST_PX / max(whole.shape))
            way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            seen = cv2.resize(whole, None, fx=scale, fy=scale, interpolation=way)
            there = np.concatenate([known[:, :14] * scale, known[:, 14:]], axis=1)
            found.append(places_of(_net, seen, there))
    return _joined(found)


def _framed(
    picture: np.ndarray, truth: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A picture within plain grey or a scene, and its faces there."""
    height, width = picture.shape
    left, right, top, bottom = (rng.uniform(*RIM, 4) * max(height, width)).astype(int)
    size = (left + width + right, top + height + bottom)
    ground = np.full(size[::-1], rng.integers(256), np.uint8)
    other = int(rng.integers(len(_pack)))
    if _pack[other][1] in ("scene", "empty") and not len(_source.faces[other]):
        ground = cv2.resize(_pack[other][0], size, interpolation=cv2.INTER_LINEAR)
    ground[top : top + height, left : left + width] = picture
    truth = truth.copy()
    truth[:, [0, *range(4, 14, 2)]] += left
    truth[:, [1, *range(5, 14, 2)]] += top
    return ground, truth


def _joined(each: list[Places]) -> Places:
    return Places(*(np.concatenate(parts) for parts in zip(*each, strict=True)))
