"""The film that a session was recorded from, where the server may see it, and pictures of it.

A picture is read when it is asked for, and kept nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from laughtrack.analytics.report.film_pictures import pictures_at

# So many files are looked at; below a folder of more a film may not be found.
_MOST_FILES = 50_000
_JPEG_QUALITY = 85


def recording_of(info: Mapping[str, Any], folders: Iterable[Path]) -> Path | None:
    """Return the film that a session was scored from, None where it is not below these folders.

    Parameters
    ----------
    info : mapping
        The session's: it names the film and says how many bytes it has.
    folders : iterable of Path
        Those that the server may read; links that lead out of them are not followed.
    """
    settings = info.get("settings", {})
    name, size = info.get("source"), settings.get("bytes")
    if not isinstance(name, str) or not name or Path(name).name != name or not size:
        return None
    left = _MOST_FILES
    for folder in folders:
        for place, inner, files in os.walk(folder):
            inner[:] = sorted(each for each in inner if each[0] != ".")
            path = Path(place) / name
            if name in files and _is(path, size, folder):
                return path
            left -= len(files)
            if left < 0:
                return None
    return None


def _is(path: Path, size: int, folder: Path) -> bool:
    try:
        within = path.resolve(strict=True).is_relative_to(folder.resolve())
        return within and path.is_file() and path.stat().st_size == size
    except (OSError, RuntimeError):
        return False


def picture_at(path: Path, info: Mapping[str, Any], t_s: float) -> bytes | None:
    """Return the picture of a moment of the session as a JPEG, None where the film has none.

    Parameters
    ----------
    path : Path
        From `recording_of`.
    info : mapping
        The session's.
    t_s : float
        Seconds of the session, whose time begins where in the film it was scored from.
    """
    import cv2

    from_s = info.get("settings", {}).get("from_s") or 0.0
    for _, image in pictures_at(path, [from_s + t_s]):
        done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
        if done:
            return data.tobytes()
    return None
