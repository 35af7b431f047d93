"""A folder of pictures as one source, in the order that a person would put them in."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Sequence

from laughtrack.edge.sources.cameras import Picture
from laughtrack.edge.sources.errors import SourceError
from laughtrack.edge.sources.pictures import UnreadableImage, in_words, read_picture, sort_files

if TYPE_CHECKING:
    import numpy as np

    from laughtrack.edge.sources.cameras import Pictures


class PictureFolder(NamedTuple):
    """A folder's pictures.

    Attributes
    ----------
    files : list of Path
        In natural order.
    changed_s : float
        When the first was last changed, in seconds since 1970.
    remarks : list of str
        What of the folder was left out, and why.
    """

    files: list[Path]
    changed_s: float
    remarks: list[str]


def natural_order(path: Path) -> tuple[list[tuple[int, str]], str]:
    """Return a sorting key by which frame2 comes before frame10, whatever the zeros in front."""
    # By the name without its ending, or "a" would come after "a-2": a dot is behind a hyphen.
    parts = re.split("([0-9]+)", path.stem.casefold())
    # Text and digits take turns, so that like is compared with like.
    key = [(int(part), "") if k % 2 else (-1, part) for k, part in enumerate(parts)]
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
    within = sorted((p for p in Path(place).iterdir() if not p.is_dir()), key=natural_order)
    files, left_out = sort_files(within)
    if not files:
        what = f": {'; '.join(left_out)}" if left_out else ": it has no files"
        raise SourceError(f"{place} holds no pictures{what}; expected .jpg, .png or the like")
    return PictureFolder(files, files[0].stat().st_mtime, in_words(place, left_out))


def by_folder(files: Sequence[Path], rate_hz: float) -> Pictures:
    """Yield a folder's pictures one for each look, since they have no times of their own.

    Raises
    ------
    SourceError
        One cannot be read, or is of another size than the first.
    """
    shape = _read(files[0]).shape

    def read(path: Path) -> np.ndarray:
        image = _read(path)
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


def _read(path: Path) -> np.ndarray:
    try:
        return read_picture(path)
    except UnreadableImage as error:
        raise SourceError(f"cannot read {error}; remove it from the folder") from None
