"""Open a source of pictures: a file, folder, camera or stream, each as one iterator."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple, Sequence

import cv2

from laughtrack.edge.sources.cameras import by_awscam, by_clock
from laughtrack.edge.sources.errors import SourceError
from laughtrack.edge.sources.fifo import by_fifo
from laughtrack.edge.sources.films import av_video, cv_video
from laughtrack.edge.sources.picture_folder import by_folder, open_folder

if TYPE_CHECKING:
    from laughtrack.edge.sources.cameras import Pictures
    from laughtrack.edge.sources.films.film_notes import FilmNotes

# How late an endless stream may become before pictures are dropped.
LATE_S = 1.0


class OpenSource(NamedTuple):
    """A source that can be read.

    Attributes
    ----------
    pictures : function
        Without arguments; a generator of `Picture`, and of `edge.sources.cameras.NOTHING` while a
        camera waits for its next picture.
    duration_s : float or None
        From the first frame on, as the container says; None: no end is known.
    late_s : float or None
        Late by this much, pictures are dropped; None: the source waits.
    changed_s : float
        When the recording was made, as near as can be told, in seconds since 1970.
    remarks : sequence of str
        What is to be told of it, a line each: what of it is not read.
    notes : FilmNotes or None
        What a film's reader notes of it while it reads.
    """

    pictures: Callable[[], Pictures]
    duration_s: float | None
    late_s: float | None
    changed_s: float
    remarks: Sequence[str] = ()
    notes: FilmNotes | None = None


def leave_no_core() -> None:
    """Have the system write no memory image of this process should it crash: pictures are in it."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def open_source(place: str, rate_hz: float) -> OpenSource:
    """Open a source of pictures.

    Parameters
    ----------
    place : str
        As for `edge.sources.frames.Source`.
    rate_hz : float
        Looks a second: how fast a folder's pictures follow one another.

    Returns
    -------
    OpenSource

    Raises
    ------
    SourceError
        There is nothing at that place, or nothing that can be read.
    """
    leave_no_core()
    if place == "awscam":
        pictures = by_awscam(rate_hz)
        return OpenSource(lambda: pictures, None, 0.0, time.time())
    path = Path(place)
    number = re.fullmatch("[0-9]{1,9}", place)
    camera = int(place) if number else place if place.startswith("/dev/") else None
    if camera is not None and not path.is_file():
        capture = cv2.VideoCapture(camera, cv2.CAP_V4L2)
        if not capture.isOpened():
            raise SourceError(f"no camera at {place}: check that it is plugged in and readable")
        return OpenSource(lambda: by_clock(capture, place), None, 0.0, time.time())
    if "://" in place:
        return _open_video(place, time.time())
    if path.is_fifo():
        return OpenSource(lambda: by_fifo(place, rate_hz), None, 0.0, time.time())
    if path.is_dir():
        files, stamp, remarks = open_folder(place)
        read = partial(by_folder, files, rate_hz)
        return OpenSource(read, len(files) / rate_hz, None, stamp, remarks)
    if not path.exists():
        raise SourceError(f"no file {place}: check the name")
    return _open_video(place, path.stat().st_mtime)


def _open_video(place: str, stamp: float) -> OpenSource:
    film = (av_video if _has_av() else cv_video).open_film(place)
    late_s = LATE_S if "://" in place and film.duration_s is None else None
    late_s = 0.0 if film.by_arrival else late_s
    # What is known already is told at once.
    remarks, film.notes.remarks = film.notes.remarks, []
    return OpenSource(film.pictures, film.duration_s, late_s, stamp, remarks, film.notes)


def _has_av() -> bool:
    """Whether PyAV is here, as on a host; a device reads films by OpenCV."""
    return importlib.util.find_spec("av") is not None
