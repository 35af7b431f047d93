"""Film times as frame numbers and SMPTE time codes, at frame rates that are exact fractions.

Conventions
-----------
- A frame is the one shown at a time: frame k from k / rate on; a time is rounded to the nearest
  frame's beginning.
- A time code counts the film's frames as if there were a whole number a second, so at 23.976 or
  29.97 it runs slow against the clock. Drop-frame, written with a semicolon before the frames,
  leaves labels out (no frames) and keeps up: SMPTE ST 12-1, at 29.97 and 59.94 only.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

# Rates of television, 1000/1001 of a whole number: what is written as 23.976 or 29.97.
NTSC = tuple(Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60, 120))
_TOLERANCE = 0.01
MAX_FPS = 1000
_CODE = re.compile(r"(\d\d):([0-5]\d):([0-5]\d)([:;])(\d\d\d?)")


class FilmClock(NamedTuple):
    """How a film's time is counted: frames a second, first frame's number, drop-frame or not."""

    rate: Fraction
    start: int = 0
    drop: bool = False


def rate_of(text: str) -> Fraction:
    """Read a frame rate.

    Parameters
    ----------
    text : str
        Such as "25", "23.976", "29.97" or "24000/1001". Decimals within 0.01 of a rate of
        television are that rate, exactly.

    Returns
    -------
    Fraction

    Raises
    ------
    ValueError
        If it is no number of frames a second from 1 to 1000.
    """
    try:
        rate = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{text!r} is no frame rate: expected like 25 or 23.976") from None
    if not 1 <= rate <= MAX_FPS:
        raise ValueError(f"{text} is no frame rate: expected 1 to {MAX_FPS} frames a second")
    return next((each for each in NTSC if abs(rate - each) < _TOLERANCE), rate)


def frame_of(film_s: float, rate: Fraction) -> int:
    """Return the number, from 0, of the frame whose beginning is nearest to a time in seconds."""
    return int(Fraction(film_s).limit_denominator(10**6) * rate + Fraction(1, 2))


def clock_of(rate: Fraction, start: str = "00:00:00:00") -> FilmClock:
    """Return a film's clock from its rate and its first frame's time code.

    Parameters
    ----------
    rate : Fraction
    start : str
        HH:MM:SS:FF, or HH:MM:SS;FF for drop-frame.

    Returns
    -------
    FilmClock

    Raises
    ------
    ValueError
        If that is no time code, or none of this rate.
    """
    found = _CODE.fullmatch(start.strip())
    if not found:
        raise ValueError(f"{start!r} is no time code: expected HH:MM:SS:FF, like 01:00:00:00")
    hours, minutes, seconds, frames = (int(found[k]) for k in (1, 2, 3, 5))
    whole, drop = round(rate), found[4] == ";"
    dropped = _dropped_labels(rate) if drop else 0
    if drop and not dropped:
        raise ValueError(f"{start}: drop-frame (;) is of 29.97 and 59.94 only, not {float(rate):g}")
    minutes += 60 * hours
    if frames >= whole or (minutes % 10 and not seconds and frames < dropped):
        raise ValueError(f"{start}: there is no such frame at {float(rate):g} frames a second")
    number = (60 * minutes + seconds) * whole + frames - dropped * (minutes - minutes // 10)
    return FilmClock(rate, number, drop)


def timecode(frame: int, clock: FilmClock) -> str:
    """Return a frame's time code.

    Parameters
    ----------
    frame : int
        From the film's beginning, from 0.
    clock : FilmClock

    Returns
    -------
    str
        HH:MM:SS:FF, or HH:MM:SS;FF where the clock is drop-frame; after 24 hours from 0 again.
    """
    whole, number = round(clock.rate), frame + clock.start
    if clock.drop:
        dropped = _dropped_labels(clock.rate)
        tens, rest = divmod(number, 600 * whole - 9 * dropped)
        # Nothing is left out in the first of ten minutes, which is that much longer.
        number += dropped * (9 * tens + max(rest - dropped, 0) // (60 * whole - dropped))
    seconds, frames = divmod(number, whole)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}{';' if clock.drop else ':'}{frames:02d}"


def _dropped_labels(rate: Fraction) -> int:
    """Return how many labels a minute drop-frame leaves out: 0 where there is no such code."""
    return {Fraction(30000, 1001): 2, Fraction(60000, 1001): 4}.get(rate, 0)
