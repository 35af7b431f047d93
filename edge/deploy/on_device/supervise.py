"""Keeps the program running where no systemd does.

``python -m laughtrack.edge.deploy.on_device.supervise FOLDER``.

There are two of it: one runs the program, and its spare waits to take its place. Whichever of the
three is killed, those that are left make it anew. Who makes a spare or a program takes the lock
that is to tell of it first, and hands it down: at no moment does one live without it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from typing import IO, NamedTuple

from laughtrack.edge.deploy.on_device.plain import (
    KILL_S,
    PID,
    PROGRAM,
    SPARE,
    STOP_S,
    command,
    holder,
)
from laughtrack.edge.file_lock import lock, try_lock

PR_SET_PDEATHSIG = 1  # Linux's number for it
# Time between an end of the program and its next start.
RESTART_S = 3.0
# Others look, for a moment, whether the lock is free.
LOCK_S = 2.0
TICK_S = 0.5
# Waited for, not handled: a handler may come while what it needs is in other hands.
ENDS = {signal.SIGTERM, signal.SIGINT}
WAITED = {*ENDS, signal.SIGCHLD}


class Spare(NamedTuple):
    """A spare's process number, 0 for none; `file` is given in the spare itself alone.

    It is the lock that the spare has come by: its turn has come.
    """

    number: int
    file: int | None = None


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
    # The lock lasts as long as the process.
    file: int | None = _take(folder / PID)
    if file is None:
        return 1
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)
    while file is not None:
        file = _lead(folder, file)
    return 0


def _lead(folder: Path, file: int) -> int | None:
    """Run the program and keep a spare until asked to end.

    Returns
    -------
    int or None
        In the spare that was made, once its turn has come, its lock: then it is to lead.
    """
    starts, spare, ending = 0, Spare(0), False
    program: subprocess.Popen[bytes] | None = None
    # Since when there is none; and since when one is in the way that a killed supervisor left.
    ended_s, orphan_s = -RESTART_S, time.monotonic()
    _tell(file, starts)
    while not ending:
        if not spare.number or os.waitpid(spare.number, os.WNOHANG)[0]:
            spare = _fork_spare(folder, file)
            if spare.file is not None:
                return spare.file
        if program is not None and program.poll() is not None:
            program, ended_s = None, time.monotonic()
            orphan_s = ended_s
        due = program is None and time.monotonic() - ended_s >= RESTART_S
        if due and _is_clear(folder, time.monotonic() - orphan_s):
            starts += 1
            _tell(file, starts)
            program = _start(folder)
            ended_s = orphan_s = time.monotonic()
        ending = _asked_to_end(TICK_S)
    if spare.number:  # first, so that it does not lead now
        os.kill(spare.number, signal.SIGKILL)
        os.waitpid(spare.number, 0)
    _end(program)
    return None


def _asked_to_end(wait_s: float) -> bool:
    """Wait for a signal: whether we are to end, or a child has ended; or for so long."""
    found = signal.sigtimedwait(WAITED, wait_s)
    return found is not None and found.si_signo in ENDS


def _fork_spare(folder: Path, file: int) -> Spare:
    """Make a spare; in the spare itself, wait until whoever leads is gone."""
    try:
        own = _take(folder / SPARE)
        if own is None:
            return Spare(0)
        number = os.fork()
    except OSError:
        # No room for another process now, or on the disk; tried again in a moment.
        return Spare(0)
    if number:
        os.close(own)
        return Spare(number)
    _tell(own, 0)
    os.close(file)  # it is the leader's lock as long as anybody has it open
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED)
    file = _open(folder / PID)
    lock(file)
    signal.pthread_sigmask(signal.SIG_BLOCK, WAITED)
    os.close(own)
    return Spare(0, file)


def _is_clear(folder: Path, waited_s: float) -> bool:
    """Whether no program runs; one that a killed supervisor left is asked to end, then killed."""
    found = holder(folder / PROGRAM)
    if found is None:
        return True
    late = waited_s > STOP_S
    if found.pid and (late or waited_s < TICK_S):
        with contextlib.suppress(OSError):
            os.kill(found.pid, signal.SIGKILL if late else signal.SIGTERM)
    return waited_s > STOP_S + KILL_S


def _take(path: Path) -> int | None:
    """Open a file that is ours alone from now on; None where it is another's and stays so."""
    file, deadline = _open(path), time.monotonic() + LOCK_S
    while not try_lock(file):
        if time.monotonic() > deadline:
            os.close(file)
            return None
        time.sleep(0.02)
    return file


def _open(path: Path) -> int:
    # Not "a": on a full disk the number is written over the one before.
    return os.open(str(path), os.O_RDWR | os.O_CREAT, 0o600)


def _tell(file: int, starts: int) -> None:
    """Write this process's number and how often the program was started, in as many bytes always.

    Where the disk is full, those of a process before may stay: then it cannot be stopped by
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


def _start(folder: Path) -> subprocess.Popen[bytes] | None:
    """Start the program; its output outside its log is kept, of the last two runs."""
    log = str(folder / "laughtrack.log")
    environ = dict(os.environ, PYTHONUNBUFFERED="1", LAUGHTRACK_LOG_FILE=log)
    with _output(folder) as output:
        try:
            own = _take(folder / PROGRAM)
            if own is None and holder(folder / PROGRAM) is None:
                return None  # others looked at it all the while; tried again in a moment
        except OSError:
            own = None
        # A full disk, or one that cannot be killed: the program runs, and nobody can tell.
        own = os.open(os.devnull, os.O_RDWR) if own is None else own
        try:
            return subprocess.Popen(
                command(folder),
                stdout=output,
                stderr=output,
                env=environ,
                cwd=str(folder),
                pass_fds=[own],
                preexec_fn=partial(_become_program, own, os.getpid()),
            )
        except (OSError, subprocess.SubprocessError) as error:
            with contextlib.suppress(OSError):
                output.write(f"cannot start the program: {error}\n".encode())
            return None
        finally:
            os.close(own)


def _become_program(own: int, parent: int) -> None:
    """Prepare the process that is to be the program: its lock, its signals, its end."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WAITED)
    _tell(own, 0)
    # Should its supervisor be killed, it ends tidily, and is started by the next.
    _signal_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(0)


def _end(program: subprocess.Popen[bytes] | None) -> None:
    """End the program: tidily, or by force when that takes too long."""
    if program is None:
        return
    program.terminate()
    try:
        program.wait(STOP_S)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


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
