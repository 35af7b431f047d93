"""Cameras: their pictures have the time of their arrival, and an end is an error."""

from __future__ import annotations

import math
import time
from functools import partial
from typing import TYPE_CHECKING, Callable, Generator, NamedTuple, Union

import cv2
import numpy as np

from laughtrack.edge.sources import deeplens
from laughtrack.edge.sources.backoff import Backoff
from laughtrack.edge.sources.errors import SourceError, without_credentials

# Without a picture for so long, the camera is given up with an error.
PATIENCE_S = 15.0


class Picture(NamedTuple):
    """A picture that was received: its number from 0, its time in seconds, and how to decode it."""

    number: int
    clock_s: float
    decode: Callable[[], np.ndarray]


class FilmPicture(NamedTuple):
    """A film's `Picture`, which has its light at hand: `grey` decodes it, and makes no colours."""

    number: int
    clock_s: float
    decode: Callable[[], np.ndarray]
    grey: Callable[[], np.ndarray]


if TYPE_CHECKING:
    Pictures = Generator[Union[Picture, FilmPicture], None, None]


def _no_picture() -> np.ndarray:
    raise ValueError("there is no picture to decode")


# What an iterator of pictures yields while it waits: no picture, but a chance to be stopped.
NOTHING = Picture(-1, -math.inf, _no_picture)
# Waits are cut into pieces of this length.
STEP_S = 0.1
# After a failure awscam is left alone for so long, each time twice as long, up to the second.
BACKOFF_S = (0.05, 2.0)
# While awscam has no new picture it is asked this often.
POLL_S = 0.02
# Grey levels: a picture with less between its darkest and lightest may well repeat itself.
_DARK = 16


def by_clock(capture: cv2.VideoCapture, place: str) -> Pictures:
    """Yield the pictures of an open camera or stream with the time of their arrival.

    Parameters
    ----------
    capture : cv2.VideoCapture
        Released at the end.
    place : str
        As for `edge.sources.frames.Source`.

    Yields
    ------
    Picture

    Raises
    ------
    SourceError
        At the end: a camera has none. A grab that is stuck in its driver is not ended here.
    """
    index, now_s = 0, 0.0
    first_s: float | None = None
    try:
        while capture.grab():
            now_s = time.monotonic()
            first_s = now_s if first_s is None else first_s
            yield Picture(index, now_s - first_s, lambda: retrieve(capture))
            index += 1
    finally:
        capture.release()
    if first_s is not None:
        raise stopped(place, now_s - first_s)
    if "://" not in place:
        raise SourceError(f"camera {place} gives no picture: does another program use it?")


def stopped(place: str, after_s: float) -> SourceError:
    """Return the error of a camera or stream that gave pictures for so long and then no more."""
    what, check = f"camera {place}", "its cable or power"
    if "://" in place:
        what, check = f"the stream {without_credentials(place)}", "the sender and the network"
    return SourceError(
        f"{what} stopped after {after_s:.1f} s: check {check}; what was recorded until then is kept"
    )


def retrieve(capture: cv2.VideoCapture) -> np.ndarray:
    """Decode the frame just grabbed: ndarray, shape (H, W, 3), uint8, BGR.

    Raises
    ------
    SourceError
        If it is damaged.
    """
    ok, image = capture.retrieve()
    if not ok:
        raise SourceError("a frame was received but could not be decoded")
    return image


def by_awscam(rate_hz: float) -> Pictures:
    """Open the DeepLens's camera by its own module.

    Parameters
    ----------
    rate_hz : float
        Looks a second: it is not asked for more pictures than these.

    Returns
    -------
    iterator of Picture
        Each picture once, or `NOTHING`. Timed when the module handed it out: it has no times of its
        own. It raises `SourceError` after `PATIENCE_S` without a new picture.

    Raises
    ------
    SourceError
        There is no such module here.
    """
    try:
        module = deeplens.awscam()
    except ImportError as error:
        raise SourceError(f"cannot open the camera awscam: {error}") from error
    return _polled(module.getLastFrame, rate_hz)


def _polled(last_frame: Callable[[], tuple[bool, np.ndarray]], rate_hz: float) -> Pictures:
    index, tries = 0, 0
    first_s: float | None = None
    last: np.ndarray | None = None
    fresh_s, backoff = time.monotonic(), Backoff(*BACKOFF_S)
    while True:
        image, problem = _ask(last_frame)
        now_s = time.monotonic()
        if image is not None:
            backoff.reset()
            problem = "always the same picture"
        if image is not None and not _repeats(image, last):
            # Nobody says whether the module writes its next picture over this one.
            last = image.copy()
            first_s = now_s if first_s is None else first_s
            fresh_s, tries = now_s, 0
            yield Picture(index, now_s - first_s, partial(_same, last))
            index += 1
            step = math.floor((now_s - first_s) * rate_hz) + 1
            pause_s = first_s + step / rate_hz - time.monotonic()
        else:
            tries += 1
            if now_s - fresh_s > PATIENCE_S:
                raise SourceError(
                    f"the camera awscam gave no new picture for {now_s - fresh_s:.0f} s, asked "
                    f"{tries} times ({problem}): start the device anew if this goes on"
                )
            pause_s = backoff.next_s() if image is None else POLL_S
        yield from waiting(pause_s)


def waiting(pause_s: float) -> Pictures:
    """Wait, yielding `NOTHING` often enough to be stopped in between.

    Parameters
    ----------
    pause_s : float
        In seconds; below 0 is 0.
    """
    until_s = time.monotonic() + pause_s
    while True:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            return
        time.sleep(min(left_s, STEP_S))
        yield NOTHING


def _same(image: np.ndarray) -> np.ndarray:
    return image


def _ask(last_frame: Callable[[], tuple[bool, np.ndarray]]) -> tuple[np.ndarray | None, str]:
    """Return the picture and "", or None and why there is none."""
    try:
        there, image = last_frame()
    except Exception as error:  # Which ones it raises is not documented.
        return None, f"getLastFrame: {error}"
    if not there:
        return None, "getLastFrame has none"
    if not (isinstance(image, np.ndarray) and image.ndim == 3 and image.size):
        return None, "what getLastFrame gave is no picture"
    return image, ""


def _repeats(image: np.ndarray, last: np.ndarray | None) -> bool:
    """Whether this is the last picture again. A dark room repeats itself and is none."""
    if last is None or image.shape != last.shape:
        return False
    sample = image[::16, ::16]
    if not np.array_equal(sample, last[::16, ::16]) or int(np.ptp(sample)) < _DARK:
        return False
    return np.array_equal(image, last)
