"""A folder of pictures as one source: which files are its pictures, their order, reading one."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Sequence

import cv2
import numpy as np

from laughtrack.edge.sources.cameras import Picture
from laughtrack.edge.sources.errors import SourceError

if TYPE_CHECKING:
    from laughtrack.edge.sources.cameras import Pictures

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}


class PictureFolder(NamedTuple):
    """A folder's pictures in their order, and when the first was last changed (s since 1970)."""

    files: list[Path]
    changed_s: float


def natural_order(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Return a sorting key by which frame2 comes before frame10, whatever the zeros in front."""
    parts = re.split(r"([0-9]+)", path.name.casefold())
    # Text and digits take turns, so that like is compared with like.
    key = [(int(part), "") if part.isdigit() else (-1, part) for part in parts]
    return key, path.name


def open_folder(place: str) -> PictureFolder:
    """List a folder's pictures.

    Parameters
    ----------
    place : str

    Raises
    ------
    SourceError
        It holds none.
    """
    files = sorted(
        (path for path in Path(place).iterdir() if path.suffix.lower() in SUFFIXES),
        key=natural_order,
    )
    if not files:
        raise SourceError(f"{place} holds no pictures: expected {' '.join(sorted(SUFFIXES))}")
    return PictureFolder(files, files[0].stat().st_mtime)


def by_folder(files: Sequence[Path], rate_hz: float) -> Pictures:
    """Yield a folder's pictures one for each look, since they have no times of their own.

    Raises
    ------
    SourceError
        One cannot be read, or is of another size than the first.
    """
    shape = read_picture(files[0]).shape

    def read(path: Path) -> np.ndarray:
        image = read_picture(path)
        # Faces are followed from place to place, which means nothing across pictures of two sizes.
        if image.shape != shape:
            (height, width), (high, wide) = shape[:2], image.shape[:2]
            raise SourceError(
                f"{path} has {wide} x {high} pixels, the folder's first picture {width} x {height}:"
                " a folder is one camera's pictures, all of one size; take the others out"
            )
        return image

    for index, path in enumerate(files):
        yield Picture(index, index / rate_hz, partial(read, path))


def read_picture(path: Path) -> np.ndarray:
    """Read a picture: ndarray, shape (height, width, 3), BGR, uint8.

    Raises
    ------
    SourceError
        It cannot be read.
    """
    image = cv2.imdecode(np.fromfile(os.fspath(path), np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise SourceError(f"cannot read {path} as a picture: remove it from the folder")
    return image
