"""What the words of `laughtrack replay` come to: films, folders of pictures, or neither."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2

from laughtrack.analytics.inputs.film_names import FILMS
from laughtrack.edge.sources.errors import SourceError, without_credentials
from laughtrack.edge.sources.picture_folder import natural_order
from laughtrack.edge.sources.pictures import SUFFIXES, in_words, is_hidden, why_left_out


class Footage(NamedTuple):
    """Films and folders of pictures, in order, and what is to be told of the rest, a line each."""

    places: list[str]
    remarks: list[str]


def footage_of(words: Sequence[str]) -> Footage:
    """Find the films and folders of pictures that a command's words name.

    A folder of films is its films; one of pictures is one film, and films in it are left out.

    Parameters
    ----------
    words : sequence of str

    Returns
    -------
    Footage
        What cannot be read is among the places, and found out when it is opened.

    Raises
    ------
    SourceError
        All that was named is pictures or cameras, or a folder holds nothing; with what to do.
    """
    if all(_is_picture(word) for word in words):
        raise SourceError(_no_film(words))
    places: list[str] = []
    remarks: list[str] = []
    for word in words:
        path = Path(word)
        if "://" in word or word.isdigit() or not path.is_dir():
            places.append(word)
            continue
        within = _of_folder(path)
        places += within.places
        remarks += within.remarks
    return Footage(places, remarks)


def refuse(place: str) -> None:
    """Refuse what is no recording.

    Parameters
    ----------
    place : str

    Raises
    ------
    SourceError
        A single picture or a camera, with the command that it is for.
    """
    path = Path(place)
    if _is_picture(place):
        raise SourceError(_no_film([place]))
    is_file = path.is_file()
    if "://" in place or is_file:
        return
    if place.isdigit() or place == "awscam" or place.startswith("/dev/") or path.is_fifo():
        raise SourceError(f"{place} is a camera, which has no end: laughtrack live {place}")


def endless(place: str) -> SourceError:
    """Return the error for a stream whose end nobody knows."""
    shown = without_credentials(place)
    return SourceError(f"{shown} is a stream, whose end nobody knows: laughtrack live {shown}")


def _no_film(pictures: Sequence[str]) -> str:
    what, one = f"{pictures[0]} is a picture", "PICTURE"
    if len(pictures) > 1:
        what, one = f"{pictures[0]} and {len(pictures) - 1} others are pictures", "PICTURE..."
    return (
        f"{what}, and replay needs a film or a folder of a camera's pictures: name the folder, or "
        f"score the faces with laughtrack faces {one}"
    )


def _is_picture(place: str) -> bool:
    """Whether a place is a picture's file, and none that moves."""
    path = Path(place)
    if "://" in place or path.suffix.lower() not in SUFFIXES or not path.is_file():
        return False
    # Of some kinds a file may hold a film; of scans, several pages.
    return path.suffix.lower() in (".tif", ".tiff") or _frames(path) <= 1


def _frames(path: Path) -> int:
    try:
        return cv2.imcount(str(path))
    except cv2.error:
        return 0


def _of_folder(folder: Path) -> Footage:
    files = sorted(folder.iterdir(), key=natural_order)
    films = [path for path in files if _is_film(path)]
    pictures = [
        path for path in files if not why_left_out(path) and path not in films and path.is_file()
    ]
    if pictures:
        # What else of its files is left out is said by who reads it.
        remark = f"{folder} is taken for a camera's pictures ({len(pictures)}); {len(films)} films "
        remark += f"in it are left out, {films[0].name} for one: name them" if films else ""
        return Footage([str(folder)], [remark] if films else [])
    if not films:
        raise SourceError(_nothing_in(folder, files))
    left_out: Counter[str] = Counter()
    example: dict[str, str] = {}
    for path in files:
        if path not in films:
            what = _what(path)
            left_out[what] += 1
            example.setdefault(what, path.name)
    rest = [f"{count} {what}: {example[what]}" for what, count in sorted(left_out.items())]
    return Footage([str(path) for path in films], in_words(folder, rest))


def _is_film(path: Path) -> bool:
    if is_hidden(path.name) or not path.is_file():
        return False
    moves = path.suffix.lower() == ".gif" and _frames(path) > 1
    return moves or path.suffix.lower() in FILMS


def _what(path: Path) -> str:
    if is_hidden(path.name):
        return "hidden (a system's own)"
    if path.is_dir():
        return "folder"
    return "no film by the name"


def _nothing_in(folder: Path, files: Sequence[Path]) -> str:
    if not files:
        return f"{folder} is empty: expected films, or a camera's pictures"
    kinds = "; ".join(f"{n} {what}" for what, n in Counter(map(_seen_as, files)).items())
    return f"{folder} holds neither films nor pictures that are read here ({kinds}): name them"


def _seen_as(path: Path) -> str:
    return "folders" if path.is_dir() else why_left_out(path)
