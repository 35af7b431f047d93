"""Films and network streams through OpenCV, where there is nothing else: on a device.

OpenCV ends a film at the first picture that it cannot read, and hands over black ones for
interlaced film: `edge.sources.frames` says what is missing, and refuses a film of one value.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np

from laughtrack.edge.sources.cameras import Picture, by_clock, retrieve
from laughtrack.edge.sources.errors import DamagedPicture, SourceError, without_credentials
from laughtrack.edge.sources.films.film_clock import RisingClock
from laughtrack.edge.sources.films.film_notes import FilmNotes, OpenFilm

if TYPE_CHECKING:
    from laughtrack.edge.sources.cameras import Pictures

# How long a URL may take to open and to give the next picture.
NETWORK_MS = 15_000
# What OpenCV calls Motion-JPEG: today, and in 4.5.
_fourcc = cv2.VideoWriter_fourcc  # type: ignore[attr-defined]  # missing in the stubs alone
MJPEG = [_fourcc(*name) for name in ("MJPG", "mjpe")]
# Matroska and AVI: their length counts from 0, even if the first frame has a later time.
LENGTH_FROM_ZERO = (b"\x1aE\xdf\xa3", b"RIFF")


def open_film(place: str) -> OpenFilm:
    """Open a film or a stream.

    Parameters
    ----------
    place : str
        A file's path or a URL.

    Returns
    -------
    OpenFilm

    Raises
    ------
    SourceError
        It cannot be opened.
    """
    url, notes = "://" in place, FilmNotes()
    timeouts = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, NETWORK_MS]
    timeouts += [cv2.CAP_PROP_READ_TIMEOUT_MSEC, NETWORK_MS]
    capture = cv2.VideoCapture(place, cv2.CAP_FFMPEG, timeouts if url else [])
    if not capture.isOpened():
        if url:
            check = "check the address, the network, user and password"
            raise SourceError(f"cannot open {without_credentials(place)}: {check}")
        raise SourceError(f"cannot read {place} as a video: it is damaged or of another kind")
    # Upright by the container's rotation flag; the default, but not in every release.
    capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)
    count, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    known = count > 0 and 0 < rate < 1000
    # Motion-JPEG over a network carries no times; FFmpeg would count pictures at 25 a second.
    if url and not known and int(capture.get(cv2.CAP_PROP_FOURCC)) in MJPEG:
        return OpenFilm(lambda: by_clock(capture, place), None, True, notes)
    if not known:
        return OpenFilm(lambda: _by_container(capture, notes), None, False, notes)
    grabbed = capture.grab()
    duration_s = count / rate - _counted_s(capture, place, count / rate)
    return OpenFilm(lambda: _by_container(capture, notes, grabbed), duration_s, False, notes)


def _counted_s(capture: cv2.VideoCapture, place: str, length_s: float) -> float:
    """Return how much of a container's length lies before the frame just grabbed, its first."""
    # A URL's kind is not known: rather miss that it is cut short than say so of a whole one.
    if "://" not in place:
        with open(place, "rb") as file:
            if file.read(4) not in LENGTH_FROM_ZERO:
                return 0.0
    # In frames of the container's rate. Older releases of OpenCV cannot tell: 0.
    first_s = capture.get(getattr(cv2, "CAP_PROP_PTS", -1)) / capture.get(cv2.CAP_PROP_FPS)
    return first_s if 0 < first_s < length_s else 0.0


def _by_container(capture: cv2.VideoCapture, notes: FilmNotes, grabbed: bool = False) -> Pictures:
    """Yield every frame of a video with its container's time, the first frame's being 0."""

    def decode() -> np.ndarray:
        try:
            return retrieve(capture)
        except SourceError as error:
            raise DamagedPicture(str(error)) from None

    index, clock = 0, RisingClock(capture.get(cv2.CAP_PROP_FPS))
    try:
        while grabbed or capture.grab():
            grabbed = False
            clock_s = clock(capture.get(cv2.CAP_PROP_POS_MSEC) / 1000)
            # What is told of its length speaks of another clock.
            notes.uncounted_s = math.inf if clock.restarts else 0.0
            yield Picture(index, clock_s, decode)
            index += 1
    finally:
        capture.release()
