"""The service where no systemd is: start and stop its supervisor, and say whether it runs.

What runs are three processes (see `supervise`), of which each holds the lock of a file in the
folder as long as it lives: a number left there by a power cut is never taken for one that runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

from laughtrack.edge.file_lock import try_lock

# Locked by who runs the program, by who would take its place, and by the program.
PID, SPARE, PROGRAM = "laughtrack.pid", "laughtrack.spare", "laughtrack.program"
# A stop may take so long before the program is killed; and so long more until all is gone.
STOP_S, KILL_S = 60.0, 10.0


class Running(NamedTuple):
    """A supervisor's process number, and how often it has started the program.

    Both are 0 where they could not be written down.
    """

    pid: int
    starts: int


def python(folder: Path) -> Path:
    """Return the Python of the release in use."""
    return folder / "current" / "release" / "venv" / "bin" / "python"


def command(folder: Path) -> list[str]:
    """Return the words that run the program of a folder.

    By the name that version 0.1 knows, too: an update that fails goes back to it.
    """
    return [str(python(folder)), "-m", "edge", "run", "--config", str(folder / "settings.ini")]


def running(folder: Path) -> Running | None:
    """Return the supervisor that runs for a folder, or None.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Running or None
        Where it was killed a moment ago, the one that takes its place.
    """
    return holder(folder / PID) or holder(folder / SPARE)


def holder(path: Path) -> Running | None:
    """Return who holds the lock of a file; None where nobody does."""
    try:
        with open(str(path)) as file:
            if try_lock(file.fileno(), shared=True):
                return None
            numbers = [int(word) for word in file.read().split()]
    except OSError:
        return None
    except ValueError:
        numbers = []
    return Running(*numbers) if len(numbers) == 2 else Running(0, 0)


def start(folder: Path) -> None:
    """Start a supervisor that outlives this process; where one runs, that one goes on.

    Parameters
    ----------
    folder : Path
    """
    environ = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    supervisor = [str(python(folder)), "-m", "edge.deploy.supervise", str(folder)]
    with open(os.devnull, "r+") as null:
        subprocess.Popen(
            supervisor,
            stdin=null,
            stdout=null,
            stderr=null,
            env=environ,
            cwd=str(folder),
            start_new_session=True,
        )


def stop(folder: Path) -> None:
    """Stop the supervisor, its spare and the program; return when all of them are gone.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OSError
        It cannot be stopped.
    """
    if not (folder / PID).exists():
        return  # none ever ran
    began_s = time.monotonic()
    asked: set[int] = set()
    with open(str(folder / PID), "r+") as file:
        # With this lock in our hands, no spare takes the place of the one that we ask to end.
        while not try_lock(file.fileno()):
            _ask(folder / PID, asked, began_s)
        for name in (SPARE, PROGRAM):
            while holder(folder / name) is not None:
                _ask(folder / name, asked, began_s)


def _ask(path: Path, asked: set[int], began_s: float) -> None:
    """Ask who holds a file's lock, once, to end, and kill it in the end; then wait a moment."""
    found, waited_s = holder(path), time.monotonic() - began_s
    late = waited_s > STOP_S + KILL_S / 2
    if found is not None and found.pid and (late or found.pid not in asked):
        asked.add(found.pid)
        try:
            os.kill(found.pid, signal.SIGKILL if late else signal.SIGTERM)
        except ProcessLookupError:
            pass
        except PermissionError:
            raise OSError(
                f"process {found.pid} is another user's: log in as who installed it"
            ) from None
    if found is not None and waited_s > STOP_S + KILL_S:
        raise OSError(f"process {found.pid or '?'} does not stop: kill it by hand")
    time.sleep(0.05)
