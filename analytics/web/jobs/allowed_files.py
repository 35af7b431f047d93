"""Films that may be chosen: those below folders which the server was told of, and no others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from laughtrack.analytics.inputs.film_names import FILMS

# A folder of more is shown in part, and says so.
MOST_SHOWN = 2000


class Refused(ValueError):
    """A place that is not below the folders; one that is not there is told from it by nothing."""


class Folder(NamedTuple):
    """What a folder holds that may be chosen: `folders` and `films` by name, each with its bytes.

    `left_out` is how many more there are.
    """

    folders: list[str]
    films: list[tuple[str, int]]
    left_out: int = 0


def place_of(roots: Sequence[Path], root: int, inner: str) -> Path:
    """Return a place below one of the folders.

    Parameters
    ----------
    roots : sequence of Path
        The folders that the server was told of, whole paths.
    root : int
        Which of them.
    inner : str
        The path below it, with slashes.

    Raises
    ------
    Refused
        It is not below the folder, also by a link on the way, or is hidden, or is not there.
    """
    refusal = Refused(f"{inner!r:.200}: expected a film or a folder below those of --footage")
    parts = [part for part in inner.split("/") if part]
    if not 0 <= root < len(roots) or "\0" in inner or any(part[0] == "." for part in parts):
        raise refusal
    base = roots[root].resolve()
    try:
        place = base.joinpath(*parts).resolve(strict=True)
    except (OSError, ValueError, RuntimeError):
        raise refusal from None
    if not place.is_relative_to(base):
        raise refusal
    return place


def folder(roots: Sequence[Path], root: int, inner: str) -> Folder:
    """List what may be chosen in a folder, in order of names; numbers in them count as numbers.

    Raises
    ------
    Refused
        As for `place_of`, and where it is no folder or cannot be read.
    """
    place = place_of(roots, root, inner)
    try:
        there = sorted((each for each in place.iterdir() if each.name[0] != "."), key=_natural)
    except OSError:
        raise Refused(f"{inner!r:.200}: cannot be read as a folder") from None
    folders, films = [], []
    for each in there[:MOST_SHOWN]:
        if not _is_within(roots[root], each):
            continue
        if each.is_dir():
            folders.append(each.name)
        elif each.suffix.lower() in FILMS and each.is_file():
            films.append((each.name, each.stat().st_size))
    return Folder(folders, films, max(0, len(there) - MOST_SHOWN))


def film(roots: Sequence[Path], root: int, inner: str) -> Path:
    """Return a film that was chosen; raise Refused where it is none."""
    place = place_of(roots, root, inner)
    if not place.is_file() or place.suffix.lower() not in FILMS:
        raise Refused(f"{inner!r:.200}: expected a film")
    return place


def _is_within(base: Path, place: Path) -> bool:
    try:
        return place.resolve(strict=True).is_relative_to(base.resolve())
    except (OSError, RuntimeError):
        return False


def _natural(path: Path) -> list[tuple[int, str]]:
    parts = re.split(r"(\d+)", path.name.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
