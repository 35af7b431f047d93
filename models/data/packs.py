"""Pictures that lie many in one file, each with a path of its own: the file's, and its number.

`mtfl/pictures.npz/17` is the 18th picture of a pack. A pack is one of

- `NAME.npz`: encoded pictures end to end in `jpeg`, and where each begins, and the last ends, in
  `start`;
- `NAME.csv`: a column `pixels` of square grey pictures, as FER2013's `fer2013.csv`: 0 to 255, row
  by row, a space between.
"""

from __future__ import annotations

import csv
import os
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from laughtrack.edge.sources.pictures import UnreadableImage

SUFFIXES = (".npz", ".csv")
OPEN_PACKS = 6  # held in memory, some 30 to 100 MB each
FETCH = "fetch the file again"


def pack_of(path: str | Path) -> Path | None:
    """Return the pack that a picture lies in.

    Parameters
    ----------
    path : path

    Returns
    -------
    Path, or None for a picture with a file of its own
    """
    path = Path(path)
    inside = path.name.isdecimal() and path.parent.suffix.lower() in SUFFIXES
    return path.parent if inside and not path.parent.is_dir() else None


def file_of(path: str | Path) -> Path:
    """Return the file that holds a picture: its pack, or the picture's own.

    Parameters
    ----------
    path : path
    """
    return pack_of(path) or Path(path)


def read(path: str | Path) -> np.ndarray:
    """Read a picture of a pack.

    Parameters
    ----------
    path : path, PACK/NUMBER, numbers from 0 on

    Returns
    -------
    ndarray, shape (height, width, 3), BGR, uint8

    Raises
    ------
    UnreadableImage
        Naming the picture and what is wrong.
    """
    path = Path(path)
    pack, number = path.parent, int(path.name)
    try:
        modified = os.stat(pack).st_mtime_ns
    except OSError as error:
        raise UnreadableImage(f"{pack}: missing ({error.strerror})") from None
    if pack.suffix.lower() == ".csv":
        pixels = _pixel_table(pack, modified)
        _check_number(path, number, len(pixels))
        return cv2.cvtColor(pixels[number], cv2.COLOR_GRAY2BGR)
    encoded, start = _encoded_pack(pack, modified)
    _check_number(path, number, len(start) - 1)
    data = encoded[start[number] : start[number + 1]]
    image = cv2.imdecode(data, cv2.IMREAD_COLOR) if len(data) else None
    if image is None:
        raise UnreadableImage(f"{path}: no picture, or a broken one: {FETCH}")
    return image


def count(pack: Path) -> int:
    """Return how many pictures a pack holds.

    Raises
    ------
    UnreadableImage
        If it is no pack, or cannot be read.
    """
    try:
        modified = os.stat(pack).st_mtime_ns
    except OSError as error:
        raise UnreadableImage(f"{pack}: missing ({error.strerror})") from None
    if pack.suffix.lower() == ".csv":
        return len(_pixel_table(pack, modified))
    return len(_encoded_pack(pack, modified)[1]) - 1


def pixel_rows(table: Path) -> Iterator[dict[str, str]]:
    """Read FER2013's table row by row: it is too large to hold as text.

    Parameters
    ----------
    table : Path

    Yields
    ------
    dict of str, by column, blanks around names taken off

    Raises
    ------
    ValueError
        If it cannot be read or has no column `pixels`.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.reader(file)
            columns = [name.strip() for name in next(rows, [])]
            if "pixels" not in columns:
                raise ValueError(
                    f"{table} has no column 'pixels', only {', '.join(columns)[:200] or 'nothing'}"
                )
            for cells in rows:
                if cells:
                    yield dict(zip(columns, cells, strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"cannot read {table}: {error}: {FETCH}") from None


@lru_cache(maxsize=OPEN_PACKS)
def _encoded_pack(pack: Path, modified: int) -> tuple[np.ndarray, np.ndarray]:
    """Return all bytes of a pack, and where each picture begins; `modified` tells versions."""
    try:
        # NumPy leaves the file open if it is no pack.
        with pack.open("rb") as file, np.load(file) as stored:
            encoded, start = stored["jpeg"], stored["start"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UnreadableImage(f"{pack}: no pack of pictures ({error}): {FETCH}") from None
    ascending = start.ndim == encoded.ndim == 1 and len(start) and (np.diff(start) >= 0).all()
    if not ascending or start[0] < 0 or start[-1] > len(encoded):
        raise UnreadableImage(f"{pack}: 'start' does not fit 'jpeg': {FETCH}")
    return encoded, start


@lru_cache(maxsize=2)
def _pixel_table(table: Path, modified: int) -> np.ndarray:
    """Return all pictures of a table of pixels (N, side, side); `modified` tells versions."""
    pictures: list[np.ndarray] = []
    try:
        for number, row in enumerate(pixel_rows(table)):
            values = np.array((row.get("pixels") or "").split(), np.uint8)
            side = round(len(values) ** 0.5)
            if not side or side * side != len(values) or (pictures and len(pictures[0]) != side):
                raise ValueError(f"{table}: picture {number} has {len(values)} pixels: {FETCH}")
            pictures.append(values.reshape(side, side))
    except (ValueError, OverflowError) as error:
        raise UnreadableImage(str(error)) from None
    return np.array(pictures, np.uint8)


def _check_number(path: Path, number: int, pictures: int) -> None:
    if number >= pictures:
        raise UnreadableImage(f"{path}: the pack holds {pictures:,} pictures, numbered from 0 on")
