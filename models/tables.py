"""The label table: one CSV file of pictures and what is known of each.

Conventions
-----------
- One row a picture, known by its path: adding it again adds no row and changes no label.
- A path is relative to the table's own folder; one that lies elsewhere is absolute.
- An empty cell is what nobody said. Rekognition's columns are numbers from 0 to 1.
"""

from __future__ import annotations

import fcntl
import math
import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from models import csv_files, labels

POSE = ("yaw_rad", "pitch_rad", "roll_rad")
REKOGNITION = tuple("rek_" + name for name in labels.REKOGNITION)
NEEDED = ("picture", "source", "person", "smile")
COLUMNS = (*NEEDED, "strict", "emotion", *POSE, "rekognition_list", *REKOGNITION)
FILLED = ("smile", "strict", "emotion", "rekognition_list")  # what a later set may fill in


class Merged(NamedTuple):
    """A table after more pictures came: what changed, and what was left as it was."""

    pictures: list  # of Picture: the known ones first, in their order
    added: int  # pictures that were not known
    filled: int  # known pictures that got a label they lacked
    disputed: list  # of str: labels that differ from the table's, which stay


def read(path):
    """Read a label table.

    Parameters
    ----------
    path : path

    Returns
    -------
    list of Picture
        In the file's order; the split comes from the person.

    Raises
    ------
    ValueError
        If it is no such table, or a row is wrong: naming the file, the line, the cell's value.
    """
    return _read(Path(path), csv_files.read(path, NEEDED, whole=True))


def _read(path, lines):
    known, listed = {}, []
    for line, row in lines:
        try:
            picture = _picture(row, path.parent)
        except ValueError as error:
            raise ValueError(f"{path}, line {line}: {error}") from None
        before = known.setdefault(_key(picture), line)
        if before != line:
            raise ValueError(f"{path}, line {line}: {row['picture']} is in line {before} too")
        listed.append(picture)
    return listed


def write(path, pictures):
    """Write a label table, whole or not at all.

    Parameters
    ----------
    path : path
    pictures : iterable of Picture
    """
    csv_files.write(path, COLUMNS, (cells(picture, Path(path).parent) for picture in pictures))


def cells(picture, folder):
    """Make a row of a picture.

    Parameters
    ----------
    picture : Picture
    folder : path
        Where the table lies.

    Returns
    -------
    dict of str
    """
    place = Path(os.path.abspath(picture.path))
    folder = Path(os.path.abspath(folder))
    inside = place.is_relative_to(folder)
    row = {"picture": (place.relative_to(folder) if inside else place).as_posix()}
    row |= {k: getattr(picture, k) for k in COLUMNS if k in picture._fields}
    row |= {k: "" if math.isnan(v) else f"{v:g}" for k, v in zip(POSE, picture.pose, strict=True)}
    return row | dict(zip(REKOGNITION, picture.rekognition, strict=True))


def add(path, pictures):
    """Add pictures to a table, which is made if it isn't there.

    Parameters
    ----------
    path : path
    pictures : iterable of Picture

    Returns
    -------
    Merged

    Raises
    ------
    ValueError
        If what is there is no such table, or one with more columns, which would be lost.
    OSError
        If it cannot be written; what was there stays.
    """
    path = Path(path)
    with held(path):
        lines = csv_files.read(path, NEEDED, whole=True) if path.exists() else []
        more = [name for name in (lines[0][1] if lines else ()) if name not in COLUMNS]
        if more:
            raise ValueError(
                f"{path} has more columns than a label table ({', '.join(more)}), which would be "
                "lost: name another file with --out"
            )
        merged = merge(_read(path, lines), pictures)
        if merged.added or merged.filled:
            write(path, merged.pictures)
    return merged


