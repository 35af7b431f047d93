"""Faces to draw covers on: LFW, GENKI-4K, FairFace and MTFL, with the points FinderNet finds.

Nobody is in two splits: LFW and GENKI-4K have the project's own (`models.data.labels.split_of`),
MTFL its makers' test part; of FairFace, one person a picture, each fifth picture is for proof and
each fifth after it chooses.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from laughtrack.edge.faces.net import FinderNet
from laughtrack.edge.faces.net_boxes import haar_like
from laughtrack.edge.faces.net_weights import load_finder_net
from laughtrack.edge.simulate.faces import draw_people, with_smile
from laughtrack.edge.tables.csv_rows import read_rows
from laughtrack.models.data import image_files, load
from laughtrack.models.data.labels import Picture
from laughtrack.models.finder.pictures import packed_pictures
from laughtrack.models.mouth.lessons import PATCH, Base

CANVAS_PX = 192  # pictures are looked at in a square of this side: one size, compiled once
PATCH_PX = 96
LEAST_CONFIDENCE = 0.5
LFW_PER_PERSON = {"train": 1, "val": 2, "test": 2}


class Source(NamedTuple):
    """A grey picture of a set, which split it is in, and groups it is counted in ("race Black")."""

    picture: np.ndarray
    split: str
    groups: tuple[str, ...]


def sources(data: Path) -> Iterator[Source]:
    """All pictures that a folder of the sets has; a set that is missing is left out.

    Raises
    ------
    ValueError
        If a picture or table cannot be read, naming it; or there is none of the sets.
    """
    there = [name for name in ("fairface", "genki4k", "lfw", "mtfl") if (data / name).is_dir()]
    if not there:
        raise ValueError(f"{data}: none of the sets fairface, genki4k, lfw, mtfl is there")
    if "fairface" in there:
        yield from _fairface(data / "fairface")
    if "genki4k" in there or "lfw" in there:
        yield from _labelled(load.load_pictures(data, load.HAND_LABELLED))
    if "mtfl" in there:
        yield from _mtfl(data / "mtfl")


def find_base(net: FinderNet, picture: np.ndarray) -> Base | None:
    """The face in the middle of a picture with its points; None where none is found for sure."""
    scale = min(1.0, CANVAS_PX / max(picture.shape))
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    edge = np.subtract(CANVAS_PX, picture.shape)
    canvas = np.full((CANVAS_PX, CANVAS_PX), round(float(picture.mean())), np.uint8)
    top, left = edge // 2
    canvas[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    found = net.find(canvas)
    if not len(found.boxes) or found.scores.max() < LEAST_CONFIDENCE:
        return None
    away = np.hypot(*((found.boxes[:, :2] + found.boxes[:, 2:] - CANVAS_PX) / 2).T)
    high = found.boxes[:, 3] - found.boxes[:, 1]
    chosen = int(np.argmax(found.scores * high * np.exp(-2 * away / CANVAS_PX)))
    box = haar_like(found.boxes[[chosen]])[0] - np.tile([left, top], 2)
    side = PATCH * (box[2] - box[0])
    step, corner = side / PATCH_PX, (box[:2] + box[2:] - side) / 2
    if step > 1.2:  # keep fine patterns from turning into false ones
        picture = cv2.GaussianBlur(picture, (0, 0), 0.4 * step)
    matrix = np.column_stack([np.eye(2) * step, corner + step / 2 - 0.5])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    size = (PATCH_PX, PATCH_PX)
    patch = cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return Base(patch, (found.points[chosen] - (left, top) - corner) / step)


def bases(data: Path) -> Iterator[tuple[Base, str, tuple[str, ...]]]:
    """The face of each picture of the sets, its split and its groups."""
    net = load_finder_net()
    for picture, split, groups in sources(data):
        base = find_base(net, picture)
        if base is not None:
            yield base, split, groups


def _fairface(folder: Path) -> Iterator[Source]:
    rows = _rows(folder)
    for i, picture in packed_pictures(folder / "pictures.npz"):
        split = {0: "test", 1: "val"}.get(i % 5, "train")
        if i % 10 not in (4, 9):  # enough to train on
            groups = tuple(f"{name} {rows[i][name]}" for name in ("race", "gender", "age"))
            yield Source(picture, split, groups)


def _labelled(pictures: list[Picture]) -> Iterator[Source]:
    """GENKI's, and of LFW a few of each person who is for proof, one of every other who trains."""
    taken: dict[str, int] = {}
    for each in pictures:
        if each.source == "lfw":
            taken[each.person] = number = taken.get(each.person, 0) + 1
            skipped = each.split == "train" and zlib.crc32(each.person.encode()) % 2
            if skipped or number > LFW_PER_PERSON[each.split]:
                continue
        smile = "broad smile" if each.strict == "1" else {"1": "smile", "0": "no smile"}
        named = smile if isinstance(smile, str) else smile.get(each.smile, "unknown")
        picture = cv2.cvtColor(image_files.read(each.path), cv2.COLOR_BGR2GRAY)
        yield Source(picture, each.split, (f"{each.source} {named}",))


def _mtfl(folder: Path) -> Iterator[Source]:
    rows = _rows(folder)
    for i, picture in packed_pictures(folder / "pictures.npz"):
        split = "test" if rows[i]["split"] == "test" else "train" if i % 10 else "val"
        # Most are seen from the front, which the other sets show enough of.
        every = {"test": 2, "val": 1, "train": 6 if rows[i]["pose"] == "3" else 3}[split]
        if i % every == 0:
            groups = tuple(f"{name} {rows[i][name]}" for name in ("glasses", "pose"))
            yield Source(picture, split, groups)


def _rows(folder: Path) -> list[dict[str, str]]:
    table = read_rows(folder / "labels.csv")
    return [dict(zip(table.columns, cells, strict=True)) for _, cells in table.rows]


def pretend_people(count: int, seed: int) -> Iterator[Base]:
    """People of the pretend audience, of all scores, before grounds of any grey."""
    rng = np.random.default_rng(seed)
    for face in draw_people([PATCH_PX / PATCH] * count, seed):
        head = cv2.cvtColor(with_smile(face, float(rng.uniform(0.02, 0.98))), cv2.COLOR_BGR2GRAY)
        patch = np.full((PATCH_PX, PATCH_PX), rng.integers(10, 240), np.float32)
        middle = (np.array(face.box[:2]) + face.box[2:]) / 2
        matrix = np.column_stack([np.eye(2), PATCH_PX / 2 - middle])
        size = (PATCH_PX, PATCH_PX)
        alpha = cv2.warpAffine(face.alpha.astype(np.float32), matrix, size)
        patch += (cv2.warpAffine(head.astype(np.float32), matrix, size) - patch) * alpha
        yield Base(np.rint(patch).astype(np.uint8), np.full((5, 2), np.nan))
