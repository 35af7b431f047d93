"""The annotated picture: a film file, a page on this machine's own address, or into a FIFO."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Union

import cv2

from laughtrack.edge.file_lock import try_lock
from laughtrack.edge.preview.draw import draw, shrink
from laughtrack.edge.preview.fifo import PROJECT_STREAM, FifoPreview
from laughtrack.edge.preview.page import PagePreview

if TYPE_CHECKING:
    from laughtrack.edge.readings import Reading
    from laughtrack.edge.sources.frames import Frame
    from laughtrack.tracker.tracks import Track


def open_preview(place: str, rate_hz: float, footage: str | None = None) -> Preview:
    """Open a preview.

    Parameters
    ----------
    place : str
        A file name ending in .mp4; or a port, 1 to 65535, for a page whose `address` is the
        owner's to know; or ``fifo``, the DeepLens's project stream, ``fifo:GROUP`` where the users
        of a group may read it, too, or a FIFO's path. An older film of that name is replaced.
    rate_hz : float
        Looks a second, the film's frame rate.
    footage : str, optional
        Where the frames come from, as for `edge.sources.frames.Source`.

    Returns
    -------
    FilmPreview, PagePreview or FifoPreview
        With ``show(frame, tracks, readings)``, ``close()`` and, for a run that failed,
        ``discard()``; a page has its `address`.

    Raises
    ------
    ValueError
        If `place` is none of these, or is the footage itself.
    OSError
        If there is no such folder to write to, or the port is taken, or the FIFO is not ours.
    """
    if place.isascii() and place.isdigit():
        if not 1 <= int(place) <= 65535:
            raise ValueError(f"preview is {place!r}: expected a port from 1 to 65535")
        return PagePreview(int(place))
    word, _, group = place.partition(":")
    path = PROJECT_STREAM if word == "fifo" else place
    if footage is not None and os.path.exists(footage) and _is_same_file(footage, path):
        raise ValueError(f"preview is {place!r}: it would overwrite the footage; name another")
    if word == "fifo":
        return FifoPreview(path, group)
    if os.path.exists(place) and stat.S_ISFIFO(os.stat(place).st_mode):
        return FifoPreview(path)
    if not place.lower().endswith(".mp4"):
        raise ValueError(
            f"preview is {place!r}: expected a file ending in .mp4, a port number, or fifo"
        )
    folder = os.path.dirname(place) or "."
    if not os.path.isdir(folder):
        raise OSError(f"cannot write the preview {place}: no folder {folder}")
    if os.path.isdir(place):
        raise OSError(f"cannot write the preview {place}: it is a folder")
    return FilmPreview(place, rate_hz)


def _is_same_file(first: str, second: str) -> bool:
    return os.path.exists(second) and os.path.samefile(first, second)


def check_film(path: str | Path, frames: int) -> None:
    """Check that a film just written can be opened and is whole.

    Parameters
    ----------
    path : str or Path
    frames : int
        How many were written.

    Raises
    ------
    OSError
        If it has another number of frames: OpenCV's writer says nothing when the disk is full.
    """
    video = cv2.VideoCapture(str(path))
    found = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    video.release()
    if found != frames:
        raise OSError(f"only {found} of {frames} frames were written (disk full?)")


class FilmPreview:
    """Writes an .mp4, for its owner alone; under a name of its own until it is whole."""

    def __init__(self, path: str, rate_hz: float) -> None:
        self._path, self._rate_hz = path, rate_hz
        stem = path[: -len(".mp4")]
        self._part = f"{stem}.{os.getpid()}.part.mp4"
        self._lock: int | None = None
        _remove_stale(stem)
        self._writer: cv2.VideoWriter | None = None
        self._size = (0, 0)
        self._shown = 0

    def show(self, frame: Frame, tracks: list[Track], readings: list[Reading]) -> None:
        """Append one annotated frame."""
        picture = shrink(draw(frame.image, tracks, readings))
        if self._writer is None:
            self._size = (picture.shape[1], picture.shape[0])
            # OpenCV keeps the mode of a file that is there.
            self._lock = _create_private(self._part)
            code = cv2.VideoWriter_fourcc(*"mp4v")  # type: ignore[attr-defined]  # not in its stubs
            self._writer = cv2.VideoWriter(self._part, code, self._rate_hz, self._size)
            if not self._writer.isOpened():
                raise OSError(f"cannot write the preview {self._path}: check the folder")
        # A stream may change the size of its pictures; a film has one.
        self._writer.write(cv2.resize(picture, self._size))
        self._shown += 1

    def close(self) -> None:
        """Finish the film and give it its name, unless no frame was shown.

        Raises
        ------
        OSError
            If the film is not whole; an older one of its name stays.
        """
        if self._writer is None:
            return
        self._release()
        try:
            check_film(self._part, self._shown)
            os.replace(self._part, self._path)
        except OSError as error:
            raise OSError(f"cannot write the preview {self._path}: {error}") from error
        finally:
            self.discard()

    def discard(self) -> None:
        """Remove what was written; a film of that name, whole before, stays."""
        self._release()
        if os.path.exists(self._part):
            os.remove(self._part)
        if self._lock is not None:
            os.close(self._lock)
        self._lock = None

    def _release(self) -> None:
        if self._writer is not None:
            self._writer.release()
        self._writer = None


def _create_private(path: str) -> int:
    """Make an empty file that only its owner reads, and nothing a link points to; locked."""
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try_lock(file)
    return file


def _remove_stale(stem: str) -> None:
    """Remove what programs that were killed left of a film: it shows the room."""
    for part in glob.glob(glob.escape(stem) + ".*.part.mp4"):
        with contextlib.suppress(OSError):
            file = os.open(part, os.O_WRONLY | os.O_NOFOLLOW)
            try:
                if try_lock(file):  # else another is at work on it
                    os.remove(part)
            finally:
                os.close(file)


Preview = Union[FilmPreview, PagePreview, FifoPreview]
