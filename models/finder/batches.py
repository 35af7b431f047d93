"""Batches to train on: pictures are composed in processes of their own while others are learnt."""

from __future__ import annotations

import hashlib
import logging
import math
import pickle
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import torch

from laughtrack.edge.atomic_files import replacing
from laughtrack.models.finder import pictures
from laughtrack.models.finder.compose import MOST_FACES, SIDE, Composer
from laughtrack.models.finder.mining import hard_places
from laughtrack.models.finder.net import FinderNet, finder
from laughtrack.models.finder.teacher import Teacher

CHUNK = 64  # pictures composed at once
# What weights to go on from take for a face, from this confidence and width on, is a hard place.
LEAST_SURE, LEAST_PX = 0.25, 10.0


class Settings(NamedTuple):
    """All numbers of one training."""

    pictures: int = 1_200_000  # looked at, each composed one about `reuse` times
    batch: int = 64
    reuse: float = 3.0
    pool: int = 24_000  # the latest composed pictures, of which batches are drawn
    peak: float = 3e-3  # the highest learning rate
    decay: float = 1e-4
    average: float = 0.999  # of the weights, over steps
    seed: int = 1
    workers: int = 1  # processes that compose
    device: str = "cpu"
    start: Path | None = None  # weights to go on from


def beginning(start: Path | None) -> FinderNet:
    """A net that has learnt nothing, or the one to go on from."""
    net = FinderNet()
    if start is not None:
        try:
            net.load_state_dict(torch.load(start, weights_only=True, map_location="cpu"))
        except (RuntimeError, pickle.UnpicklingError) as error:
            raise ValueError(f"{start}: not FinderNet's weights ({error})") from error
    return net


def digest_of(weights: Path | None) -> str:
    """SHA-256 of weights in hexadecimal; nothing where there are none."""
    return "" if weights is None else hashlib.sha256(weights.read_bytes()).hexdigest()


def batches(
    pack: Path, teacher: Path, settings: Settings, step: int, steps: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Batches from `step` on: which pictures are in a batch depends on its number alone."""
    faces = labelled(pack, teacher, settings.workers)
    hard = None if settings.start is None else hard_places_of(pack, faces, settings.start)
    size = settings.pool
    images = np.empty((size, SIDE, SIDE), np.uint8)
    rows = np.empty((size, MOST_FACES, 15), np.float32)
    first = max(0, _composed(settings, step) - size) // CHUNK
    made = first * CHUNK
    last = math.ceil(_composed(settings, steps) / CHUNK)
    arguments = (pack, teacher, faces, settings.seed, hard)
    with get_context("spawn").Pool(settings.workers, _begin, arguments) as pool:
        chunks = pool.imap(_chunk, range(first, last))
        for at in range(step, steps):
            while made < _composed(settings, at):
                chunk_images, chunk_rows = next(chunks)
                where = np.arange(made, made + CHUNK) % size
                images[where], rows[where] = chunk_images, chunk_rows
                made += CHUNK
            rng = np.random.default_rng([settings.seed, 1, at])
            there = _composed(settings, at)
            drawn = rng.integers(max(0, there - size + CHUNK), there, settings.batch) % size
            yield torch.from_numpy(images[drawn]), torch.from_numpy(rows[drawn])


def _composed(settings: Settings, step: int) -> int:
    """How many pictures are composed before a step."""
    begin = min(settings.pool // 4, 4096)
    return begin + int(step * settings.batch / settings.reuse)


def labelled(pack: Path, teacher: Path, workers: int) -> list[np.ndarray]:
    """The teacher's faces of each picture in a pack, kept beside it."""
    kept = pack.with_name("faces.npz")
    if not kept.is_file():
        logging.info("the teacher looks at the pictures")
        sources = [picture for picture, _ in pictures.read_pack(pack)]
        with get_context("spawn").Pool(workers, _begin_teaching, (teacher,)) as pool:
            found = pool.map(_thorough, sources, chunksize=16)
        with replacing(kept) as part, open(part, "wb") as file:
            np.savez(file, faces=np.concatenate(found), count=np.array([len(f) for f in found]))
    with np.load(kept) as stored:
        return np.split(stored["faces"], np.cumsum(stored["count"])[:-1])


def hard_places_of(pack: Path, faces: list[np.ndarray], start: Path) -> np.ndarray:
    """Where the weights to go on from see somebody and the teacher nobody, kept beside a pack."""
    kept, digest = pack.with_name("hard.npz"), digest_of(start)
    if not kept.is_file() or made_by(kept) != digest:
        logging.info("looking for what these weights take for a face")
        looking = finder(beginning(start), LEAST_SURE, LEAST_PX)
        sources = pictures.read_pack(pack)
        hard = hard_places(lambda picture: looking.find(picture)[:2], sources, faces)
        with replacing(kept) as part, open(part, "wb") as file:
            np.savez(file, hard=hard, of=np.array(digest))
    with np.load(kept) as stored:
        hard = stored["hard"]
    logging.info("%d hard places", len(hard))
    return hard


def made_by(file: Path) -> str:
    """What a kept file was made of."""
    with np.load(file) as stored:
        return str(stored["of"])


_teacher: Teacher
_composer: Composer


def _begin_teaching(teacher: Path) -> None:
    global _teacher
    cv2.setNumThreads(1)
    _teacher = Teacher(teacher)


def _thorough(picture: np.ndarray) -> np.ndarray:
    return _teacher.thorough(picture)


def _begin(
    pack: Path, teacher: Path, faces: list[np.ndarray], seed: int, hard: np.ndarray | None
) -> None:
    global _composer
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    _composer = Composer(pictures.read_pack(pack), faces, Teacher(teacher), seed, hard)


def _chunk(index: int) -> tuple[np.ndarray, np.ndarray]:
    lessons = [_composer.lesson(index * CHUNK + i) for i in range(CHUNK)]
    return np.stack([one.picture for one in lessons]), np.stack([one.faces for one in lessons])
