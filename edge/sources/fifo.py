"""Motion-JPEG from a FIFO, as the DeepLens's camera service writes it.

FFmpeg opens such a FIFO too, but reads ahead to learn its kind: at 15 pictures a second that took
8 s, and the pictures came late by as much. It can also not be stopped while it waits for a writer.
"""

from __future__ import annotations

import math
import os
import select
import time
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np

from laughtrack.edge.file_lock import try_lock
from laughtrack.edge.sources.cameras import NOTHING, PATIENCE_S, STEP_S, Picture, waiting
from laughtrack.edge.sources.errors import SourceError
from laughtrack.edge.sources.mjpeg import Splitter

if TYPE_CHECKING:
    from laughtrack.edge.sources.cameras import Pictures

# A pipe holds 64 KB unless its writer enlarged it.
READ_BYTES = 1 << 20
# How long an earlier reader of ours has to leave.
LOCK_S = 2.0


def by_fifo(place: str, rate_hz: float) -> Pictures:
    """Yield the pictures that come through a FIFO, with the time of their arrival.

    Parameters
    ----------
    place : str
        The FIFO's path.
    rate_hz : float
        Looks a second: no more pictures are decoded than these, each the newest there is.

    Yields
    ------
    Picture
        Or `edge.sources.cameras.NOTHING`. Damaged pictures are left out.

    Raises
    ------
    SourceError
        It cannot be opened, another of our programs reads it, or no picture came for `PATIENCE_S`.
    """
    try:
        # Without O_NONBLOCK this would wait for a writer, and could not be stopped.
        fd = os.open(place, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        raise SourceError(
            f"cannot read {place}: {error.strerror}; check who may read it (ls -l)"
        ) from error
    try:
        yield from _locked(fd, place)
        yield from _read(fd, place, rate_hz)
    finally:
        os.close(fd)


def _locked(fd: int, place: str) -> Pictures:
    """Take the FIFO for this program alone: two readers would take bytes from each other."""
    until_s = time.monotonic() + LOCK_S
    while True:
        # On the FIFO itself: the folder it is in may be read-only.
        if try_lock(fd):
            return
        if time.monotonic() > until_s:
            raise SourceError(
                f"another Laughtrack reads {place}, and a FIFO has one reader: stop that one"
            )
        yield from waiting(STEP_S)


def _read(fd: int, place: str, rate_hz: float) -> Pictures:
    splitter = Splitter()
    index, due = 0, 0
    first_s: float | None = None
    heard_s, problem = time.monotonic(), "nobody writes to it"
    while True:
        data = _available(fd)
        now_s = time.monotonic()
        if data is None:
            problem = "nobody writes to it"
        elif data:
            problem = "what comes is no JPEG"
        jpegs = splitter.feed(data or b"")
        index += len(jpegs)
        clock_s = 0.0 if first_s is None else now_s - first_s
        step = math.floor((clock_s + 0.0005) * rate_hz)
        if jpegs and step < due:
            heard_s, problem = now_s, "its writer fell silent"
        elif jpegs:
            image = _decode(jpegs[-1])
            if image is not None:
                first_s = now_s if first_s is None else first_s
                heard_s, due, problem = now_s, step + 1, "its writer fell silent"
                yield Picture(index - 1, clock_s, partial(_same, image))
        if now_s - heard_s > PATIENCE_S:
            raise SourceError(
                f"no picture came through {place} for {now_s - heard_s:.0f} s ({problem}): is the "
                "camera service running?"
            )
        yield NOTHING
        if data is None:
            time.sleep(STEP_S)


def _same(image: np.ndarray) -> np.ndarray:
    return image


def _available(fd: int) -> bytes | None:
    """Wait a moment and return what can be read; None if the writer left."""
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    if not poll.poll(1000 * STEP_S):
        return b""
    try:
        return os.read(fd, READ_BYTES) or None
    except BlockingIOError:  # One writer left, which counts as news, and another came.
        return None


def _decode(jpeg: bytes) -> np.ndarray | None:
    try:
        return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
