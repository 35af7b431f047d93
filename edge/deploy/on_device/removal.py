"""Removing an installation, but not the batches that were never sent."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from laughtrack.edge import status_file
from laughtrack.edge.deploy.on_device import account, paths
from laughtrack.edge.deploy.on_device.account import SERVICE
from laughtrack.edge.deploy.on_device.plain import PID, PROGRAM, SPARE
from laughtrack.edge.deploy.on_device.state import LINKS, children

_OURS = ("incoming", "releases", "setups")
_LOGS = ("laughtrack.log", "laughtrack.log.1", "laughtrack.err", "laughtrack.err.1")
_PARTS = (".current.part", ".previous.part", SERVICE + ".part")
_STATE = (PID, SPARE, PROGRAM, ".lock", SERVICE, *_PARTS)
# A batch in the outbox, by its name.
_BATCH = re.compile(r"\d{12}-\d+-[0-9a-f]{8}\.json")


def remove(folder: Path, data: Path, purge: bool, base: Path | None = None) -> list[str]:
    """Remove an installation.

    Parameters
    ----------
    folder : Path
    data : Path
        The program's data. It stays when it holds batches that were never sent, unless `purge`.
    purge : bool
        Remove the whole folder, with all that is in it.
    base : Path, optional
        The folder that the program ran in, where that is another: it goes too.

    Returns
    -------
    list of str
        What is still there.
    """
    unsent, base = _unsent(data), base or folder
    # A setting may point anywhere: what lies outside this folder is never removed.
    inside = paths.inside(base, data)
    if purge:
        shutil.rmtree(str(folder))
        left = account.clear(purge) if base != folder else []
        return [str(data)] if data.is_dir() else left
    for name in ("current", "previous", *LINKS):
        if (folder / name).is_symlink():
            (folder / name).unlink()
    for name in (*_OURS, *_LOGS, *_STATE):
        paths.delete(folder, folder / name)
    if inside and not unsent and data.is_dir():
        paths.delete(base, data)
    rest = [Path(name) for name in account.clear(purge)] if base != folder else []
    remaining = children(folder)
    remaining += [data] if data.is_dir() and data not in remaining else rest
    if not children(folder):
        folder.rmdir()
    return [
        f"{path} ({unsent} unsent batches)" if path == data else str(path) for path in remaining
    ]


def _unsent(data: Path) -> int:
    """Count the batches that were never sent: by the program's last status, written when it ended.

    Without one, all in the outbox count, although those sent in the last minute are still there.
    """
    last = status_file.read(data) or {}
    if last.get("online") is False and isinstance(last.get("queue"), int):
        return last["queue"]
    return sum(1 for path in data.rglob("*.json") if _BATCH.fullmatch(path.name))
