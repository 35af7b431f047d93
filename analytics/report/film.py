"""The film that was shown: where the page finds it, and stills of it. Never footage of the room."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import pandas as pd

from laughtrack.analytics.report.film_pictures import length_s, pictures_at
from laughtrack.analytics.report.room_footage import FindFaces, faces_of, shows_room

STILL_PX = 320  # shown half as wide, so that it is sharp on a fine screen
JPEG_QUALITY = 78
MOST_STILLS = 12


class Film(NamedTuple):
    """A film file: `path`, the `url` that the page loads it from, `length_s`, NaN if not known."""

    path: Path
    url: str
    length_s: float


class Room(NamedTuple):
    """What the room's footage is known by, under whatever name it comes.

    `readings`: the session's. `find_faces`: from a picture, BGR, to the boxes of faces in it, shape
    (N, 4), pixels. `digest_of`: from a file to the digest that recording noted of it, if it did.
    """

    readings: pd.DataFrame
    find_faces: FindFaces
    digest_of: Callable[[str], str]


def film_of(
    path: str | Path,
    info: Mapping[str, object],
    page: str | Path | None = None,
    room: Room | None = None,
) -> Film:
    """Check a film file, and find the URL that the page loads it from.

    Parameters
    ----------
    path : Path
        The film that the audience saw.
    info : dict
        The session's, whose `source` names the footage of the room.
    page : Path, optional
        The file that the page will be. A film in its folder, or below, has a relative URL, so that
        the two can be moved together; any other an absolute one.
    room : Room, optional
        To know the footage of the room by its content, too: see `room_footage`.

    Returns
    -------
    Film

    Raises
    ------
    ValueError
        If there is no such file, if it cannot be read as a film, or if it is the session's
        footage of the room.
    """
    path = Path(path)
    _refuse_room(path, info.get("source"))
    if not path.is_file():
        raise ValueError(f"--media {path}: no such file; name the film that was shown")
    film = Film(path, _url(path, page), length_s(path))
    if film.length_s < 0:
        raise ValueError(
            f"--media {path}: this is no film that can be read; give a video file, and one that "
            "browsers play (.mp4 with H.264, or .webm)"
        )
    if room is not None:
        _refuse_content(path, info, room)
    return film


def _refuse_content(path: Path, info: Mapping[str, object], room: Room) -> None:
    """Refuse the footage of the room by its bytes, and by the faces in it."""
    noted = info.get("footage")
    same = bool(noted) and room.digest_of(str(path)) == noted
    if same or shows_room(faces_of(str(path), room.find_faces), room.readings):
        how = "its bytes" if same else "the faces in it, which are where the viewers were"
        raise ValueError(
            f"--media {path}: this is footage of the room, by {how}; stills of it would put the "
            "viewers' faces on the page. Give the film that was shown; if it is that, make the "
            "page without --media"
        )


def _refuse_room(path: Path, source: object) -> None:
    """Refuse the footage that the session was scored from, by its name or as the same file."""
    if not source:
        return
    room = Path(str(source))
    # The store keeps the footage's name without its folders, so the name has to do; a link to it
    # may have another.
    names = {path.name.casefold(), path.resolve().name.casefold()}
    same = room.exists() and path.exists() and path.samefile(room)
    if same or room.name.casefold() in names:
        raise ValueError(
            f"--media {path}: this is the footage of the room that the session was scored from, by "
            "its name; stills of it would put the viewers' faces on the page. Give the film that "
            "was shown; if it only shares the footage's name, rename it"
        )


def _url(path: Path, page: str | Path | None) -> str:
    path = path.absolute()
    if page is not None:
        folder = Path(page).absolute().parent
        if folder in path.parents:
            return quote(os.path.relpath(path, folder).replace(os.sep, "/"))
    return path.as_uri()


def stills(film: Film, times: Iterable[float]) -> dict[int, str]:
    """Take stills of a film.

    Parameters
    ----------
    film : Film
    times : sequence of float
        Film time codes in seconds; the first 12 that the film has are taken.

    Returns
    -------
    dict
        By place in `times`: a small JPEG as a data URI. Times before the film's beginning, after
        its end, or that cannot be decoded have none.
    """
    found: dict[int, str] = {}
    places: dict[float, int] = {}
    for place, t_s in enumerate(times):
        if not (t_s < 0 or t_s >= film.length_s):  # which may not be known
            places.setdefault(t_s, place)
    for t_s, picture in pictures_at(film.path, places):
        found[places[t_s]] = _jpeg(picture)
        if len(found) == MOST_STILLS:
            break
    return found


def _jpeg(picture: np.ndarray) -> str:
    import cv2

    height, width = picture.shape[:2]
    size = STILL_PX, max(round(STILL_PX * height / width), 1)
    if width > STILL_PX:
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")
