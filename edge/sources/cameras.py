"""Cameras: their pictures have the time of their arrival, and an end is an error."""

from __future__ import annotations

import math
import time

import numpy as np

from laughtrack.edge.backoff import Backoff
from laughtrack.edge.sources import deeplens
from laughtrack.edge.sources.errors import SourceError, plain

# No picture for so long: the camera is given up, and whoever reads it told.
PATIENCE_S = 15.0
# What an iterator of pictures yields while it waits: no picture, but a moment to be stopped at.
NOTHING = (-1, -math.inf, None)
# Waits are cut into pieces of this length.
STEP_S = 0.1
# After a failure awscam is left alone for so long, each time twice as long, up to the second.
BACKOFF_S = (0.05, 2.0)
# While awscam has no new picture it is asked this often.
POLL_S = 0.02
# Grey levels: a picture with less between its darkest and lightest may well repeat itself.
_DARK = 16


def by_clock(capture, place):
    """Yield the pictures of an open camera or stream with the time of their arrival.

    Parameters
    ----------
    capture : cv2.VideoCapture
        Released at the end.
    place : str
        As for `edge.sources.frames.Source`.

    Yields
    ------
    index, time in seconds, function that decodes

    Raises
    ------
    SourceError
        At the end: a camera has none. A grab that is stuck in its driver is not ended here.
    """
    index, first_s = 0, None
    try:
        while capture.grab():
            now_s = time.monotonic()
            first_s = now_s if first_s is None else first_s
            yield index, now_s - first_s, lambda: retrieve(capture)
            index += 1
    finally:
        capture.release()
    if index:
        what, check = f"camera {place}", "its cable or power"
        if "://" in place:
            what, check = f"the stream {plain(place)}", "the sender and the network"
        raise SourceError(
            f"{what} stopped after {now_s - first_s:.1f} s: check {check}; "
            "what was recorded until then is kept"
        )
    if "://" not in place:
        raise SourceError(f"camera {place} gives no picture: does another program use it?")


def retrieve(capture):
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


def by_awscam(rate_hz):
    """Open the DeepLens's camera by its own module.

    Parameters
    ----------
    rate_hz : float
        Looks a second: it is not asked for more pictures than these.

    Returns
    -------
    iterator of (index, time in seconds, function that decodes), or `NOTHING`
        Each picture once, timed when the module handed it out: it has no times of its own. It
        raises `SourceError` after `PATIENCE_S` without a new picture.

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


def _polled(last_frame, rate_hz):
    index, first_s, last, tries = 0, None, None, 0
    fresh_s, backoff = time.monotonic(), Backoff(*BACKOFF_S)
    while True:
        image, trouble = _ask(last_frame)
        now_s = time.monotonic()
        if image is not None:
            backoff.reset()
            trouble = "always the same picture"
        if image is not None and not _repeats(image, last):
            # Nobody says whether the module writes its next picture over this one.
            last = image.copy()
            first_s = now_s if first_s is None else first_s
            fresh_s, tries = now_s, 0
            yield index, now_s - first_s, lambda image=last: image
            index += 1
            step = math.floor((now_s - first_s) * rate_hz) + 1
            pause_s = first_s + step / rate_hz - time.monotonic()
        else:
            tries += 1
            if now_s - fresh_s > PATIENCE_S:
                raise SourceError(
                    f"the camera awscam gave no new picture for {now_s - fresh_s:.0f} s, asked "
                    f"{tries} times ({trouble}): start the device anew if this goes on"
                )
            pause_s = backoff.next_s() if image is None else POLL_S
        yield from waiting(pause_s)


def waiting(pause_s):
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


def _ask(last_frame):
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


def _repeats(image, last):
    """Whether this is the last picture again. A dark room repeats itself and is none."""
    if last is None or image.shape != last.shape:
        return False
    sample = image[::16, ::16]
    if not np.array_equal(sample, last[::16, ::16]) or int(np.ptp(sample)) < _DARK:
        return False
    return np.array_equal(image, last)
