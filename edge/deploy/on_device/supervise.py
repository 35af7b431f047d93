"""Keeps the program running where no systemd does.

``python -m laughtrack.edge.deploy.on_device.supervise FOLDER``.

It holds a lock on laughtrack.pid as long as it lives, so a number left there by a power cut is
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

from laughtrack.edge.file_lock import try_lock

PID = "laughtrack.pid"
PR_SET_PDEATHSIG = 1  # Linux's number for it
# Time between a stop and the next start, and for a polite stop.
RESTART_S, STOP_S = 3.0, 60.0


def python(folder):
    """Return the Python of the release in use."""
    return folder / "current" / "release" / "venv" / "bin" / "python"


def command(folder):
    """Return the words that run the program of a folder.

    By the name that version 0.1 knows, too: an update that fails goes back to it.
    """
    return [str(python(folder)), "-m", "edge", "run", "--config", str(folder / "settings.ini")]


def running(folder):
    """Return the supervisor's process number and how often it has started the program, or None.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tuple of int, or None
    """
    try:
        with open(str(folder / PID), "r+") as file:
            if not try_lock(file.fileno()):
                words = file.read().split()
                return (int(words[0]), int(words[1])) if len(words) == 2 else (0, 0)
    except (OSError, ValueError):
        pass
    return None


def start(folder):
    """Start a supervisor that outlives this process.

    Parameters
    ----------
    folder : Path
    """
    environ = {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}
    words = [str(python(folder)), "-m", "edge.deploy.supervise", str(folder)]
    with open(os.devnull, "r+") as nothing:
        subprocess.Popen(
            words,
            stdin=nothing,
            stdout=nothing,
            stderr=nothing,
            env=environ,
            cwd=str(folder),
            start_new_session=True,
        )


def stop(folder):
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
    asked = None
    while True:
        found = running(folder)
        if found is None:
            return
        if found[0] and asked != found[0]:
            os.kill(found[0], signal.SIGTERM)
            asked = found[0]
        if time.monotonic() > deadline:
            raise OSError(f"process {found[0]} does not stop: kill it by hand")
        time.sleep(0.1)


def supervise(folder):
    """Run the program, again and again, until SIGTERM.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    int
        The exit code: 1 when another supervisor runs already.
    """
    file = open(str(folder / PID), "a+")  # noqa: SIM115 - the lock lasts as long as the process
    if not try_lock(file.fileno()):
        return 1
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    starts = 0
    while not ending.is_set():
        starts += 1
        file.truncate(0)
        file.write(f"{os.getpid()} {starts}\n")
        file.flush()
        _once(folder, ending)
        ending.wait(RESTART_S)
    return 0


def _once(folder, ending):
    """One life of the program; what it says outside its log is kept of the last two lives."""
    log = str(folder / "laughtrack.log")
    environ = dict(os.environ, PYTHONUNBUFFERED="1", LAUGHTRACK_LOG_FILE=log)
    if (folder / "laughtrack.err").exists():
        os.replace(str(folder / "laughtrack.err"), str(folder / "laughtrack.err.1"))
    with open(str(folder / "laughtrack.err"), "wb") as said:
        program = subprocess.Popen(
            command(folder),
            stdout=said,
            stderr=said,
            env=environ,
            cwd=str(folder),
            preexec_fn=_end_with_me,
        )
        while program.poll() is None:
            if ending.wait(0.5):
                program.terminate()
                try:
                    program.wait(STOP_S)
                except subprocess.TimeoutExpired:
                    program.kill()
                    program.wait()


def _end_with_me():
    """Have the system end the program should this supervisor be killed: nobody else would."""
    with contextlib.suppress(ImportError):  # a Python built from source may lack it
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main():
    """Supervise the folder that the command line names."""
    return supervise(Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
