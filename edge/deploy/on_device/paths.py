"""Where an installation may write and delete: in its own folder, and nowhere else.

The folder is resolved once, at the entrance, so that no two parts name one place in two ways.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import stat
from pathlib import Path
from typing import Iterator

# The parts of an installation that are folders of its own.
PARTS = ("releases", "setups", "incoming")
# What one name of a path may be: no `..`, nothing hidden, nothing that a shell or unit reads.
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+@-]{0,149}")
# Nobody's to install into, and above all not to purge.
SYSTEM = re.compile(
    r"/|/(bin|boot|dev|etc|home|lib(32|64)?|media|mnt|opt|proc|root|run|sbin|srv|sys|tmp)"
    r"|/usr(/(bin|lib|sbin|share|local(/(bin|lib|sbin|share))?))?|/var(/(lib|log|tmp))?"
)


def check_folder(folder: str) -> Path:
    """Return the folder as an absolute path without symbolic links, if a unit file can name it.

    Parameters
    ----------
    folder : str

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        It has characters that systemd reads as something else, is a home, one that holds homes or
        a system's, or a part of what was installed there leads out of it.
    """
    try:
        path = Path(os.path.realpath(os.path.expanduser(folder)))
    except ValueError:  # a zero byte
        raise ValueError(f"folder {folder!r}: expected a path") from None
    if not re.fullmatch(r"[A-Za-z0-9._/@+-]+", str(path)):
        is_link = "" if str(path) == folder else f", which is {str(path)!r}"
        raise ValueError(
            f"folder {folder!r}{is_link}: expected letters, digits and . _ / @ + - only"
        )
    home = Path(os.path.realpath(str(Path.home())))
    if SYSTEM.fullmatch(str(path)) or path == home or path in home.parents:
        raise ValueError(f"folder {path}: expected a folder of its own, like {home}/laughtrack")
    for name in PARTS:
        if (path / name).is_symlink():
            raise ValueError(
                f"{path / name} is a symbolic link: give --folder the place where all of it is to"
                " lie (deploy: --user-folder), and remove the link"
            )
    return path


def inside(folder: Path, path: Path) -> bool:
    """Whether a path lies in a folder, by where both really are."""
    # Of the path itself only its folder is resolved: a link is where it lies.
    place = Path(os.path.realpath(str(path.parent))) / path.name
    return path.name not in ("", "..") and Path(os.path.realpath(str(folder))) in place.parents


def delete(folder: Path, path: Path) -> None:
    """Remove a file, a link or a whole folder that lies in an installation.

    Parameters
    ----------
    folder : Path
        The installation's.
    path : Path
        Nothing there is no error.

    Raises
    ------
    ValueError
        It lies elsewhere.
    OSError
    """
    if not inside(folder, path):
        raise ValueError(f"{path} does not lie in {folder}: it is not removed")
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(str(path))
    elif path.is_symlink() or path.exists():
        path.unlink()


def changeable(path: Path) -> str:
    """Say by whom else than root a place can be changed; "" where nobody can.

    Parameters
    ----------
    path : Path
        It and every folder above it are looked at; what is not there yet, root will make.

    Returns
    -------
    str
        Like "/home/me belongs to me".
    """
    for place in reversed([path, *path.parents]):
        reason = _changeable(place)
        if reason:
            return reason
    return ""


def changeable_within(folder: Path) -> str:
    """Say by whom else than root something in a folder can be changed; "" where nobody can."""
    for name in ("releases", "setups"):
        for place in _tree(folder / name):
            # The settings and keys are the service's own, and only data.
            if not re.search(r"/setups/\d+/(settings\.ini|certs/[^/]+)$", str(place)):
                reason = _changeable(place)
                if reason:
                    return reason
    return ""


def _tree(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(str(folder)):
        yield Path(root)
        for name in folders + files:
            yield Path(root, name)


def _changeable(place: Path) -> str:
    try:
        found = os.lstat(str(place))
    except OSError:
        return ""
    if found.st_uid != 0:
        return f"{place} belongs to {_user(found.st_uid)}"
    if stat.S_ISLNK(found.st_mode):
        return ""
    # In a folder with this bit, like /tmp, nobody can take away or replace what is another's.
    sticky = stat.S_ISDIR(found.st_mode) and found.st_mode & stat.S_ISVTX
    if found.st_mode & stat.S_IWOTH and not sticky:
        return f"{place} can be written by everybody"
    if found.st_mode & stat.S_IWGRP and not sticky and _members(found.st_gid):
        return f"{place} can be written by the group {_group(found.st_gid)}"
    return ""


def _members(group: int) -> bool:
    """Whether anybody but root is in a group."""
    if group == 0:
        return False
    try:
        named = set(grp.getgrgid(group).gr_mem) - {"root"}
    except KeyError:
        named = set()
    return bool(named) or any(user.pw_gid == group and user.pw_uid for user in pwd.getpwall())


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)
