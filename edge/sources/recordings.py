"""Recordings among the sources: which place is one, and playing it at a camera's pace."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator

if TYPE_CHECKING:
    from laughtrack.edge.sources.frames import Frame, Source


def is_recording(place: str) -> bool:
    """Whether a place is a recording on this machine: a file, or a folder of pictures.

    Parameters
    ----------
    place : str
        As for `edge.sources.frames.Source`.
    """
    try:
        # A camera's number may be a folder's name as well: the camera counts.
        return Path(place).is_file() or (Path(place).is_dir() and not place.isdigit())
    except OSError:
        return False


def losses(source: Source) -> dict[str, Any]:
    """Return what of a source that was read to its end is missing, as a session's info tells it.

    Parameters
    ----------
    source : Source

    Returns
    -------
    dict
        "cut_short_s", the seconds missing at the end, and "lost_pictures", how many could not be
        decoded; each only where there is something to tell.
    """
    found: dict[str, Any] = {}
    if source.missing_s:
        found["cut_short_s"] = round(source.missing_s, 3)
    if source.notes.lost:
        found["lost_pictures"] = source.notes.lost
    return found


def paced(
    frames: Iterable[Frame],
    speed: float,
    now_s: Callable[[], float],
    from_s: float = 0.0,
    wait: Callable[[float], object] = time.sleep,
) -> Iterator[Frame]:
    """Play a recording as a camera would: each frame when its time has come, and not before.

    Parameters
    ----------
    frames : iterable of Frame
    speed : float
        So many times as fast as its clock; above 0.
    now_s : function
        Seconds since the recording began to play.
    from_s : float
        Frames before this time are left out: they were played while nobody looked.
    wait : function
        Given seconds; may return sooner, and the frame then comes early.

    Yields
    ------
    Frame
    """
    for frame in frames:
        if frame.t_s < from_s:
            continue
        early_s = frame.t_s / speed - now_s()
        if early_s > 0:
            wait(early_s)
        yield frame
