"""What was given for a session's page, read: scenes, dials, groups, and the film."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from laughtrack.analytics.inputs.dial_recordings import read_dial
from laughtrack.analytics.inputs.scene_lists import read_scenes
from laughtrack.analytics.inputs.timecode import rate_of
from laughtrack.analytics.inputs.viewer_groups import (
    NAMED,
    SEATS,
    by_seat,
    groups_of_file,
    named_groups,
)
from laughtrack.analytics.report.film import Film, Room, film_of
from laughtrack.analytics.timelines.session_tables import SessionTables
from laughtrack.analytics.web import inputs
from laughtrack.analytics.web.inputs import Given, Kept
from laughtrack.analytics.web.settings import ServeSettings

# What browsers play, if anything of these is in it that they know.
PLAYED = (".mp4", ".m4v", ".webm", ".mov", ".mkv", ".ogv")
MOST_FILMS = 500


def scenes(kept: Kept) -> pd.DataFrame | None:
    """Return the film's scenes, None where nobody gave any."""
    said = inputs.read(kept).scenes
    return None if said is None else _scenes(kept.path("scenes", said), said)


def dial(kept: Kept) -> pd.DataFrame | None:
    """Return what people turned a dial to, None where nobody gave that."""
    said = inputs.read(kept).dial
    return None if said is None else _dial(kept.path("dial", said), said)


def groups(kept: Kept, by: str, tables: SessionTables) -> pd.DataFrame | None:
    """Return who is in which group: by "row" or "side", as "named", or of the "file" given."""
    if by in SEATS:
        return by_seat(tables.everyone.seats, by)
    if by == NAMED:
        return named_groups(tables.everyone.session)
    said = inputs.read(kept).groups
    return None if said is None else _groups(kept.path("groups", said), said, tables)


def check_file(kind: str, said: Given, data: bytes, tables: SessionTables) -> None:
    """Refuse a file that cannot be read as what it is said to be.

    Raises
    ------
    ValueError
        As of its reader, naming the file as who gave it does.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{kind}{Path(said.name).suffix.lower()}"
        path.write_bytes(data)
        if kind == "scenes":
            _scenes(path, said)
        elif kind == "dial":
            _dial(path, said)
        else:
            _groups(path, said, tables)


def _scenes(path: Path, said: Given) -> pd.DataFrame:
    rate = float(rate_of(said.fps)) if said.fps else None
    try:
        found = read_scenes(path, rate)
    except (ValueError, OSError) as error:
        raise _named(error, path, said) from None
    remarks = found.attrs.get("remarks", [])
    found.attrs["remarks"] = [each.replace(str(path), said.name) for each in remarks]
    return found


def _dial(path: Path, said: Given) -> pd.DataFrame:
    try:
        return read_dial(path)
    except (ValueError, OSError) as error:
        raise _named(error, path, said) from None


def _groups(path: Path, said: Given, tables: SessionTables) -> pd.DataFrame:
    try:
        return groups_of_file(path, tables.everyone.session, said.column or None)
    except (ValueError, OSError) as error:
        raise _named(error, path, said) from None


def _named(error: Exception, path: Path, said: Given) -> ValueError:
    """Return an error that names a file as who gave it does, and not where it is kept."""
    return ValueError(str(error).replace(str(path), said.name))


def films(settings: ServeSettings) -> list[str]:
    """Return the films that a server may see, by their paths, `MOST_FILMS` at most."""
    found: list[str] = []
    for path in _films_below(settings.footage):
        found.append(str(path))
        if len(found) == MOST_FILMS:
            break
    return sorted(found)


def _films_below(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for place, _, names in os.walk(folder):
            for name in names:
                path = Path(place) / name
                if path.suffix.lower() in PLAYED and not name.startswith("."):
                    yield path


def film_path(settings: ServeSettings, named: str) -> Path:
    """Return a film's path, if the server may see it.

    Raises
    ------
    ValueError
        It lies in none of the server's folders of films, or is not there.
    """
    path = Path(os.path.realpath(named)) if "\0" not in named else Path()
    inside = any(path.is_relative_to(each.resolve()) for each in settings.footage)
    if not (inside and path.suffix.lower() in PLAYED and path.is_file()):
        raise ValueError(f"film {named[:200]!r}: expected one below the server's --footage folders")
    return path


def film(settings: ServeSettings, named: str, tables: SessionTables) -> Film:
    """Check a film that was chosen for a session's page.

    Raises
    ------
    ValueError
        It may not be seen, cannot be read, or shows the room.
    """
    room = None
    if settings.knows_room is not None:
        session = tables.everyone.session
        room = Room(session.readings, *settings.knows_room(session.info))
    path = film_path(settings, named)
    try:
        return film_of(path, tables.info, None, room)
    except ValueError as error:
        raise ValueError(str(error).removeprefix("--media ")) from None
