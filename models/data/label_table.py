"""The label table: one CSV file of pictures and what is known of each.

Conventions
-----------
- One row a picture, known by its path: adding it again adds no row and changes no label.
- A path is relative to the table's own folder; one that lies elsewhere is absolute.
- An empty cell is not known. Rekognition's columns are numbers from 0 to 1.
- A picture that lies in a pack is PACK/NUMBER: see `models.data.packs`.
"""

from __future__ import annotations

import fcntl
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from laughtrack.models.data import csv_files, labels
from laughtrack.models.data.labels import Picture
from laughtrack.tracker.mot import text_numbers

POSE = ("yaw_rad", "pitch_rad", "roll_rad")
REKOGNITION = tuple("rek_" + name for name in labels.REKOGNITION)
REQUIRED = ("picture", "source", "person", "smile")
PEOPLE = ("sex", "age", "race", "glasses", "happiness", "published")
COLUMNS = (*REQUIRED, "strict", "emotion", *POSE, "rekognition_list", *REKOGNITION, *PEOPLE)


def read(path: str | Path) -> list[Picture]:
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
    path = Path(path)
    lines: dict[str, int] = {}
    pictures = []
    for line, row in csv_files.read(path, REQUIRED, complete=True, known=COLUMNS):
        try:
            picture = _parse_picture(row, path.parent)
        except ValueError as error:
            raise ValueError(f"{path}, line {line}: {error}") from None
        before = lines.setdefault(picture_key(picture), line)
        if before != line:
            raise ValueError(f"{path}, line {line}: {row['picture']} is in line {before} too")
        pictures.append(picture)
    return pictures


def write(path: str | Path, pictures: Iterable[Picture]) -> None:
    """Write a label table, whole or not at all.

    Parameters
    ----------
    path : path
    pictures : iterable of Picture
    """
    csv_files.write(path, COLUMNS, (to_row(picture, Path(path).parent) for picture in pictures))


def to_row(picture: Picture, folder: str | Path) -> dict[str, str]:
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
    row = {"picture": relative_name(folder, picture.path)}
    row |= {k: getattr(picture, k) for k in COLUMNS if k in picture._fields}
    row |= {k: "" if math.isnan(v) else f"{v:g}" for k, v in zip(POSE, picture.pose, strict=True)}
    return row | dict(zip(REKOGNITION, picture.rekognition, strict=True))


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Lock a table while it is read and written again: a second command waits for the first.

    Parameters
    ----------
    path : path
        Its folder is made if it isn't there, and is what is locked: that leaves no other file.

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
        with suppress(OSError):  # some network disks lock no folders: better alone than not at all
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def relative_name(folder: str | Path, path: str | Path) -> str:
    """Name a picture as a table in a folder does.

    Parameters
    ----------
    folder, path : path

    Returns
    -------
    str
        Relative to the folder, or absolute when it lies elsewhere; "/" between folders.
    """
    path, folder = Path(os.path.abspath(path)), Path(os.path.abspath(folder))
    return (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()


def picture_key(picture: Picture) -> str:
    """Return what a picture is known by in a table: its path, links followed."""
    return os.path.realpath(picture.path)


def _parse_picture(row: Mapping[str, str], folder: str | Path) -> Picture:
    """Make a picture of a table's row; ValueError names the cell that is wrong."""
    for name in ("picture", "person"):
        if not row[name]:
            raise ValueError(f"{name} is empty")
    for name in ("smile", "strict", "glasses", "published"):
        if row.get(name, "") not in ("", "0", "1"):
            raise ValueError(f"{name} is {row[name]!r}: expected 0, 1 or nothing")
    happiness = row.get("happiness", "")
    if happiness and not 0 <= _parse_number("happiness", happiness) <= 1:
        raise ValueError(f"happiness is {happiness!r}: expected a share from 0 to 1")
    return Picture(
        path=Path(folder) / row["picture"],
        source=row["source"],
        person=row["person"],
        split=labels.split_of(row["person"], row["source"]),
        smile=row["smile"],
        strict=row.get("strict", ""),
        emotion=row.get("emotion", ""),
        pose=parse_pose(row),
        rekognition=parse_rekognition(row),
        rekognition_list=row.get("rekognition_list", ""),
        **{name: row.get(name, "") for name in PEOPLE},
    )


def parse_pose(row: Mapping[str, str]) -> tuple[float, float, float]:
    """Read a head's pose.

    Parameters
    ----------
    row : dict of str

    Returns
    -------
    tuple of float: yaw, pitch, roll in radians, NaN where not known

    Raises
    ------
    ValueError
        Naming the column that holds no number, or one that must be of degrees.
    """
    yaw, pitch, roll = (_parse_number(name, row.get(name) or "nan") for name in POSE)
    for name, angle in zip(POSE, (yaw, pitch, roll), strict=True):
        if abs(angle) > 2 * math.pi:
            raise ValueError(
                f"{name} is {row[name]!r}: expected radians, at most 6.28 either way; of degrees "
                "they are 0.01745 times as much"
            )
    return yaw, pitch, roll


def parse_rekognition(row: Mapping[str, str]) -> tuple[str, ...]:
    """Read Rekognition's answers.

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
        if cell and not 0 <= _parse_number(name, cell) <= 1:
            raise ValueError(f"{name} is {cell!r}: expected a number from 0 to 1")
    return cells


def _parse_number(name: str, cell: str) -> float:
    try:
        return text_numbers.number(cell) if cell != "nan" else math.nan
    except ValueError as error:
        raise ValueError(f"{name}: {error}; expected a number") from None
