"""What the doctor finds of the camera: whether its pictures come, and differ."""

from __future__ import annotations

import os
import stat
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from laughtrack.edge.console import READER
from laughtrack.edge.diagnostics.machine import Finding, holders

if TYPE_CHECKING:
    from laughtrack.edge.sources.frames import Frame

# A FIFO waits for its writer without end, a network camera for 15 s.
FIRST_S = 20.0
# Then pictures are counted for so long.
COUNT_S = 3.0
ENOUGH = 60


def exclusive(place: str) -> bool:
    """Whether a source can have one reader only: a camera of this machine or a FIFO."""
    return place.isdigit() or place == "awscam" or place.startswith("/dev/") or _is_fifo(place)


def _is_fifo(place: str) -> bool:
    try:
        return stat.S_ISFIFO(os.stat(place).st_mode)
    except (OSError, ValueError):
        return False


def check_camera(place: str, rate_hz: float) -> Finding:
    """Open a source, take pictures for some seconds, and compare them.

    Parameters
    ----------
    place : str
        As for `edge.sources.frames.Source`.
    rate_hz : float
        Looks a second wanted of it.

    Returns
    -------
    Finding
        Wrong when it does not open, gives nothing, the same picture over and over, or too few.
    """
    frames, error = _grab(place)
    if not frames:
        return _no_frames(place, error)
    height, width = frames[0].image.shape[:2]
    message = f"{width} x {height}"
    if len(frames) < 2:
        cure = "check its cable and power, or that the recording is whole"
        return Finding("camera", False, f"{message}, one picture and then none", cure)
    span_s = frames[-1].t_s - frames[0].t_s
    found_hz = (frames[-1].index - frames[0].index) / span_s
    message += f", {found_hz:.1f} pictures a second"
    if all((frame.image == frames[0].image).all() for frame in frames[1:]):
        cure = "uncover it; if it hangs, cut its power for a moment"
        return Finding("camera", False, f"{message}, all the same", cure)
    if found_hz < 0.8 * rate_hz:
        cure = f"give it light, or another cable, or set rate_hz (now {rate_hz:g}) to what it gives"
        return Finding("camera", False, message, cure)
    return Finding("camera", True, message)


def _no_frames(place: str, error: Exception | None) -> Finding:
    path = f"/dev/video{place}" if place.isdigit() else place
    users = holders(path) if exclusive(place) and place != "awscam" else []
    if users:
        message = f"{path} is held by {', '.join(users)}"
        return Finding("camera", False, message, "end that program; a camera has one reader")
    if error is not None:
        what, _, cure = str(error).partition(": ")
        return Finding("camera", False, " ".join(what.split()), " ".join(cure.split()))
    cure = "start what writes to it" if _is_fifo(place) else "cut its power for a moment"
    return Finding("camera", False, f"{path} gave no picture in {FIRST_S:.0f} s", cure)


class Grabbed(NamedTuple):
    """The frames that a source gave, and the error that ended them or None."""

    frames: list[Frame]
    error: Exception | None


def _grab(place: str) -> Grabbed:
    frames: list[Frame] = []
    errors: list[Exception] = []
    first, over = threading.Event(), threading.Event()

    def read() -> None:
        # In a thread of its own: opening may block for ever.
        try:
            from laughtrack.edge.sources.frames import Source

            source = Source(place, rate_hz=1000.0)
            for frame in source:
                frames.append(frame)
                first.set()
                if over.is_set() or len(frames) >= ENOUGH:
                    break
            source.stop()
        except Exception as error:
            errors.append(error)
        finally:
            first.set()
            over.set()

    threading.Thread(target=read, name=READER, daemon=True).start()
    if first.wait(FIRST_S):
        began_s = time.monotonic()
        while not over.wait(0.1) and time.monotonic() - began_s < COUNT_S:
            pass
        over.set()
    return Grabbed(list(frames), errors[0] if errors else None)
