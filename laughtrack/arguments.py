"""What a notebook hands to the functions: what is not right is named here, and not deep within."""

from __future__ import annotations

import math
import os
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from laughtrack.analytics.report.languages import LANGUAGES, Language
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.edge.readings import is_text

SHORTEST_S, LONGEST_S = 0.1, 3600.0


def store(value: object) -> str:
    """Return a store's folder or URL as text."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(text, str):
        raise _wrong("store", value, "a folder or a URL")
    if not text.strip() or "\0" in text or not is_text(text):
        raise ValueError(f"store is {text!r}: expected a folder or a URL")
    return text


def session_key(session: object, device: object) -> tuple[str, str | None]:
    """Return a session's name and device, also where both are said as DEVICE/NAME."""
    if not isinstance(session, str):
        raise _wrong("session", session, "a session's name; laughtrack.sessions() lists them")
    if not isinstance(device, str | None):
        raise _wrong("device", device, "a device's name")
    named, slash, name = session.rpartition("/")
    if not slash:
        return session, device
    if device not in (None, named):
        raise ValueError(f"session is {session!r} and device {device!r}: expected one device")
    return name, named


def tables(name: str, value: object) -> SessionTables:
    """Return a loaded session."""
    if isinstance(value, SessionTables):
        return value
    said = f"laughtrack.load({value!r})" if isinstance(value, str) else "what load returns"
    raise _wrong(name, value, f"a loaded session: {said}")


def picture(value: object) -> str | Path | NDArray[Any]:
    """Return a picture's file, or a picture in memory."""
    if isinstance(value, np.ndarray):
        if value.ndim != 3 or value.shape[2] != 3 or value.dtype != np.uint8 or not value.size:
            raise ValueError(
                f"a picture is an array of shape {value.shape} and {value.dtype}: expected "
                "(height, width, 3) and uint8, blue first"
            )
        return value
    if isinstance(value, os.PathLike):
        return Path(value)
    if not isinstance(value, str):
        raise _wrong("a picture", value, "a file, or an array of (height, width, 3) uint8")
    return value


def min_viewers(value: object) -> int:
    """Return of how few viewers figures are shown."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise _wrong("min_viewers", value, "a whole number, 1 or more")
    if value < 1:
        raise ValueError(f"min_viewers is {value}: expected 1 or more")
    return int(value)


def bin_s(value: object) -> float:
    """Return the seconds of a row."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise _wrong("bin_s", value, "a number of seconds")
    seconds = float(value)
    if not (math.isfinite(seconds) and SHORTEST_S <= seconds <= LONGEST_S):
        raise ValueError(
            f"bin_s is {seconds:g}: expected from {SHORTEST_S:g} to {LONGEST_S:g} seconds"
        )
    return seconds


def _wrong(name: str, value: object, expected: str) -> TypeError:
    shown = repr(value)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return TypeError(f"{name} is {shown} ({type(value).__name__}): expected {expected}")


def language(name: str, value: object) -> Language:
    """Return the language of a page."""
    if not isinstance(value, str):
        raise _wrong(name, value, f"one of {', '.join(LANGUAGES)}")
    if value not in LANGUAGES:
        raise ValueError(f"{name} is {value!r}: expected one of {', '.join(LANGUAGES)}")
    return Language(value)
