"""Picture files: which kinds there are, which of a folder's files are some, and reading one whole.

Folders of footage, data sets and `laughtrack faces` all take their pictures by these functions.
"""

from __future__ import annotations

import contextlib
import io
import os
from collections import Counter
from pathlib import Path
from typing import Iterable, NamedTuple

import cv2
import numpy as np

from laughtrack.edge.sources.errors import SourceError

# Kinds that OpenCV reads; of some by the ending that it knows them under, since an older one, or
# one that was built without their library, reads them not.
_JPEG = {".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp"}
_OTHERS = {".png", ".bmp", ".dib", ".tif", ".tiff", ".ppm", ".pgm", ".pbm", ".pnm"}
_BY_LIBRARY = {".webp": ".webp", ".gif": ".gif", ".avif": ".avif", ".jp2": ".jp2"}
_HEIF = {".heic", ".heif", ".hif"}
# Kinds of pictures that nothing here reads: they are named, so that nobody waits for them.
_UNREAD = {".jxl", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".raf", ".rw2", ".psd", ".svg"}
_UNREAD |= {".j2k", ".jpx", ".exr", ".hdr", ".xcf", ".eps", ".tga"}
SUFFIXES = _JPEG | _OTHERS | set(_BY_LIBRARY) | _HEIF
# What a HEIC file says of itself after its first four bytes and `ftyp`.
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"hevc")
# Files and folders of systems and programs that nobody put there.
_SYSTEM = {"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "__macosx", "@eadir", "picasa.ini"}
_CURE = "save them as JPEG or PNG"
NO_PICTURE = "no picture by the name"
HEIF_CURE = "pip install 'laughtrack[heic]', or " + _CURE


class UnreadableImage(SourceError, ValueError):
    """A picture that is missing, empty, cut short or no picture; the message names it."""


class Sorted(NamedTuple):
    """Files told apart.

    Attributes
    ----------
    pictures : list of Path
        In the order given.
    left_out : list of str
        What the others are, how many, which one for instance, and what helps; a line a kind.
    """

    pictures: list[Path]
    left_out: list[str]


def is_hidden(name: str) -> bool:
    """Whether a file or folder is a system's own: hidden, a Mac's ``._`` file, Thumbs.db."""
    return name.startswith(".") or name.lower() in _SYSTEM


def sort_files(paths: Iterable[Path], quiet: bool = False) -> Sorted:
    """Tell a folder's pictures from its other files.

    Parameters
    ----------
    paths : iterable of Path
    quiet : bool
        Files that are no pictures are not listed: where labels and texts are at home.

    Returns
    -------
    Sorted
    """
    pictures: list[Path] = []
    count: Counter[str] = Counter()
    example: dict[str, str] = {}
    for path in paths:
        what = why_left_out(path)
        if not what:
            pictures.append(path)
            continue
        if quiet and what == NO_PICTURE:
            continue
        count[what] += 1
        example.setdefault(what, path.name)
    return Sorted(pictures, [f"{count[what]} {what}: {example[what]}" for what in sorted(count)])


def why_left_out(path: Path) -> str:
    """Return "" for a picture by its name, else what the file is and what helps.

    Parameters
    ----------
    path : Path
    """
    suffix = path.suffix.lower()
    if is_hidden(path.name):
        return "hidden (a system's own)"
    if suffix in _UNREAD:
        return f"{suffix} (not read here: {_CURE})"
    if suffix not in SUFFIXES:
        return NO_PICTURE
    if suffix in _HEIF and not _reads_heif():
        return f"{suffix} (not read here: {HEIF_CURE})"
    # What can be written can be read, and only this can be asked without a file.
    if suffix in _BY_LIBRARY and not cv2.haveImageWriter("x" + _BY_LIBRARY[suffix]):
        return f"{suffix} (not read by this OpenCV: {_CURE})"
    return ""


def read_picture(path: str | Path) -> np.ndarray:
    """Read a picture; of a moving one the first frame. What it is counts, not how it is called.

    OpenCV's own `imread` silently fills up a JPEG that was cut short with grey. Its decoder
    of bytes refuses it, and doesn't mind how the file is called.

    Parameters
    ----------
    path : path

    Returns
    -------
    ndarray, shape (height, width, 3), BGR, uint8
        Upright, where the file says how it was held.

    Raises
    ------
    UnreadableImage
        Naming the picture and what is wrong.
    """
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise UnreadableImage(f"{path}: missing") from None
    except OSError as error:
        raise UnreadableImage(f"{path}: cannot be read ({error.strerror})") from None
    if not data:
        raise UnreadableImage(f"{path}: the file is empty")
    image = None
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        if not _reads_heif():
            raise UnreadableImage(f"{path}: a HEIC picture: {HEIF_CURE}")
        image = _decode_heif(data)
    else:
        with contextlib.suppress(cv2.error):
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise UnreadableImage(f"{path}: no picture, or a broken one")
    return image


def _reads_heif() -> bool:
    try:
        import pi_heif  # noqa: F401
    except ImportError:
        return False
    return True


def _decode_heif(data: bytes) -> np.ndarray | None:
    import pi_heif

    try:
        found = pi_heif.open_heif(io.BytesIO(data), bgr_mode=True)
        image = np.asarray(found)
    except (ValueError, OSError, EOFError, RuntimeError, SyntaxError):
        return None
    if image.ndim == 2:
        return cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    return np.ascontiguousarray(image[:, :, :3])


def in_words(folder: str | os.PathLike[str], left_out: Iterable[str]) -> list[str]:
    """Return what was left out of a folder as one line, or none."""
    parts = "; ".join(left_out)
    return [f"left out of {os.fspath(folder)}: {parts}"] if parts else []
