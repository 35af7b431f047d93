"""The file in which the program says how it is, and whether what it says still holds.

A status lies there after the program has gone, however it went. So the file also says who wrote it
and when by the machine's own count, which setting the clock does not change.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from laughtrack.edge.atomic_files import replacing

NAME = "status.json"
# What of the file is not of the status: the process, its start, the machine's start and age.
PROCESS = "process"
# A busy machine may be late by so many reports, and so many seconds.
LATE_REPORTS, LATE_S = 3, 60.0
# Between two reports, for a version that did not say.
USUAL_S = 30.0
_BOOT = "/proc/sys/kernel/random/boot_id"


def write(folder: str, status: dict[str, Any], every_s: float = USUAL_S) -> None:
    """Write the status to the folder's ``status.json``; a full disk is no error.

    Parameters
    ----------
    folder : str
    status : dict
    every_s : float
        When the next is to be expected.
    """
    path = os.path.join(folder, NAME)
    process = {
        "pid": os.getpid(),
        "started": _started(os.getpid()),
        "boot": _boot(),
        "uptime_s": round(_uptime_s(), 1),
        "every_s": every_s,
    }
    text = json.dumps({**status, PROCESS: process}, indent=1)
    with contextlib.suppress(OSError), replacing(path, one_writer=True) as part:
        part.write_text(text, encoding="utf-8")


def read(folder: str | Path) -> dict[str, Any] | None:
    """Return what the program last wrote of itself, a dict; None when there is nothing to read."""
    try:
        found = json.loads((Path(folder) / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def age_s(folder: str | Path) -> float:
    """Return how many seconds ago the program wrote its status; 0.0 if it never did.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    float
        By the machine's own count where the file has it and the machine was not started since.
    """
    process = _process(read(folder) or {})
    with contextlib.suppress(KeyError, TypeError, ValueError):
        if process["boot"] == _boot():
            return max(0.0, _uptime_s() - float(process["uptime_s"]))
    try:
        return time.time() - os.path.getmtime(os.path.join(str(folder), NAME))
    except OSError:
        return 0.0


def invalid(folder: str | Path) -> str:
    """Say why what the program last said of itself holds no more; "" while it does.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    str
    """
    found = read(folder)
    if found is None:
        return "it has not said anything yet"
    process, at = _process(found), f"{found.get('at_utc') or 'its last word'}"
    if found.get("online") is False:
        return f"not running since {at}, when it ended tidily"
    if process.get("boot") and _boot() and process["boot"] != _boot():
        return f"not running since {at} or a little later: this machine was started anew"
    if process.get("started") and _started(process.get("pid")) != process["started"]:
        return f"not running since {at} or a little later: it did not end tidily"
    every_s = process.get("every_s")
    every_s = every_s if isinstance(every_s, (int, float)) else USUAL_S
    old_s = age_s(folder)
    if old_s > LATE_REPORTS * every_s + LATE_S:
        return f"it has said nothing for {old_s:.0f} s, since {at}: it hangs, or is gone"
    return ""


def _process(found: dict[str, Any]) -> dict[str, Any]:
    process = found.get(PROCESS)
    return process if isinstance(process, dict) else {}


def _boot() -> str:
    try:
        with open(_BOOT) as file:
            return file.read().strip()
    except OSError:
        return ""


def _uptime_s() -> float:
    """Return the machine's age, its sleep included, where the system tells it."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def _started(pid: object) -> int:
    """Return when a process began, in ticks since the machine did; 0 where there is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
        return 0 if words[0] == "Z" else int(words[19])
    except (OSError, ValueError, IndexError):
        return 0
