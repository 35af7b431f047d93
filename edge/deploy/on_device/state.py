"""The folder on the device: which release and settings are in use, and which were before.

releases/ID/     a bundle, unpacked, with its environment
setups/N/        one release (a link) with one settings.ini and one certs/
current          a link to the setup in use: switching it switches code and settings at once
previous         the setup before it, to go back to
settings.ini, certs    links through `current`
laughtrack-device/     the program's own data: outbox, status.json (the setting `folder`)
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from pathlib import Path

from laughtrack.edge import status_file
from laughtrack.edge.deploy.on_device import paths, release
from laughtrack.edge.deploy.on_device.bundle_files import MARK
from laughtrack.tracker.text_files import read_text

DATA = "laughtrack-device"
# In a setup whose program came up, and in one of which nobody knows yet.
WORKING, TRYING = "came-up", "not-up-yet"
# Links from the folder into the setup in use, and the installer's option for one's own file.
LINKS = {"settings.ini": "--settings", "certs": "--certs"}
# Settings that name a file, which is copied onto the device with them.
FILES = ("ca_file", "cert_file", "key_file", "password_file")


def check_free(folder: Path) -> None:
    """Refuse a folder in which somebody's own files lie where this one's links go.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    ValueError
        Naming the file.
    """
    for name, option in LINKS.items():
        path = folder / name
        if path.exists() and not path.is_symlink():
            raise ValueError(
                f"{path} is in the way: move it out of {folder}, and give it with {option}"
            )


def clean(folder: Path, incoming: Path | None = None) -> list[str]:
    """Remove what an earlier, unfinished install left.

    Parameters
    ----------
    folder : Path
    incoming : Path, optional
        Where the bundle lies that is installed now; all else that was sent goes too.

    Returns
    -------
    list of str
        What was removed.
    """
    links = [linked(folder, name) for name in ("current", "previous")]
    # Whatever leads to a place, it is compared by where it really is.
    used = {os.path.realpath(str(setup)) for setup in links if setup}
    releases = {os.path.realpath(str(setup / "release")) for setup in links if setup}
    removed = []
    for path in children(folder / "setups"):
        if os.path.realpath(str(path)) not in used:
            removed.append(path)
    for path in children(folder / "releases"):
        found = os.path.realpath(str(path))
        if found not in releases or not (path / MARK).exists():
            removed.append(path)
    if incoming is not None:
        place = os.path.realpath(str(incoming))
        sent = children(folder / "incoming")
        removed += [path for path in sent if os.path.realpath(str(path)) != place]
    for path in removed:
        with contextlib.suppress(OSError):  # the next install tries again
            paths.delete(folder, path)
    return [str(path.relative_to(folder)) for path in removed]


def linked(folder: Path, name: str) -> Path | None:
    """Return the setup that `current` or `previous` leads to, or None.

    A link that leads anywhere else is none of ours.
    """
    path = folder / name
    if not path.is_symlink() or not path.exists():
        return None
    found = Path(os.path.realpath(str(path)))
    setups = os.path.realpath(str(folder / "setups"))
    return folder / "setups" / found.name if str(found.parent) == setups else None


def last_working(folder: Path) -> Path | None:
    """Return the setup to go back to, or None: the last that came up, even if a later install of
    another was cut off between its switch and its status.
    """
    for name in ("current", "previous"):
        setup = linked(folder, name)
        if setup and (setup / WORKING).exists():
            return setup
    return None


def mark_working(setup: Path) -> None:
    """Note that a setup came up; the disk may have become full meanwhile."""
    try:
        os.replace(str(setup / TRYING), str(setup / WORKING))
    except FileNotFoundError:
        (setup / WORKING).touch()


def add_setup(
    folder: Path, place: Path, settings: Path | None = None, certs: Path | None = None
) -> Path:
    """Put a release together with settings: those given, else those in use.

    Parameters
    ----------
    folder : Path
    place : Path
        The release's folder.
    settings : Path, optional
        A settings file to copy.
    certs : Path, optional
        A folder of certificates and keys to copy.

    Returns
    -------
    Path
        The new setup, not in use yet. Keys and settings are readable by their owner alone.
    """
    numbers = [int(path.name) for path in children(folder / "setups") if path.name.isdigit()]
    setup = folder / "setups" / str(max(numbers, default=0) + 1)
    before = linked(folder, "current")
    (setup / "certs").mkdir(parents=True)
    (setup / TRYING).touch()
    (setup / "release").symlink_to(os.path.relpath(str(place), str(setup)))
    for path in children(certs or (before / "certs" if before else setup / "none")):
        _write(path.read_bytes(), setup / "certs" / path.name)
    settings = settings or (before and before / "settings.ini")
    text = read_text(settings, "settings") if settings else "[laughtrack]\n"
    _write(
        _with_local_paths(text, folder / "certs", setup / "certs").encode(), setup / "settings.ini"
    )
    return setup


def name_context(settings: Path) -> bool:
    """Write version 0.1's context, screening, into settings that it ran on without one.

    Parameters
    ----------
    settings : Path
        A setup's settings file.

    Returns
    -------
    bool
        Whether it was missing.
    """
    text = read_text(settings, "settings")
    if re.search(r"(?im)^context[ \t]*[=:]", text):
        return False
    text = re.sub(r"(?m)^(\[laughtrack\].*)$", r"\1\ncontext = screening", text, count=1)
    settings.unlink()
    _write(text.encode(), settings)
    return True


def data_folder(base: Path, setup: Path) -> Path:
    """Ask a setup's release where its program keeps its data; this checks its settings too.

    Parameters
    ----------
    base : Path
        The folder that the program runs in.
    setup : Path

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        The settings are wrong; with the release's own words.
    """
    # A release of version 0.1, which an update may go back to, has `edge` at the top.
    packaged = (setup / "release" / "laughtrack").is_dir()
    module = "laughtrack.edge.settings" if packaged else "edge.settings"
    code = f"import sys; from {module} import load; print(load(sys.argv[1], environ={{}}).folder)"
    python = release.python_of(setup / "release")
    command = [str(python), "-c", code, str(setup / "settings.ini")]
    done = subprocess.run(command, capture_output=True, cwd="/")
    if done.returncode:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no word"]
        raise ValueError(lines[-1].replace("ValueError: ", "").replace(str(setup) + "/", ""))
    # Resolved, since a setting may say `../elsewhere`, which is not in this folder.
    return Path(os.path.realpath(str(base / done.stdout.decode().strip())))


def link(folder: Path, name: str, setup: Path | None) -> None:
    """Point `current` or `previous` to a setup, in one step; to nothing for None."""
    target, part = folder / name, folder / f".{name}.part"
    if setup is not None and linked(folder, name) == setup:
        return  # to go back needs no room on a full disk
    if setup is None:
        if target.is_symlink():
            target.unlink()
        return
    if part.is_symlink():
        part.unlink()
    part.symlink_to(os.path.relpath(str(setup), str(folder)))
    os.sync()  # all of it is on disk before anything leads to it
    os.replace(str(part), str(target))
    for shown in LINKS:
        if not (folder / shown).is_symlink():
            (folder / shown).symlink_to(f"current/{shown}")


def clear_status(data: Path) -> None:
    """Remove the last status, so that the next one is of the next start."""
    if (data / status_file.NAME).exists():
        (data / status_file.NAME).unlink()


def children(folder: Path) -> list[Path]:
    """Return what is in a folder, in order of name; nothing where there is no folder."""
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _with_local_paths(text: str, certs: Path, copied: Path) -> str:
    """Name the copied files in the settings by where they are now, whatever they were before."""

    def local(match: re.Match[str]) -> str:
        name = os.path.basename(match.group(2).strip())
        return match.group(1) + str(certs / name) if (copied / name).is_file() else match.group()

    return re.sub(rf"(?m)^((?:{'|'.join(FILES)})[ \t]*[=:][ \t]*)(.+)$", local, text)


def _write(data: bytes, path: Path) -> None:
    # Never readable by others, not even for a moment.
    with os.fdopen(os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
