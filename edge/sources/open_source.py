"""Open a source of pictures: a file, folder, camera or stream, each as one iterator."""

from __future__ import annotations

import contextlib
import re
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Callable, NamedTuple, Sequence

import cv2

from laughtrack.edge.sources.cameras import Picture, by_awscam, by_clock, retrieve
from laughtrack.edge.sources.errors import SourceError, without_credentials
from laughtrack.edge.sources.fifo import by_fifo
from laughtrack.edge.sources.picture_folder import by_folder, open_folder

if TYPE_CHECKING:
    from laughtrack.edge.sources.cameras import Pictures

# How long a URL may take to open and to give the next picture.
NETWORK_MS = 15_000
# How late an endless stream may become before pictures are dropped.
LATE_S = 1.0
# What OpenCV calls Motion-JPEG: today, and in 4.5.
_fourcc = cv2.VideoWriter_fourcc  # type: ignore[attr-defined]  # missing in the stubs alone
MJPEG = [_fourcc(*name) for name in ("MJPG", "mjpe")]
# Matroska and AVI: their length counts from 0, even if the first frame has a later time.
LENGTH_FROM_ZERO = (b"\x1aE\xdf\xa3", b"RIFF")


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
    """

    pictures: Callable[[], Pictures]
    duration_s: float | None
    late_s: float | None
    changed_s: float
    remarks: Sequence[str] = ()


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
    url = "://" in place
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
        return OpenSource(lambda: by_clock(capture, place), None, 0.0, stamp)
    if not known:
        late_s = LATE_S if url else None
        return OpenSource(lambda: _by_container(capture), None, late_s, stamp)
    grabbed = capture.grab()
    duration_s = count / rate - _counted_s(capture, place, count / rate)
    return OpenSource(lambda: _by_container(capture, grabbed), duration_s, None, stamp)


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


def _by_container(capture: cv2.VideoCapture, grabbed: bool = False) -> Pictures:
    """Yield every frame of a video with its container's time, the first frame's being 0."""
    index = 0
    first_s: float | None = None
    try:
        while grabbed or capture.grab():
            grabbed = False
            clock_s = capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
            first_s = clock_s if first_s is None else first_s
            yield Picture(index, clock_s - first_s, lambda: retrieve(capture))
            index += 1
    finally:
        capture.release()