@contextmanager
def held(path):
    """Hold a table while it is read and written again: a second command waits for the first.

    Parameters
    ----------
    path : path
        Its folder is made if it isn't there, and is what is held: that leaves no other file.

    Raises
    ------
    OSError
        If the folder cannot be made or opened.
    """
    folder = Path(path).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise OSError(f"cannot write {path}: {error.strerror}") from None
    try:
        with suppress(OSError):  # some network disks hold no folders: better alone than not at all
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def merge(known, pictures):
    """Join pictures to those of a table: none twice, no label changed, missing ones filled in.

    Parameters
    ----------
    known : list of Picture
    pictures : iterable of Picture

    Returns
    -------
    Merged
    """
    places = {_key(picture): i for i, picture in enumerate(known)}
    joined, filled, disputed = list(known), set(), []
    for picture in pictures:
        row = places.setdefault(_key(picture), len(joined))
        if row == len(joined):
            joined.append(picture)
            continue
        more, differ = _filled(joined[row], picture)
        disputed += differ
        if more != joined[row]:
            joined[row] = more
            filled |= {row} if row < len(known) else set()
    return Merged(joined, len(joined) - len(known), len(filled), disputed)


def _filled(old, new):
    """Return the old picture with what it lacks, and what the new one says otherwise."""
    # LFW's smile is made of its two hand labels, and may change when the second one comes.
    asked = FILLED[1:] if old.source == new.source == "lfw" else FILLED
    pairs = {name: (getattr(old, name), getattr(new, name)) for name in asked}
    differ = [
        f"{old.path}: {name} stays {a!r}, and is not {b!r}"
        for name, (a, b) in pairs.items()
        if a and b and a != b
    ]
    more = {name: b for name, (a, b) in pairs.items() if b and not a}
    if math.isnan(old.pose[0]) and not math.isnan(new.pose[0]):
        more["pose"] = new.pose
    if not any(old.rekognition) and any(new.rekognition):
        more["rekognition"] = new.rekognition
    made = old._replace(**more) if more else old
    if old.source == "lfw" and more:
        made = made._replace(smile=labels.lfw_smile(made.strict, made.emotion) or made.smile)
    return made, differ


def _key(picture):
    return os.path.realpath(picture.path)


def _picture(row, folder):
    """Make a picture of a table's row; ValueError says which cell is wrong."""
    for name in ("picture", "person"):
        if not row[name]:
            raise ValueError(f"{name} is empty")
    for name in ("smile", "strict"):
        if row.get(name, "") not in ("", "0", "1"):
            raise ValueError(f"{name} is {row[name]!r}: expected 0, 1 or nothing")
    return labels.Picture(
        path=Path(folder) / row["picture"],
        source=row["source"],
        person=row["person"],
        split=labels.split_of(row["person"]),
        smile=row["smile"],
        strict=row.get("strict", ""),
        emotion=row.get("emotion", ""),
        pose=pose(row),
        rekognition=rekognition(row),
        rekognition_list=row.get("rekognition_list", ""),
    )


def pose(row):
    """Read a head's pose.

    Parameters
    ----------
    row : dict of str

    Returns
    -------
    tuple of float: yaw, pitch, roll in radians, NaN where nobody said

    Raises
    ------
    ValueError
        Naming the column that holds no number.
    """
    return tuple(_number(name, row.get(name) or "nan") for name in POSE)


def rekognition(row):
    """Read what Rekognition said.

    Parameters
    ----------
    row : dict of str

    Returns
    -------
    tuple of str, as `labels.REKOGNITION`

    Raises
    ------
    ValueError
        Naming the column that holds no number from 0 to 1.
    """
    cells = tuple(row.get(name, "") for name in REKOGNITION)
    for name, cell in zip(REKOGNITION, cells, strict=True):
        if cell and not 0 <= _number(name, cell) <= 1:
            raise ValueError(f"{name} is {cell!r}: expected a number from 0 to 1")
    return cells


def _number(name, cell):
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"{name} is {cell!r}: expected a number") from None
