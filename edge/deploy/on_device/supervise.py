"""Keeps the program running where no systemd does.

``python -m laughtrack.edge.deploy.on_device.supervise FOLDER``.

It holds a lock on laughtrack.pid as long as it runs, so a number left there by a power cut is
never taken for a running program.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import IO, NamedTuple

from laughtrack.edge.file_lock import try_lock

PID = "laughtrack.pid"
PR_SET_PDEATHSIG = 1  # Linux's number for it
# Time between a stop and the next start, and for a stop before the program is killed.
RESTART_S, STOP_S = 3.0, 60.0


class Running(NamedTuple):
    """A supervisor's process number, and how often it has started the program."""

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
    """
    try:
        with open(str(folder / PID), "r+") as file:
            if not try_lock(file.fileno()):
                numbers = [int(word) for word in file.read().split()]
                return Running(*numbers) if len(numbers) == 2 else Running(0, 0)
    except (OSError, ValueError):
        pass
    return None


def start(folder: Path) -> None:
    """Start a supervisor that outlives this process.

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
    """Stop the supervisor and with it the program; return when both are gone.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    OSError
        It cannot be stopped.
    """
    deadline = time.monotonic() + STOP_S + 10
    asked = 0
    while True:
        found = running(folder)
        if found is None:
            return
        if found.pid and asked != found.pid:
            os.kill(found.pid, signal.SIGTERM)
            asked = found.pid
        if time.monotonic() > deadline:
            raise OSError(f"process {found.pid} does not stop: kill it by hand")
        time.sleep(0.1)


def supervise(folder: Path) -> int:
    """Run the program, again and again, until SIGTERM.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    int
        The exit code: 1 when another supervisor runs already.
    """
    # Not "a": on a full disk the number is written over the one before.
    number = os.open(str(folder / PID), os.O_RDWR | os.O_CREAT, 0o600)
    file = os.fdopen(number, "r+")  # the lock lasts as long as the process
    if not try_lock(file.fileno()):
        return 1
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    starts = 0
    while not ending.is_set():
        starts += 1
        _tell(file.fileno(), starts)
        _run_once(folder, ending)
        ending.wait(RESTART_S)
    return 0


def _tell(file: int, starts: int) -> None:
    """Write this process's number and how often the program was started, in as many bytes always.

    Where the disk is full, those of a supervisor before may stay: then it cannot be stopped by
    `stop`, but the program runs.
    """
    with contextlib.suppress(OSError):
        os.pwrite(file, f"{os.getpid()} {starts}".ljust(31).encode() + b"\n", 0)
        os.ftruncate(file, 32)


def _output(folder: Path) -> IO[bytes]:
    """Open the file for what the program writes outside its log; nowhere where it cannot be."""
    try:
        if (folder / "laughtrack.err").exists():
            os.replace(str(folder / "laughtrack.err"), str(folder / "laughtrack.err.1"))
        return open(str(folder / "laughtrack.err"), "wb")
    except OSError:
        return open(os.devnull, "wb")


def _run_once(folder: Path, ending: threading.Event) -> None:
    """Run the program once; its output outside its log is kept, of the last two runs."""
    log = str(folder / "laughtrack.log")
    environ = dict(os.environ, PYTHONUNBUFFERED="1", LAUGHTRACK_LOG_FILE=log)
    with _output(folder) as output:
        program = subprocess.Popen(
            command(folder),
            stdout=output,
            stderr=output,
            env=environ,
            cwd=str(folder),
            preexec_fn=_end_with_parent,
        )
        while program.poll() is None:
            if ending.wait(0.5):
                program.terminate()
                try:
                    program.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    program.kill()
                    program.wait()


def _end_with_parent() -> None:
    """Have the system end the program should this supervisor be killed: nobody else would."""
    _signal_with_parent(signal.SIGTERM)


def kill_with_parent() -> None:
    """Have the system kill a step of an install that was killed itself; for `preexec_fn`."""
    _signal_with_parent(signal.SIGKILL)


def _signal_with_parent(number: int) -> None:
    with contextlib.suppress(ImportError):  # a Python built from source may lack it
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


def main() -> int:
    """Supervise the folder that the command line names."""
    return supervise(Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
